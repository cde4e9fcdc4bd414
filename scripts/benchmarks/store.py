"""The readings store alone, empty and with a nation's months in it: batches in, questions out, file and memory.

17 000 invented units hand in what their 100 points used each day, province by province: 170 000 rows a batch, judged
already, so that nothing but the store is timed. The alternative named is bare DuckDB: the same rows appended to a
plain table, with nothing compared, kept or added up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._memory import ResidentMemory
from scripts.benchmarks._options import Options
from scripts.benchmarks._store_beside import beside_figures
from scripts.benchmarks._store_nation import POINTS, PROVINCES, UNITS, Nation
from scripts.benchmarks._store_questions import as_of_figures, question_figures
from scripts.benchmarks._store_subject import Subject
from scripts.benchmarks._store_writing import (
    growth,
    scattered_corrections,
    uploads,
    write_figures,
    write_times,
)

BYTES_PER_READING_MAX = 12  # values, their batches and the sums over them
RESIDENT_GB_MAX = 1.5  # DuckDB's own bound and half as much for the batches on their way
BESIDE_S = 10.0  # long enough for a checkpoint or two
ROUNDS = 5  # at most: there are ten provinces in a day
TRIAL_BESIDE_S, TRIAL_ROUNDS = 0.5, 1  # a nation of fewer units shows that all of it runs, not how fast


def figures(options: Options) -> Iterator[Figure]:
    """The write path into an empty store; then at each size everything."""
    nation = Nation(min(UNITS, options.sizes[0] // POINTS) // PROVINCES * PROVINCES)
    full = nation.units == UNITS
    rounds, beside_s = (ROUNDS, BESIDE_S) if full else (TRIAL_ROUNDS, TRIAL_BESIDE_S)
    with (
        tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder,
        ResidentMemory() as memory,
        closing(Subject(Path(folder) / "store" / "readings.duckdb", nation, rounds)) as subject,
    ):
        empty = write_times(subject, Path(folder))
        yield from write_figures(empty, "empty", subject)
        yield uploads(subject, "empty")
        for rows in options.sizes:
            at = _short(rows)
            yield from _filled(subject, rows, at)
            yield from question_figures(subject, at)
            if rows == options.sizes[0]:
                yield from as_of_figures(subject, at)
            times = write_times(subject, Path(folder))
            yield from write_figures(times, at, subject)
            yield growth(times, empty, at)
            yield uploads(subject, at)
            yield scattered_corrections(subject, at)
            yield from beside_figures(subject, beside_s, at)
    if memory.peak_bytes is not None:
        yield Figure(
            "resident memory at most", memory.peak_bytes / 1e9, "GB", RESIDENT_GB_MAX, Wanted.AT_MOST
        )


def _filled(subject: Subject, rows: int, at: str) -> Iterator[Figure]:
    """Go on with the fill up to so many readings."""
    began, spent = subject.filled, 0.0
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"filling to {at}", total=rows, completed=began)
        while subject.filled < rows:
            spent += subject.fill_next().seconds
            progress.update(task, completed=subject.filled)
    yield Figure(f"{at}: filling", (subject.filled - began) / spent, "rows/s")
    size, opened_s = subject.settle()
    per_reading = size / subject.readings
    yield Figure(f"{at}: file", per_reading, "bytes/reading", BYTES_PER_READING_MAX, Wanted.AT_MOST)
    yield Figure(f"{at}: opening and a first answer", opened_s * 1000, "ms")


def _short(rows: int) -> str:
    """50 M, or all digits of what is no whole million."""
    millions, rest = divmod(rows, 1_000_000)
    return f"{rows} rows" if rest else f"{millions} M"
