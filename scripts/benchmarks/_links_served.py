"""`nengshu serve` as a process of its own, and what the system says of it: the CPU it used, the memory it held at most."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ConfigurationError
from scripts.benchmarks._graph_processes import running

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
_FORGET_PEAK = "5"  # what Linux takes for it (proc(5), clear_refs)


@dataclass(frozen=True)
class Process:
    """A program that serves at an address; what Linux alone tells is None elsewhere."""

    base: str
    number: int

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU its threads have used so far."""
        words = self._told("stat").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_bytes(self) -> int:
        """The most memory it held since it began, or since that was forgotten."""
        return self._kilobytes(_PEAK) * 1024

    @property
    def resident_bytes(self) -> int:
        """What it holds now."""
        return self._kilobytes(_RESIDENT) * 1024

    def forget_peak(self) -> None:
        """Begin to look at the memory it holds at most anew."""
        Path(f"/proc/{self.number}/clear_refs").write_text(_FORGET_PEAK, encoding="ascii")

    def _kilobytes(self, line: re.Pattern[str]) -> int:
        found = line.search(self._told("status"))
        return int(found[1]) if found else 0

    def _told(self, name: str) -> str:
        try:
            return Path(f"/proc/{self.number}/{name}").read_text(encoding="utf-8")
        except OSError as fault:
            raise ConfigurationError(self.base, [f"its process is not to be looked at: {fault}"]) from fault


@contextmanager
def serving(folder: Path) -> Iterator[Process]:
    """The hub of a folder, which runs no links by itself, until the block ends."""
    command = [sys.executable, "-m", "hub.cli", "serve", "--data", str(folder), "--port", "0"]
    with running(command, settings={"NENGSHU_SYNC_SECONDS": "0"}) as (base, number):
        yield Process(base.rstrip("/"), number)
