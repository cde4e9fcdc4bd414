"""Batches over HTTP until they are durable, and memory meanwhile; and a nation's day from 31 provincial hubs.

Uploads. `nengshu serve` is a process of its own, with 17 000 invented units of 100 points each in its registry; each
province's machine posts the day of its units, 170 000 readings, and waits for the receipt. Every format gets a day of its
own each round, and so does bare DuckDB with the hub's settings, from the same Arrow tables: as they are sent, and with
numbers for their words, as a store would keep them. Medians of the rounds, and the interval that misses the true one once
in twenty.

Memory. Batches of a million rows, the most there may be, in every format, one after the other and two at once: the most the
system saw the hub's process hold (VmHWM).

A day. 31 invented provinces share the units; each is a hub, a process of its own, that has its readings by an upload of
its own before anything is timed. One national hub on the same machine runs all links side by side, as `nengshu sync` does.
The first pull brings all nouns; then days are pulled by the same process. CPU is told by what it was for.

`--provinces` and `--units` are a smaller nation, `--quick` a very small one, few rounds and small batches: they show that
all of it runs, not how fast.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from itertools import count
from pathlib import Path

from graph.errors import InvalidInput
from hub.settings import Settings
from scripts.benchmarks import _links_nation as nation
from scripts.benchmarks._access_nation import NUMBERS
from scripts.benchmarks._figure import Figure
from scripts.benchmarks._links_bare import Bare
from scripts.benchmarks._links_day import day_figures
from scripts.benchmarks._links_memory import ROWS, Largest, memory_figures
from scripts.benchmarks._links_nation import UNITS, register
from scripts.benchmarks._links_sender import Sender, sending_machines
from scripts.benchmarks._links_served import serving
from scripts.benchmarks._links_uploads import Uploads, upload_figures

SENDING = 10  # provinces of the uploads: a day of one is 170 000 readings
PROVINCES = len(NUMBERS)  # of the day
ROUNDS, ROUNDS_QUICK = 7, 1
UNITS_QUICK, PROVINCES_QUICK, ROWS_QUICK = 40, 2, 4_000
FIRST_DAY = dt.date(1990, 1, 1)
OF_PYTHON = ("starlette", "uvicorn", "httpx", "numpy")


def figures(
    *, quick: bool = False, provinces: int | None = None, units: int | None = None
) -> Iterator[Figure]:
    """Uploads and memory of one hub, then the day. Raises InvalidInput for a nation that cannot be."""
    many = (PROVINCES_QUICK if quick else PROVINCES) if provinces is None else provinces
    all_units = (UNITS_QUICK if quick else UNITS) if units is None else units
    if not 1 <= many <= PROVINCES or all_units < max(many, SENDING):
        raise InvalidInput(
            f"came {many} provinces and {all_units} units, expected 1 to {PROVINCES} provinces that share at least "
            f"{max(many, SENDING)} units", "--provinces",
        )  # fmt: skip
    small = quick or all_units < UNITS
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield from _of_one_hub(
            Path(folder), all_units, ROUNDS_QUICK if quick else ROUNDS, ROWS_QUICK if small else ROWS
        )
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield from day_figures(Path(folder), many, all_units)


def _of_one_hub(folder: Path, units: int, rounds: int, rows: int) -> Iterator[Figure]:
    data, told = folder / "hub", nation.provinces(SENDING, units)
    register(Settings(data_dir=data), told)
    credentials = sending_machines(data, told)
    days = (FIRST_DAY + dt.timedelta(days=number) for number in count())
    with serving(data) as hub, closing(Bare(folder / "bare.duckdb")) as bare:
        senders = {code: Sender(hub.base, credential) for code, credential in credentials.items()}
        yield from upload_figures(Uploads(hub, told, senders, bare, days), rounds)
        yield from memory_figures(Largest(hub, told, senders, days, rows))


def versions() -> list[str]:
    """Of what the figures rest on."""
    return [f"{name} {version(name)}" for name in OF_PYTHON]
