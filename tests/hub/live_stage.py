"""A national hub over provincial hubs that are processes of their own, which a test may stop, kill or find lying."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.model.principal import NATION, Role
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from tests.hub.invented_hub import WHO, fill
from tests.hub.members import token_at
from tests.hub.served_hub import PATIENCE_S, ROOT


@dataclass
class Province:
    """A provincial hub that runs, where it does, and a token that reads all of it."""

    code: str
    process: subprocess.Popen[str]
    port: int
    token: str

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def stall(self) -> None:
        """Stop it: its socket still takes connections, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait(PATIENCE_S)


@contextmanager
def started(*arguments: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python program, killed at the end whatever state it is in."""
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=file, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE_S)
            assert process.stdout is not None
            process.stdout.close()


def said_by(process: subprocess.Popen[str], pattern: str) -> int:
    """The port a program says on its first line."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(pattern, line)
    assert found, line
    return int(found[1])


@contextmanager
def provinces(folder: Path, codes: Sequence[str]) -> Iterator[dict[str, Province]]:
    """Hubs of these provinces, started side by side."""
    with ExitStack() as stack:
        begun = []
        for code in codes:
            data = folder / code
            fill(data, code)
            serve = ("-m", "hub.cli", "serve", "--data", str(data), "--port", "0", "--region", code)
            begun.append((code, stack.enter_context(started(*serve, log=data / "log")), data))
        yield {code: _province(code, process, data) for code, process, data in begun}


def _province(code: str, process: subprocess.Popen[str], data: Path) -> Province:
    """A hub that says where it answers, and a token for the nation."""
    port = said_by(process, r"http://127\.0\.0\.1:([1-9][0-9]*)/")
    token = token_at(data, f"http://127.0.0.1:{port}", "nation", NATION, (Role.READ, Role.SYNC))
    return Province(code, process, port, token)


@contextmanager
def lying_hub(folder: Path) -> Iterator[str]:
    """Where the program of tests/hub/lying_hub.py is asked; a way of lying is a step of the address."""
    with started("tests/hub/lying_hub.py", log=folder / "lying.log") as process:
        yield f"http://127.0.0.1:{said_by(process, '([1-9][0-9]*)')}"


@contextmanager
def national_hub(folder: Path, **settings: object) -> Iterator[Hub]:
    """A hub that knows the invented provinces and nothing else."""
    fill(folder)
    with open_hub(Settings(data_dir=folder, sync_seconds=0, **settings)) as hub:  # type: ignore[arg-type]
        yield hub


def link(hub: Hub, province: str, address: str, credential: str | None) -> None:
    """The link over which a province's hub is asked."""
    row = {
        "key": f"hub-{province[:2]}", "dialect": "hub_graphql", "province": province,
        "address": address, "credential": credential,
    }  # fmt: skip
    hub.registry.upsert("link", [row], WHO)
