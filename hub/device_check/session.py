"""A sandbox that is open: served until Ctrl-C or until the time is over, then gone with all that came."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from hub.app import build_app
from hub.cli.serve import listening
from hub.device_check.heard import Heard
from hub.device_check.judging import Quirks
from hub.device_check.listing import Listing, sandbox_hub
from hub.device_check.sandbox import Sandbox, Tell
from hub.endpoints.http_protocol import HttpProtocol

MARK_BYTES = 4  # of the path that tells given addresses from those a device makes up
SHUTDOWN_S = 5  # for answers that are under way


@dataclass(frozen=True)
class Session:
    """Where a sandbox answers, for how long, and who is told that it is open and of each message."""

    host: str
    port: int
    seconds: float | None
    quirks: Quirks
    opened: Callable[[str], None]
    tell: Tell

    def run(self) -> tuple[Heard, ...]:
        """Serve until the end, and say what was heard. Raises ConfigurationError for an address that is in use."""
        with (
            listening(self.host, self.port) as listener,
            tempfile.TemporaryDirectory(prefix="nengshu-device-") as folder,
        ):
            base = f"http://{self.host}:{listener.getsockname()[1]}"
            mark = f"/{secrets.token_hex(MARK_BYTES)}"
            with sandbox_hub(Path(folder) / "hub", base + mark, self.quirks) as hub:
                sandbox = Sandbox(build_app(hub), Listing(hub.registry), mark, self.tell)
                asyncio.run(self._serve(sandbox, listener, base))
            return tuple(sorted(sandbox.heard, key=lambda message: message.number))

    async def _serve(self, sandbox: Sandbox, listener: socket.socket, base: str) -> None:
        config = uvicorn.Config(
            sandbox, log_level="critical", access_log=False, http=HttpProtocol, ws="none",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )  # fmt: skip
        server = _Server(config)
        self.opened(base)
        end = self.seconds and asyncio.get_running_loop().call_later(self.seconds, server.end)
        await server.serve([listener])
        if end:
            end.cancel()


class _Server(uvicorn.Server):
    """Ends at the first Ctrl-C and lets its caller go on."""

    def end(self) -> None:
        """Serve no longer."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM for the end of the session; uvicorn would raise them again behind it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.end)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)
