"""A hub as a process of its own on a real socket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 10.0  # of its end or of a socket, so that no test waits for ever


@contextmanager
def served(data: Path, settings: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port, ended by SIGTERM, as whom it must close its stores."""
    with (
        (data / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve", "--data", str(data), "--port", "0"],
            cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=log, text=True,
        ) as process,
        ThreadPoolExecutor(1) as beside,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:([1-9][0-9]*)/", said)
            assert found, said
            # Its log, line by line, for a hub whose pipe is full stands still.
            beside.submit(log.writelines, process.stdout)
            yield process, int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
    assert not (data / "readings.duckdb.wal").exists()
