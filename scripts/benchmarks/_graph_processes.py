"""Programs of benchmarks: each a process of its own; one that serves says its address in its first line."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from graph.errors import ConfigurationError
from scripts.benchmarks._cache import ROOT

END_S = 60.0  # a hub closes its stores in less
_ADDRESS = re.compile(r"http://\S+")


def begun(
    words: Sequence[str | Path],
    folder: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    *,
    stdin: int | None = None,
    errors: IO[str] | None = None,
) -> subprocess.Popen[str]:
    """A program with settings beside ours, whose lines are read; with subprocess.PIPE as `stdin` lines are written, too."""
    return subprocess.Popen(  # noqa: S603 - the command is a constant of a benchmark, never input
        [str(word) for word in words], cwd=folder, env={**os.environ, **(settings or {})}, stdin=stdin,
        stdout=subprocess.PIPE, stderr=errors, text=True,
    )  # fmt: skip


@contextmanager
def running(
    words: Sequence[str | Path], folder: Path = ROOT, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """The address a program says it serves at, and the number of its process; it is ended when it is done with.

    Raises ConfigurationError, with its last words, where it says none.
    """
    with (
        tempfile.TemporaryFile("w+") as log,
        begun(words, folder, settings, errors=log) as process,
    ):
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = _ADDRESS.search(said)
            if not found:
                log.seek(0)
                raise ConfigurationError(
                    " ".join(map(str, words[:3])), [f"{said} {log.read()[-1000:]}".strip()]
                )
            threading.Thread(target=_read_away, args=(process,), daemon=True).start()
            yield found[0], process.pid
        finally:
            process.terminate()
            process.wait(END_S)


def _read_away(process: subprocess.Popen[str]) -> None:
    """Its further lines, as of its log: one whose pipe is full stands still."""
    for _ in process.stdout or ():
        pass


@contextmanager
def served(
    words: Sequence[str | Path], folder: Path = ROOT, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address alone."""
    with running(words, folder, settings) as (address, _):
        yield address
