"""How a program that stays is told to stop: by Ctrl-C, or by SIGTERM as a service manager sends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress


def when_told(stop: Callable[[], None]) -> None:
    """Have `stop` called by the running loop once somebody says to stop."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C still raises KeyboardInterrupt
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
