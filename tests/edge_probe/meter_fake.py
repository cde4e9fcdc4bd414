"""Registers that are not there, with whatever limits a test wants; time does not pass in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_probe.plan import Span
from edge_probe.ports import RegistersRefused
from graph.errors import SourceUnreachable


@dataclass
class FakeRegisters:
    """Answers reads within its limits with the addresses themselves; `whole` refuses half of a value of two registers."""

    longest: int = 125
    holes: Sequence[Span] = ()
    silent: bool = False
    whole: bool = False
    gone_after: int | None = None
    busy: int = 0
    asked: list[Span] = field(default_factory=list)

    async def registers(self, span: Span) -> Sequence[int]:
        self.asked.append(span)
        if self.gone_after is not None and len(self.asked) > self.gone_after:
            raise SourceUnreachable("gone")
        if self.busy:
            self.busy -= 1
            raise RegistersRefused("busy", 6)
        halved = self.whole and (span.address % 2 or span.count % 2)
        if span.count > self.longest or halved or any(span.touches(hole) for hole in self.holes):
            if self.silent:
                raise SourceUnreachable("no answer")
            raise RegistersRefused("illegal", 2)
        return range(span.address, span.end)

    async def close(self) -> None:
        """Nothing is open."""
