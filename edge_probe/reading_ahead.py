"""While a platform answers one batch of a backlog, the next one is read and packed; it is claimed when its turn comes.

Nothing is promised of what was read ahead: it becomes a batch only where exactly these rows are claimed, and is forgotten
otherwise. So one batch is on its way at a time, and the cursor moves by what was acknowledged, as without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edge_probe.spool_lanes import SpoolLanes
from edge_probe.spooled_rows import SpooledRows
from edge_probe.uplink_ports import Packs, Uplink
from graph.errors import StoreError


class ReadingAhead:
    """Of one uplink."""

    def __init__(self, name: str, uplink: Uplink, lanes: SpoolLanes) -> None:
        self._name, self._lanes = name, lanes
        self._packs = uplink if isinstance(uplink, Packs) else None
        self._found: SpooledRows | None = None

    def take(self) -> SpooledRows | None:
        """What was read ahead last, once."""
        found, self._found = self._found, None
        return found

    @asynccontextmanager
    async def beside(self, upto: int, limit: int) -> AsyncIterator[None]:
        """As long as the block lasts, and to the end where that ends well: at most `limit` rows behind a number."""
        looking = asyncio.create_task(self._look(upto, limit))
        try:
            yield
        except BaseException:
            looking.cancel()
            await asyncio.wait([looking])
            raise
        await looking

    async def _look(self, upto: int, limit: int) -> None:
        try:
            found = await asyncio.to_thread(self._lanes.behind, self._name, upto, limit)
            if found and self._packs is not None:
                await self._packs.pack(found)
            self._found = found
        except StoreError:
            self._found = None  # whoever reads it for good meets the same, and tells of it
