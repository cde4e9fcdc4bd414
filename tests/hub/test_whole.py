"""`nengshu demo --once`: the whole thing, as somebody tries it first, in one command that leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
DEMO_S_MAX = 60
LINGER_S_MAX = 5.0
START_S_MAX = 20.0  # until its first child runs
PROC = Path("/proc")


def running_in(folder: Path) -> list[int]:
    """The demo and its children, by the folder for temporary files they were given; empty without /proc."""
    found = []
    for entry in PROC.glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while we looked, or is another user's
    return found


def lingering(folder: Path) -> list[int]:
    """Those that are still there after a while, and are ended now: a failed test leaves nothing behind either."""
    deadline = time.monotonic() + LINGER_S_MAX
    while (found := running_in(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for number in found:
        os.kill(number, signal.SIGKILL)
    return found


def started(folder: Path) -> subprocess.Popen[str]:
    """The demo, with its temporary files in a folder of ours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NENGSHU_")}
    return subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "demo", "--once"],
        cwd=ROOT, env={**environment, "TMPDIR": str(folder), "COLUMNS": "120"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.timeout(90)
def test_the_demo_syncs_a_nation_prints_its_answer_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with started(tmp_path) as demo:
        try:
            out, errors = demo.communicate(timeout=DEMO_S_MAX)
        finally:
            demo.kill()
    assert demo.returncode == 0, errors
    for words in (
        "Construction progress",
        "建设进展",
        "虚构甲省",
        "hub-jia",
        "files-bing",
        "energyBalance",
        '"totalTce"',
    ):
        assert words in out, words
    assert "Traceback" not in errors
    assert "failed" not in out
    assert lingering(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not PROC.is_dir(), reason="children are found in /proc, which this system has not")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_broken_off_leaves_nothing_behind_either(tmp_path: Path, how: signal.Signals) -> None:
    with started(tmp_path) as demo:
        try:
            deadline = time.monotonic() + START_S_MAX
            while len(running_in(tmp_path)) < 2:  # itself and a child
                assert time.monotonic() < deadline
                time.sleep(0.05)
            demo.send_signal(how)
            demo.communicate(timeout=20)
        finally:
            demo.kill()
    assert lingering(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
