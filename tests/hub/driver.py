"""Drives the process that syncs and replays in forked children (tests/hub/syncing.py), and kills them at any moment."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hub.served_hub import ROOT

PATIENCE_S = 60.0


@dataclass
class Driver:
    """The process that syncs in forked children, one at a time."""

    process: subprocess.Popen[str]

    def begin(self, what: str, folder: Path) -> int:
        """Fork a child; its number."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what} {folder}\n")
        self.process.stdin.flush()
        return int(self.line().removeprefix("child "))

    def line(self) -> str:
        """What is said next."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, "the driver has ended"
        return said.rstrip("\n")

    def done(self, what: str, folder: Path, kill_after_s: float | None = None) -> bool:
        """Have something done in a folder, killed after a while unless that was enough; whether it came to its end."""
        child = self.begin(what, folder)
        if kill_after_s is not None:
            kill(child, kill_after_s)
        status = int(self.line().removeprefix("ended "))
        assert status in (0, -signal.SIGKILL)
        return status == 0

    def content(self, folder: Path) -> dict[str, Any]:
        """What a hub of this folder holds."""
        self.begin("look", folder)
        said: dict[str, Any] = json.loads(self.line())
        assert self.line() == "ended 0"
        return said


def kill(child: int, after_s: float) -> None:
    """Kill a process after a while, unless it ended before."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(child)
        try:
            select.select([descriptor], [], [], after_s)
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)


@contextmanager
def driving(environment: Mapping[str, str]) -> Iterator[Driver]:
    """The warm process, whose environment has this, too."""
    words = [sys.executable, "-m", "tests.hub.syncing"]
    said = {**os.environ, **environment}
    with subprocess.Popen(
        words, cwd=ROOT, env=said, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        found = Driver(process)
        assert found.line() == "warm"
        yield found
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def copied(template: Path, to: Path) -> Path:
    """A folder as it was before any run, times of its files included: they are in the keys of batches."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(template, to)
    return to
