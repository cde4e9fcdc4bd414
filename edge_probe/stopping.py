"""How a program that stays is told to stop: by Ctrl-C, or by SIGTERM as a service manager sends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress


def when_told(stop: Callable[[], None]) -> None:
    """Have `stop` called by the running loop once somebody says to stop.

    Where loops hear no signals, as on Windows, Ctrl-C interrupts the program instead.
    """
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
