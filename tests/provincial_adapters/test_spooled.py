"""Files of a server are spooled to a folder of their process's own, and what a killed one left is taken away."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from provincial_adapters._file_drop.spooled import PREFIX, spool, sweep


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def ended_process() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_folder_is_its_processs_own_and_gone_in_the_end(tmp_path: Path) -> None:
    with spool() as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(f"{PREFIX}{os.getpid()}-")
        sweep()
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    left, ours, other = (
        tmp_path / name
        for name in (f"{PREFIX}{ended_process()}-x", f"{PREFIX}{os.getpid()}-x", "nengshu-other")
    )
    for folder in (left, ours, other):
        folder.mkdir()
        (folder / "day.csv").write_text("time,kWh")
    with spool():
        pass
    assert sorted(tmp_path.iterdir()) == sorted([ours, other])
