"""Where files are laid down, as a port: a folder of this machine, or one on a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from graph.errors import NengshuError
from provincial_adapters._file_drop.checksums import beside, is_awaited, is_checksum
from provincial_adapters._file_drop.folder import DONE, FAILED, listed, put_aside, put_away
from provincial_adapters._file_drop.laid import Laid, Listing, is_meant
from provincial_adapters._file_drop.mapping import FileMapping


class Drop(Protocol):
    """A place where files are laid down (投递处)."""

    async def ready(self, mapping: FileMapping) -> list[Laid]:
        """The files that are whole and meant, the newest first. Raises InvalidInput, SourceError."""
        ...

    def fetched(self, laid: Laid) -> AbstractAsyncContextManager[Path]:
        """The file where it can be read, its checksum files beside it. Raises SourceError."""
        ...

    async def put_away(self, laid: Laid) -> None:
        """The file was read. Raises SourceError."""
        ...

    async def put_aside(self, laid: Laid, fault: NengshuError) -> None:
        """The file could not be read. Raises SourceError."""
        ...

    async def taken(self) -> Drop | None:
        """The place where files that were read are put away; None where there is none. Raises SourceError."""
        ...


def waiting(listing: Listing, mapping: FileMapping) -> list[Laid]:
    """The files of a listing that are whole and meant, the newest first; a file of checksums is none of them."""
    found = [
        laid
        for name, laid in listing.items()
        if is_meant(name, mapping.files)
        and not is_checksum(name)
        and not is_awaited(laid, mapping.checksum, listing)
    ]
    return mapping.order.newest_first(found)


class FolderDrop:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listing: Listing = {}

    async def ready(self, mapping: FileMapping) -> list[Laid]:
        """As Drop says; the folder is listed anew. Raises InvalidInput."""
        self._listing = await asyncio.to_thread(listed, self._folder)
        return waiting(self._listing, mapping)

    @asynccontextmanager
    async def fetched(self, laid: Laid) -> AsyncIterator[Path]:
        """The file itself."""
        yield self._folder / laid.name

    async def put_away(self, laid: Laid) -> None:
        """Move it and its checksums to `done/`. Raises SourceRefused."""
        for path in self._all_of(laid):
            await asyncio.to_thread(put_away, path)

    async def put_aside(self, laid: Laid, fault: NengshuError) -> None:
        """Move it and its checksums to `failed/`, the reason beside them. Raises SourceRefused."""
        path, *checksums = self._all_of(laid)
        await asyncio.to_thread(put_aside, path, fault)
        for each in checksums:
            await asyncio.to_thread(put_away, each, FAILED)

    async def taken(self) -> Drop | None:
        """Its folder `done/`."""
        done = self._folder / DONE
        return FolderDrop(done) if await asyncio.to_thread(done.is_dir) else None

    def _all_of(self, laid: Laid) -> list[Path]:
        return [self._folder / each.name for each in (laid, *beside(laid, self._listing).values())]


class LookedAt:
    """A place whose files all stay where they are."""

    def __init__(self, drop: Drop) -> None:
        self._drop = drop

    async def ready(self, mapping: FileMapping) -> list[Laid]:
        """As the place says. Raises InvalidInput, SourceError."""
        return await self._drop.ready(mapping)

    def fetched(self, laid: Laid) -> AbstractAsyncContextManager[Path]:
        """The file where it can be read. Raises SourceError."""
        return self._drop.fetched(laid)

    async def put_away(self, _laid: Laid, /) -> None:
        """It stays."""

    async def put_aside(self, _laid: Laid, _fault: NengshuError, /) -> None:
        """It stays."""

    async def taken(self) -> Drop | None:
        """What was taken stays where it is, too. Raises SourceError."""
        taken = await self._drop.taken()
        return None if taken is None else LookedAt(taken)
