"""An SFTP server of asyncssh in a process of its own, with the faults a test asks for; run as a module, told by JSON."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "hub", "a-password-of-the-tests"


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, its key as a line of known_hosts, and the private key that it lets in."""

    port: int
    host_key: str
    private_key: str
    pid: int

    @property
    def address(self) -> str:
        return f"sftp://127.0.0.1:{self.port}/drop"


@contextmanager
def served(root: Path, **faults: Any) -> Iterator[Served]:
    """A server of a folder, ended with the block."""
    said = json.dumps({"root": str(root), **faults})
    command = [sys.executable, "-m", "tests.provincial_adapters.sftp_server", said]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        try:
            assert process.stdout is not None
            yield Served(**json.loads(process.stdout.readline()))
        finally:
            process.kill()


class _Door(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Folder(asyncssh.SFTPServer):
    """A folder, with faults."""

    said: dict[str, Any] = {}  # noqa: RUF012 - one server a process

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(chan, chroot=self.said["root"].encode())

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if self.said.get("read_only") or self.said.get("keeps"):
            raise asyncssh.SFTPPermissionDenied("nothing is moved here")
        return super().rename(oldpath, newpath)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        if self.said.get("read_only"):
            raise asyncssh.SFTPPermissionDenied("nothing is made here")
        return super().mkdir(path, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> Any:
        if offset >= self.said.get("cut_at", 1 << 60):
            self.channel.get_connection().abort()
        if grown := self.said.get("grows"):
            with (Path(self.said["root"]) / "drop" / grown).open("a") as file:
                file.write("2026-11-01 05:00,5\n")
        return super().read(file_obj, offset, size)

    async def scandir(self, path: bytes) -> Any:
        async for entry in super().scandir(path):
            yield entry
        if name := self.said.get("lists"):
            yield asyncssh.SFTPName(
                name.encode(), b"", asyncssh.SFTPAttrs(permissions=0o100644, size=1, mtime=1)
            )


async def _serve(said: dict[str, Any]) -> None:
    _Folder.said = said
    own, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    allowed = asyncssh.import_authorized_keys(client.export_public_key().decode())
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=_Door, server_host_keys=[own], sftp_factory=_Folder,
        authorized_client_keys=allowed,
    )  # fmt: skip
    port = server.get_port()
    line = f"[127.0.0.1]:{port} {own.export_public_key().decode().strip()}"
    told = {
        "port": port,
        "host_key": line,
        "private_key": client.export_private_key().decode(),
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
