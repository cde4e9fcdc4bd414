"""Tries reads on a meter, one after the other, and remembers which it answers; a meter that falls silent is asked again.

A read that a meter will not answer is met with an exception by one and with silence by another. Silence means refusal
only where a read that is known to be good is answered right after it; else the meter is gone, and nothing was learned.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from edge_probe.plan import Span
from edge_probe.ports import Registers, RegistersRefused
from graph.errors import SourceError, SourceUnreachable

TRIES_MAX = 4_000  # 250 points with a hole behind each take some 2 500; a meter is not asked for ever
BUSY = (5, 6)  # acknowledge, device busy: it would answer later (Modbus application protocol V1.1b3, 7)
AGAIN = 3  # times a busy or silent meter is asked again
LONG_PAUSE_S = 1.0  # a meter that needs longer between two requests cannot be read within a cycle

Wait: TypeAlias = Callable[[float], Awaitable[None]]


class Trying:
    """One meter under trial. `pause_s` is kept between an answer and the next request."""

    def __init__(self, line: Registers, pause_s: float = LONG_PAUSE_S, wait: Wait = asyncio.sleep) -> None:
        self.line, self.pause_s, self.tries, self._wait = line, pause_s, 0, wait
        self.good: Span | None = None
        self._known: dict[Span, Sequence[int] | None] = {}
        self._rested_at = 0.0

    async def answers(self, span: Span) -> bool:
        """Whether the meter answers this read; asked once."""
        return await self.registers(span) is not None

    async def registers(self, span: Span) -> Sequence[int] | None:
        """What it answered when first asked; None where it refuses. Raises SourceUnreachable when it is gone."""
        if span not in self._known:
            self._known[span] = await self._asked(span)
            if self._known[span] is not None:
                self.good = self.good or span
        return self._known[span]

    async def once(self, span: Span) -> bool:
        """Whether one request, of which nothing is remembered, was answered."""
        try:
            await self._ask(span)
        except SourceError:
            return False
        return True

    async def seconds(self, span: Span) -> float:
        """How long a read takes that the meter answers, without the pause before it. Raises SourceError."""
        await self.rest()
        began = time.monotonic()
        await self._ask(span)
        return time.monotonic() - began

    async def rest(self) -> None:
        """Wait until the meter may be asked again."""
        await self._wait(self._rested_at - time.monotonic())

    async def _asked(self, span: Span) -> Sequence[int] | None:
        for last in (False,) * (AGAIN - 1) + (True,):
            try:
                return await self._ask(span)
            except RegistersRefused as refusal:
                if last or refusal.exception not in BUSY:
                    return None
                await self._wait(LONG_PAUSE_S)
            except SourceError as fault:
                if self.good is not None:
                    await self._silence_means_no(fault)
                    return None
                if last:
                    raise SourceUnreachable(f"{fault}, {AGAIN} times") from fault
        return None

    async def _silence_means_no(self, fault: SourceError) -> None:
        for _ in range(AGAIN):
            if self.good and await self.once(self.good):
                return
            await self._wait(LONG_PAUSE_S)
        raise SourceUnreachable(f"the meter fell silent after {self.tries} requests: {fault}") from fault

    async def _ask(self, span: Span) -> Sequence[int]:
        self.tries += 1
        if self.tries > TRIES_MAX:
            raise SourceUnreachable(f"{TRIES_MAX} requests did not suffice; the meter answers now so, now so")
        await self.rest()
        try:
            return await self.line.registers(span)
        except RegistersRefused:
            raise
        except SourceError:
            await self.line.close()
            raise
        finally:
            self._rested_at = time.monotonic() + self.pause_s
