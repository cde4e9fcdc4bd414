"""Programs that serve: each a process of its own that says its address in a line, and is ended when it is done with."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from graph.errors import ConfigurationError
from scripts.benchmarks._cache import ROOT

END_S = 30.0  # a hub closes its stores in less


@contextmanager
def served(
    words: Sequence[str | Path], folder: Path = ROOT, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address it says it serves at. Raises ConfigurationError, with its last words, where it says none."""
    command = [str(word) for word in words]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(  # noqa: S603 - the command is a constant of a benchmark, never input
            command, cwd=folder, env={**os.environ, **(settings or {})}, stdout=subprocess.PIPE, stderr=log,
            text=True,
        ) as process,
    ):  # fmt: skip
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address.startswith("http://"):
                log.seek(0)
                raise ConfigurationError(" ".join(command[:3]), [f"{address} {log.read()[-1000:]}".strip()])
            yield address
        finally:
            process.terminate()
            process.wait(END_S)
