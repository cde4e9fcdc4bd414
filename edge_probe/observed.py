"""Meters and platforms as they are, with a board that hears how each fares: the parts that use them know nothing of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from edge_probe.board import Board
from edge_probe.ports import Answers, Fault, Meter
from edge_probe.readings import Spooled
from edge_probe.uplink_ports import Packs, Refusal, Reporter, Uplink
from graph.errors import SourceError, SourceUnreachable
from graph.model.probe_span import ProbeSpan

LATE = "silent"  # as a look calls a meter that did not answer before the deadline


@dataclass(frozen=True)
class ObservedMeter:
    """A meter (edge_probe.ports.Meter)."""

    name: str
    meter: Meter
    board: Board

    async def read(self) -> Answers:
        """What the meter says. One that is given up on is late."""
        try:
            answers = await self.meter.read()
        except asyncio.CancelledError:
            self.board.looked(self.name, [LATE])
            raise
        self.board.looked(
            self.name, [answer.kind for answer in answers.values() if isinstance(answer, Fault)]
        )
        return answers

    async def close(self) -> None:
        """Let go of its line."""
        await self.meter.close()


@dataclass(frozen=True)
class ObservedUplink:
    """A platform (edge_probe.uplink_ports.Uplink)."""

    name: str
    uplink: Uplink
    board: Board

    async def opens(self, oldest: dt.datetime, /) -> dt.datetime | None:
        """When it takes what waits."""
        with self.noting():
            moment = await self.uplink.opens(oldest)
        self.board.opens(self.name, moment)
        return moment

    async def pack(self, rows: Sequence[Spooled]) -> None:
        """Make ready what may go next, where the platform's uplink can."""
        if isinstance(self.uplink, Packs):
            await self.uplink.pack(rows)

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Hand over rows."""
        with self.noting():
            refusals = await self.uplink.send(rows)
        self.board.took(self.name)
        return refusals

    @contextmanager
    def noting(self) -> Iterator[None]:
        """A call that fails, or is given up on, is noted."""
        try:
            yield
        except (SourceError, asyncio.CancelledError):
            self.board.failed(self.name)
            raise


@dataclass(frozen=True)
class ObservedReporter(ObservedUplink):
    """One that is told of time, too (edge_probe.uplink_ports.Reporter)."""

    reporter: Reporter

    async def report(self, spans: Sequence[ProbeSpan]) -> None:
        """Tell of these. One that takes no reports is none the worse for it."""
        try:
            await self.reporter.report(spans)
        except SourceUnreachable:
            self.board.failed(self.name)
            raise


def observed(name: str, uplink: Uplink, board: Board) -> Uplink:
    """A platform as it is, and heard."""
    if isinstance(uplink, Reporter):
        return ObservedReporter(name, uplink, board, uplink)
    return ObservedUplink(name, uplink, board)
