"""Finds out on a meter itself how it wants to be read: pause, connections, longest read, refused registers, byte order.

What is wanted decides what is tried: reads begin and end with wanted registers, so what lies beyond them is of no
interest. All of it only reads, and only registers around those that are wanted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from edge_probe.byte_order import OrderFound, order_of
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.plan import ADDRESS_MAX, REGISTERS_MAX, Span, plan_reads
from edge_probe.ports import Registers
from edge_probe.trying import Trying, Wait
from graph.errors import SourceRefused, SourceUnreachable

PAUSES_MS = (0, 5, 10, 20, 50, 100, 200, 500, 1000)  # what manuals speak of, each about twice the one before
IN_A_ROW = 6  # reads that must be answered before a pause is believed
TIMED = 3  # passes that are timed; their median is what is predicted
SILENT_MAX = 3  # quantities that nobody answers, at the beginning, before the meter is taken for gone
WITNESSES = 12  # values of the map beside those wanted that tell the order of bytes
HOLES_TELLING = 16  # refused ranges; a meter with more refuses every gap, which gap_max = 0 says shorter


@dataclass(frozen=True)
class Tuned:
    """How a meter wants to be read, and what a pass over it will take.

    `registers_max` is the map's own word, and not certain, where refused registers hide the meter's limit.
    """

    registers_max: int
    is_certain: bool
    gap_max: int
    illegal: tuple[Span, ...]
    pause_ms: int
    one_connection: bool
    order: OrderFound
    refused: tuple[str, ...]
    reads: tuple[Span, ...]
    pass_s: float
    one_by_one_s: float
    tries: int


async def tune(
    meter_map: MeterMap,
    names: Sequence[str],
    open_line: Callable[[], Registers],
    wait: Wait = asyncio.sleep,
) -> Tuned:
    """Try out what a map says of these quantities.

    Raises SourceUnreachable when nobody answers, SourceRefused when every one is refused.
    """
    quantities = [meter_map.quantities[name] for name in names]
    trying, second = Trying(open_line(), wait=wait), open_line()
    try:
        first = await _first_answered(trying, quantities)
        pause_ms = await _pause_ms(trying, first)
        trying.pause_s = pause_ms / 1000
        one_connection = await _one_connection(trying, second, first)
        order = await _order(trying, quantities, meter_map)
        reads = _Reads(trying, meter_map.registers_max)
        return await reads.found(quantities, pause_ms, order, one_connection=one_connection)
    finally:
        await trying.line.close()
        await second.close()


async def _first_answered(trying: Trying, quantities: Sequence[Quantity]) -> Span:
    """A read that the meter answers, found with long pauses."""
    silent = 0
    for quantity in quantities:
        try:
            if await trying.answers(quantity.span):
                return quantity.span
        except SourceUnreachable:
            silent += 1
            if silent == SILENT_MAX:
                raise
    raise SourceRefused(
        f"the meter refuses each of {len(quantities)} quantities: is the map another firmware's?"
    )


async def _pause_ms(trying: Trying, span: Span) -> int:
    for pause_ms in PAUSES_MS:
        trying.pause_s = pause_ms / 1000
        answered = [await trying.once(span)]
        while all(answered) and len(answered) < IN_A_ROW:
            answered.append(await trying.once(span))
        if all(answered):
            return pause_ms
    raise SourceUnreachable(
        f"the meter does not answer {IN_A_ROW} requests in a row, {PAUSES_MS[-1]} ms apart"
    )


async def _one_connection(trying: Trying, second: Registers, span: Span) -> bool:
    """Whether a second connection gets no answer, or costs the first one its own."""
    await trying.once(span)
    beside = Trying(second, trying.pause_s)
    await trying.rest()  # it is the meter that needs the pause, whoever asks
    answered = await beside.once(span)
    await beside.rest()
    both = answered and await trying.once(span)
    await second.close()
    return not both


async def _order(trying: Trying, quantities: Sequence[Quantity], meter_map: MeterMap) -> OrderFound:
    """By what is wanted, and by some more of the map, for counters alone may all be 0."""
    more = [each for each in meter_map.quantities.values() if each not in quantities and not each.counter]
    asked = [*quantities, *more[:WITNESSES]]
    shown = [(each, registers) for each in asked if (registers := await trying.registers(each.span))]
    return order_of(shown)


@dataclass
class _Reads:
    """The search for the longest read and the refused registers; `usual` is the map's own word for the former."""

    trying: Trying
    usual: int
    steps: dict[Span, int] = field(default_factory=dict)

    async def found(
        self, quantities: Sequence[Quantity], pause_ms: int, order: OrderFound, *, one_connection: bool
    ) -> Tuned:
        shown = [quantity for quantity in quantities if await self.trying.answers(quantity.span)]
        spans = sorted({quantity.span for quantity in shown})
        longest, is_certain = await self._longest(spans)
        gap_max, holes = await self._gaps(spans, longest if is_certain else max(longest, self.usual))
        if not is_certain and not await self._are_refused(holes):
            is_certain, (gap_max, holes) = True, await self._gaps(spans, longest)
        longest = longest if is_certain else max(longest, self.usual)
        reads = plan_reads(spans, longest, gap_max, holes)
        pauses_s = pause_ms / 1000
        return Tuned(
            registers_max=longest,
            is_certain=is_certain,
            gap_max=gap_max,
            illegal=tuple(sorted(holes)),
            pause_ms=pause_ms,
            one_connection=one_connection,
            order=order,
            refused=tuple(q.name for q in quantities if q not in shown),
            reads=reads,
            pass_s=await self._seconds(reads) + pauses_s * (len(reads) - 1),
            one_by_one_s=(await self._seconds(spans[:1]) + pauses_s) * len(spans) - pauses_s,
            tries=self.trying.tries,
        )

    async def _longest(self, spans: Sequence[Span]) -> tuple[int, bool]:
        """The longest read that is answered from the beginning of any wanted span, and whether that is the meter's limit.

        It is none where what follows is refused by itself, too: there the registers end, and not the meter's patience.
        """
        best, follows = max(span.count for span in spans), None
        for span in spans:
            step = await self._step(span)
            places = (min(REGISTERS_MAX, ADDRESS_MAX + 1 - span.address) - span.count) // step
            known = max(0, (best - span.count) // step)
            if known < places and await self._answers(span, (known + 1) * step):
                best = span.count + step * await _last(known + 1, places, self._further(span, step))
                follows = Span(span.function, span.address + best, step)
        if follows is None:
            return best, False
        return best, best == REGISTERS_MAX or await self._is_readable(follows)

    async def _is_readable(self, span: Span) -> bool:
        return span.end <= ADDRESS_MAX + 1 and await self.trying.answers(span)

    async def _are_refused(self, holes: Sequence[Span]) -> bool:
        """Whether both ends of each are refused by themselves: else a read was only too long."""
        for hole in holes:
            count = min(hole.count, 2)
            ends = (Span(hole.function, at, count) for at in (hole.address, hole.end - count))
            if not count or any([await self.trying.answers(end) for end in ends]):
                return False
        return True

    def _further(self, span: Span, step: int) -> Callable[[int], Awaitable[bool]]:
        return lambda n: self._answers(span, n * step)

    async def _answers(self, span: Span, more: int, before: int = 0) -> bool:
        return await self.trying.answers(
            Span(span.function, span.address - before, span.count + more + before)
        )

    async def _step(self, span: Span) -> int:
        """1 where the meter answers half a value, else as many registers as the value has."""
        if span not in self.steps:
            half = Span(span.function, span.address, span.count - 1)
            self.steps[span] = 1 if not half.count or await self.trying.answers(half) else span.count
        return self.steps[span]

    async def _gaps(self, spans: Sequence[Span], longest: int) -> tuple[int, list[Span]]:
        """How many registers that nobody wants may be read over, and the refused ones."""
        holes = await self._holes(spans, longest, REGISTERS_MAX)
        if len(holes) <= HOLES_TELLING:
            return REGISTERS_MAX, holes
        return 0, await self._holes(spans, longest, 0)

    async def _holes(self, spans: Sequence[Span], longest: int, gap_max: int) -> list[Span]:
        holes: list[Span] = []
        while True:
            reads = plan_reads(spans, longest, gap_max, holes)
            refused = [read for read in reads if not await self.trying.answers(read)]
            if not refused or (gap_max and len(holes) > HOLES_TELLING):
                return holes
            holes += [await self._hole_in(read, [s for s in spans if read.holds(s)]) for read in refused]

    async def _hole_in(self, read: Span, inside: Sequence[Span]) -> Span:
        """What keeps a read from being answered, though each wanted span in it is: bisected from both sides."""
        function, start = read.function, read.address

        async def answered_up_to(n: int) -> bool:
            return await self.trying.answers(Span(function, start, inside[n].end - start))

        last = await _last(0, len(inside) - 1, answered_up_to)
        before, after = inside[last], inside[last + 1]
        gap, up, down = after.address - before.end, await self._step(before), await self._step(after)
        above = up * await _last(0, gap // up, self._further(before, up))
        rest = (gap - above) // down
        below = down * await _last(0, rest, lambda n: self._answers(after, 0, n * down))
        return Span(function, before.end + above, gap - above - below)

    async def _seconds(self, reads: Sequence[Span]) -> float:
        """What one pass of these reads takes, without pauses."""
        passes = [[await self.trying.seconds(read) for read in reads] for _ in range(TIMED)]
        return median(sum(each) for each in passes)


async def _last(low: int, high: int, holds: Callable[[int], Awaitable[bool]]) -> int:
    """The last number from `low`, where it holds, to `high` at which something holds that holds no more once it ceased."""
    while low < high:
        middle = (low + high + 1) // 2
        if await holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def as_settings(tuned: Tuned) -> Mapping[str, object]:
    """As `[devices.reads]` of the configuration has it."""
    holes = [{"function": h.function, "address": h.address, "count": h.count} for h in tuned.illegal]
    order = {"order": str(tuned.order.order)} if tuned.order.order else {}
    return {
        "registers_max": tuned.registers_max,
        "gap_max": tuned.gap_max,
        "pause_ms": tuned.pause_ms,
        **order,
        "illegal": holes,
    }
