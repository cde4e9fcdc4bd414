"""Runs a driver's calls, which block, in threads: each bounded in time, and cut off where nobody waits any longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

import anyio

from graph.errors import SourceUnreachable

T = TypeVar("T")


class Line(Protocol):
    """What the calls go over."""

    def cut(self) -> None:
        """Break it: who waits on it fails at once."""
        ...

    def hang_up(self) -> None:
        """Let go of it, without reading what is still to come."""
        ...

    def close(self) -> None:
        """Let go of what was held beside it."""
        ...


@dataclass(frozen=True)
class Steps:
    """The steps of one run over one line."""

    line: Line
    shown: str
    step_s: float

    async def each(self, items: Generator[T, None, None]) -> AsyncGenerator[T, None]:
        """The items, one thread at a time; the connection is closed at the end. Raises SourceUnreachable when hung."""
        try:
            while (item := await self._bounded(lambda: next(items, None))) is not None:
                yield item
        finally:
            with anyio.CancelScope(shield=True):
                await asyncio.to_thread(self._end, items)

    def _end(self, items: Generator[T, None, None]) -> None:
        """Let go: the line first, or closing would read what nobody wants any more."""
        self.line.hang_up()
        with suppress(Exception):
            items.close()
        self.line.close()

    async def _bounded(self, call: Callable[[], T]) -> T:
        """What a call gives. Nobody waits for a thread that hangs: its line is cut, so that it ends with an error."""
        work = asyncio.ensure_future(asyncio.to_thread(call))
        try:
            done, _ = await asyncio.wait({work}, timeout=self.step_s)
        except asyncio.CancelledError:
            await self._cut(work)
            raise
        if done:
            return work.result()
        await self._cut(work)
        raise SourceUnreachable(f"{self.shown}: no answer within {self.step_s:g} s")

    async def _cut(self, work: asyncio.Future[T]) -> None:
        self.line.cut()
        with anyio.CancelScope(shield=True), suppress(Exception):
            await work
