"""Writes what a benchmark found into docs/benchmarks.md: one section each, between marks, the rest left alone."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from graph.errors import ConfigurationError
from scripts.benchmarks._cache import ROOT
from scripts.benchmarks._figure import Figure, plain

PAGE = ROOT / "docs" / "benchmarks.md"
ENGINES = ("duckdb", "pyarrow")  # whose versions move the figures
_PROCESSORS = Path("/proc/cpuinfo")  # Linux names the model there


def write_section(page: Path, name: str, text: str) -> None:
    """Replace the section of this benchmark; a page that has none gets one at its end.

    Raises ConfigurationError when its marks are not a pair.
    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->\n"
    before = page.read_text(encoding="utf-8")
    marks = before.count(begin), before.count(end)
    if marks == (0, 0):
        before += f"\n## {name}\n\n{begin}{end}"
    elif marks != (1, 1) or before.index(begin) > before.index(end):
        raise ConfigurationError(str(page), [f"expected one {begin.strip()} and one {end.strip()} after it"])
    head, rest = before.split(begin)
    _, tail = rest.split(end)
    page.write_text(f"{head}{begin}{text}{end}{tail}", encoding="utf-8")


def section(
    name: str, words: Sequence[str], found: Iterable[Figure], day: date, others: Sequence[str] = ()
) -> str:
    """What was run, when and on what, and a row for each figure; `others` are versions of what is compared with."""
    command = " ".join(("scripts/bench", name, *words))
    rows = "".join(_row(figure) for figure in found)
    head = "| figure | value | unit | target | met |\n|---|---:|---|---:|---|\n"
    measured_on = ", ".join((machine(), *others))
    return f"`{command}`, {day}: {measured_on}.\n\n{head}{rows}"


def machine() -> str:
    """What the figures were measured on, without the name of the host."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    engines = ", ".join(f"{engine} {version(engine)}" for engine in ENGINES)
    python = f"Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory; {python}, {engines}"


def _row(figure: Figure) -> str:
    target = "" if figure.target is None else f"{figure.wanted} {plain(figure.target)}"
    return f"| {figure.name} | {plain(figure.value)} | {figure.unit} | {target} | {figure.mark} |\n"


def _processor() -> str:
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
