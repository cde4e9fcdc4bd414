"""Looks at a meter that only people read: what they typed into the spool beside us is put together and handed over."""

from __future__ import annotations

import asyncio

from edge_probe.config import Device
from edge_probe.keeping import Found, Keeper
from edge_probe.ports import Meter
from edge_probe.watch import Shared


class TypedWatch:
    """A meter of which people type what it shows (edge_probe/entering.py), in a probe like the watch of any other."""

    def __init__(self, device: Device, meter: Meter, shared: Shared) -> None:
        self.device, self._meter, self._shared = device, meter, shared
        self._keeper = Keeper(shared.spool, device.name, shared.tell)

    async def look(self) -> bool:
        """One look; there may be news each time. Raises StoreError when that the probe runs could not be written."""
        await self._meter.read()
        at = self._shared.clock.now()
        _, of_clock = self._shared.doubt(at)
        found = Found(events=of_clock, spans=self._shared.running.alive(at))
        if not await asyncio.to_thread(self._keeper.keep, found, at):
            return False
        for event in of_clock:
            self._shared.tell(event)
        await asyncio.to_thread(self._shared.joined, at)
        return True

    async def close(self) -> None:
        """Let go of what it was asked by."""
        await self._meter.close()
