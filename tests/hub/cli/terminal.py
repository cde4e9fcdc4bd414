"""Runs `nengshu …` as somebody at a terminal does, in this process or in one of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli import main

ROOT = Path(__file__).resolve().parents[3]
END_S = 15.0  # in which a hub ends after SIGTERM


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed, its lines joined, for a narrow terminal breaks them anywhere."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it said went wrong."""
        return " ".join(self.err.split())


@dataclass
class Terminal:
    """Runs commands in this process."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Said:
        """One command. What it does about SIGTERM ends with it, as it would end with its process."""
        self.capture.readouterr()
        before = signal.getsignal(signal.SIGTERM)
        try:
            main([str(word) for word in words])
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)


def in_its_own_process(*words: object, code: str = "from hub.cli import main; main()") -> Said:
    """One command as a program."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def at_a_terminal(*words: object, answers: Sequence[tuple[str, str]]) -> Said:
    """One command at a true terminal: each answer is typed once its question is there; what is shown is `out`."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hub.cli", *map(str, words)]
    environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = ""
        try:
            for question, answer in answers:
                shown += _until(ours, question)
                os.write(ours, f"{answer}\n".encode())
            shown += _until(ours, None)
        finally:
            process.terminate()
            os.close(ours)
        return Said(process.wait(END_S), shown.replace("\r", ""), "")


def _until(terminal: int, question: str | None) -> str:
    """What is shown until a question stands at the end of it, or until the end. Fails after END_S of silence."""
    shown = b""
    while question is None or question.encode() not in shown:
        if not select.select([terminal], [], [], END_S)[0]:
            raise AssertionError(f"{question!r} was never asked: {shown.decode(errors='replace')}")
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # Linux says so when the other side is closed
            piece = b""
        if not piece:
            assert question is None, shown.decode(errors="replace")
            break
        shown += piece
    return shown.decode(errors="replace")


@contextmanager
def serving(data: Path, *more: str) -> Iterator[str]:
    """A hub as a program of its own over `data`; its address."""
    words = [sys.executable, "-m", "hub.cli", "serve", "--data", str(data), "--port", "0", *more]
    with subprocess.Popen(
        words, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:[1-9][0-9]*", process.stdout.readline())
            assert found
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(END_S) == 0
