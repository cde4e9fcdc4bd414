"""A folder on an SFTP server: its files are fetched whole and then read like any other.

Source: what asyncssh raises stops here and becomes a SourceError that names the address, what was asked and no secret.
The server's key is the one the link names, or there is no exchange. Names come from outside: one that could lead out of
the folder is refused, and a file is read from a private place of ours, which is gone when it was read.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import asyncssh

from graph.errors import (
    NengshuError,
    SourceMalformed,
    SourceNotReady,
    SourceRefused,
    SourceUnreachable,
    TooLarge,
)
from provincial_adapters._file_drop.checksums import beside
from provincial_adapters._file_drop.drop import waiting
from provincial_adapters._file_drop.folder import DONE, FAILED, FILE_BYTES_MAX, WHY, free_names, why_of
from provincial_adapters._file_drop.laid import Laid, Listing
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._file_drop.server import Server
from provincial_adapters._file_drop.spooled import spool

CONNECT_S = 15.0  # to be let in: keys are exchanged and a password is checked slowly on purpose
ANSWER_S = 60.0  # for one answer, of a listing for all of it
LISTED_MAX = 100_000  # names of one folder: whoever never clears it is told before it takes a run
PIECE_BYTES = 1024 * 1024  # asked for at once, in several requests on their way together
ALIVE_S = 15  # between two signs of life, three of which may be missed
_SHOWN_CHARACTERS = 200  # of a server's own words
_GONE = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError, OSError)


@asynccontextmanager
async def opened(server: Server, secret: str) -> AsyncIterator[SftpDrop]:
    """The folder, for as long as a run takes. Raises ConfigurationError, SourceError."""
    options = server.options(secret)
    async with _asking(server, "to be connected to", CONNECT_S):
        try:
            connection = await asyncssh.connect(
                server.host, server.port, keepalive_interval=ALIVE_S, **options
            )
        except asyncssh.HostKeyNotVerifiable as fault:
            why = f"{server}: its key is not the one of the link's host_key"
            raise SourceUnreachable(why, place=str(server)) from fault
        except asyncssh.PermissionDenied as fault:
            raise SourceRefused(
                f"{server}: does not let in {server.user!r} with the link's credential"
            ) from fault
    try:
        async with _asking(server, "to be asked for files"):
            client = await connection.start_sftp_client(path_encoding=None)
        yield SftpDrop(client, server)
    finally:
        connection.abort()  # nothing is under way that a farewell could save


@asynccontextmanager
async def _asking(server: Server, what: str, seconds: float = ANSWER_S) -> AsyncIterator[None]:
    """What goes wrong as a server is asked, in our words."""
    place = str(server)
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as fault:
        raise SourceUnreachable(f"{server}: {what}: no answer within {seconds:g} s", place=place) from fault
    except _GONE as fault:
        why = f"{type(fault).__name__}: {_shown(fault)}"
        raise SourceUnreachable(f"{server}: {what}: {why}", place=place) from fault
    except asyncssh.Error as fault:
        raise SourceRefused(f"{server}: {what}: {_shown(fault)}", place=place) from fault


def _shown(fault: Exception) -> str:
    return str(getattr(fault, "reason", None) or fault)[:_SHOWN_CHARACTERS]


class SftpDrop:
    """One open folder of a server, as provincial_adapters._file_drop.drop.Drop."""

    def __init__(self, client: asyncssh.SFTPClient, server: Server) -> None:
        self._client, self._server = client, server
        self._listing: Listing = {}
        self._names: dict[str, bytes] = {}  # as the server writes them

    async def ready(self, mapping: FileMapping) -> list[Laid]:
        """As Drop says. Raises SourceError."""
        found: dict[str, Laid] = {}
        async with _asking(self._server, "to be listed"):
            async for entry in self._client.scandir(self._server.folder.encode()):
                name, laid = self._seen(entry)
                if laid is not None:
                    found[name] = laid
        self._listing = found
        return waiting(found, mapping)

    def _seen(self, entry: asyncssh.SFTPName) -> tuple[str, Laid | None]:
        """A name of the listing with its file, None where it is no regular one. Raises SourceMalformed, TooLarge."""
        written = entry.filename if isinstance(entry.filename, bytes) else entry.filename.encode()
        name = _decoded(written)
        if written in (b".", b".."):
            return name, None
        if "/" in name or "\0" in name:
            raise SourceMalformed(f"{self._server}: lists {name!r:.64}, which is no name of a file")
        self._names[name] = written
        if len(self._names) > LISTED_MAX:
            raise SourceMalformed(f"{self._server}: holds more than {LISTED_MAX} names")
        return name, _laid(name, entry.attrs)

    @asynccontextmanager
    async def fetched(self, laid: Laid) -> AsyncIterator[Path]:
        """The file and its checksums in a folder of ours, as they were listed. Raises SourceError."""
        if laid.bytes > FILE_BYTES_MAX:
            raise TooLarge(f"{laid.bytes} bytes, at most {FILE_BYTES_MAX} are read", laid.name)
        with spool() as folder:
            for each in (laid, *beside(laid, self._listing).values()):
                try:
                    await self._fetch(each, folder / each.name)
                except OSError as fault:  # of our own disk: those of the server have become ours already
                    why = f"{each.name}: cannot be kept here while it is read: {fault.strerror}"
                    raise SourceNotReady(why) from fault
            yield folder / laid.name

    async def _fetch(self, laid: Laid, into: Path) -> None:
        """A whole file. Raises SourceNotReady where it is not the one that was listed, before or behind."""
        place, what = self._place(laid.name), f"{laid.name}: to be read"
        await self._check_same(laid)
        async with _asking(self._server, what):
            file = await self._client.open(place, "rb")
        received = 0
        try:
            with into.open("xb") as kept:
                while received < laid.bytes:
                    async with _asking(self._server, what):
                        piece = cast(
                            "bytes", await file.read(min(PIECE_BYTES, laid.bytes - received), received)
                        )
                    if not piece:
                        break
                    await asyncio.to_thread(kept.write, piece)
                    received += len(piece)
        finally:
            with suppress(SourceUnreachable, SourceRefused):
                async with _asking(self._server, what):
                    await file.close()
        await self._check_same(laid, received)
        os.utime(into, ns=(laid.modified_ns, laid.modified_ns))

    async def _check_same(self, laid: Laid, received: int | None = None) -> None:
        async with _asking(self._server, f"{laid.name}: to be looked at"):
            now = _laid(laid.name, await self._client.lstat(self._place(laid.name)))
        if now != laid or received not in (None, laid.bytes):
            raise SourceNotReady(f"{laid.name}: changes while it is read, and is left for the next run")

    async def put_away(self, laid: Laid) -> None:
        """Move it and its checksums to `done/`, unless the server is only read. Raises SourceError."""
        await self._move_all(laid, DONE)

    async def put_aside(self, laid: Laid, fault: NengshuError) -> None:
        """The same to `failed/`, with the reason beside it. Raises SourceError."""
        await self._move_all(laid, FAILED, why_of(laid.name, fault))

    async def taken(self) -> SftpDrop | None:
        """Its folder `done/`. Raises SourceError."""
        done = replace(self._server, folder=f"{self._server.folder.rstrip('/')}/{DONE}")
        async with _asking(done, "to be looked at"):
            return SftpDrop(self._client, done) if await self._client.isdir(done.folder.encode()) else None

    async def _move_all(self, laid: Laid, to: str, why: str | None = None) -> None:
        if self._server.read_only:
            return
        folder = self._place(to.encode())
        async with _asking(self._server, f"{laid.name}: cannot be moved to {to}"):
            if not await self._client.isdir(folder):
                await self._client.mkdir(folder)
            target = await self._free(laid.name, folder)
            if why is not None:
                # The reason first: who is cut off in between finds the file where it was, and tells it again.
                async with self._client.open(target + WHY.encode(), "wb") as file:
                    await file.write(why.encode())
            await self._client.rename(self._place(laid.name), target)
            for each in beside(laid, self._listing).values():
                await self._client.rename(self._place(each.name), await self._free(each.name, folder))

    async def _free(self, name: str, folder: bytes) -> bytes:
        """A place beside others of its name. Raises SourceRefused where there are too many."""
        for free in free_names(name):
            target = folder + b"/" + (self._names[name] if free == name else free.encode())
            if not await self._client.lexists(target):
                return target
        raise SourceRefused(f"{self._server}: holds too many files named {name}")

    def _place(self, name: str | bytes) -> bytes:
        written = self._names[name] if isinstance(name, str) else name
        return self._server.folder.rstrip("/").encode() + b"/" + written


def _laid(name: str, found: asyncssh.SFTPAttrs) -> Laid | None:
    """A regular file as a server tells of it; None for links, folders and what it says nothing of."""
    if (
        found.permissions is None
        or not stat.S_ISREG(found.permissions)
        or found.size is None
        or found.mtime is None
    ):
        return None
    return Laid(name, found.size, found.mtime * 1_000_000_000 + (found.mtime_ns or 0))


def _decoded(name: bytes) -> str:
    """A name as UTF-8, or as older Chinese systems write it."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("gb18030", "replace")
