"""How a served hub ends: its stores are closed, whatever is sent to it meanwhile."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, signal
from hub.cli.serve import _end

signal.signal(signal.SIGTERM, _end)
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    for _ in range({more}):
        os.kill(os.getpid(), signal.SIGTERM)
    print("closed")
"""


def test_a_second_signal_does_not_interrupt_the_closing() -> None:
    for more in (0, 3):
        program = [sys.executable, "-c", PROGRAM.format(more=more)]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        assert (ended.returncode, ended.stdout) == (0, "closed\n"), ended.stderr
