"""Child processes of a simulation: started by us, ended by us, and by nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from graph.errors import SourceUnreachable

STOP_SECONDS = 5.0  # a process that does not end by itself in this time is killed
READY_SECONDS = 30.0  # on a busy machine a hub takes a few seconds to start
TOLD_MAX = 2_000  # characters of a child's last words in an error


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Children:
    """Starts `nengshu …` as processes of their own and ends them together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Process] = []

    async def start(
        self, words: Sequence[str], environment: Mapping[str, str] | None = None, log: str = "child"
    ) -> Process:
        """A child that runs until `stop`; what it says on standard error goes to `<log>.log`."""
        with (self._folder / f"{log}.log").open("ab") as errors:
            child = await asyncio.create_subprocess_exec(
                *_command(words), stdin=DEVNULL, stdout=PIPE, stderr=errors,
                env={**os.environ, **(environment or {})}, start_new_session=True,
            )  # fmt: skip
        self._running.append(child)
        return child

    async def run(self, words: Sequence[str], log: str = "child") -> str:
        """A child that ends by itself; what it printed. Raises SourceUnreachable when it failed."""
        child = await self.start(words, log=log)
        out, _ = await child.communicate()
        if child.returncode != 0:
            said = (self._folder / f"{log}.log").read_text(errors="replace")[-TOLD_MAX:]
            raise SourceUnreachable(f"nengshu {' '.join(words)} ended with {child.returncode}: {said}")
        return out.decode()

    async def end(self, child: Process) -> None:
        """Ask a child to end, and make it."""
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                await asyncio.wait_for(child.wait(), STOP_SECONDS)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()

    async def stop(self) -> None:
        """End all of them."""
        await asyncio.gather(*(self.end(child) for child in self._running))


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "hub.cli", *words]


async def until_ready(client: httpx.AsyncClient, base: str) -> None:
    """Wait until a hub answers its health check. Raises SourceUnreachable after READY_SECONDS."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get(f"{base}/healthz")).status_code == 200:
                return
        await asyncio.sleep(0.1)
    raise SourceUnreachable(f"{base} did not answer within {READY_SECONDS:g} s")
