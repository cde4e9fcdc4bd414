"""Asks a time server again and again while the probe runs, and looks when the system set its clock by one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from edge_probe.readings import Event
from edge_probe.sntp import seconds_behind
from edge_probe.time_sources import TimeSources
from edge_probe.timekeeping import HEARD_FOR, SOURCE, Timekeeper
from graph.errors import SourceError
from graph.model.period import UTC

ASKED_EVERY_S = (
    1200.0  # a clock without a server drifts by some seconds a day; public servers ask for restraint
)


class AskingTime:
    """One probe's. What it hears goes to the timekeeper; that nobody answers is told when it begins."""

    def __init__(
        self,
        sources: TimeSources,
        keeper: Timekeeper,
        now: Callable[[], dt.datetime],
        tell: Callable[[Event], None],
    ) -> None:
        self._sources, self._keeper, self._now, self._tell = sources, keeper, now, tell
        self._silent = False

    async def keep(self) -> None:
        """Until it is cancelled."""
        while self._sources.server or self._sources.synced_file:
            await self.ask()
            await asyncio.sleep(ASKED_EVERY_S)

    async def ask(self) -> None:
        """Once."""
        if self._sources.synced_file is not None:
            self._look(self._sources.synced_file)
        if self._sources.server is None:
            return
        try:
            behind_s = await seconds_behind(self._sources.server, lambda: self._now().timestamp())
        except SourceError as fault:
            if not self._silent:
                self._tell(Event(self._now(), SOURCE, "time-server-silent", str(fault)))
            self._silent = True
        else:
            self._silent = False
            self._keeper.server_said(self._now(), behind_s)

    def _look(self, file: Path) -> None:
        """A clock that was set lately is right; of one that was not nothing is known."""
        try:
            touched = dt.datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except OSError:
            return
        if dt.timedelta(0) <= self._now() - touched <= HEARD_FOR:
            self._keeper.server_said(self._now(), 0.0)
