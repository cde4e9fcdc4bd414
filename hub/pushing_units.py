"""Hands readings of units to an existing platform above, unit by unit, in words that are none of ours.

    ledger -> a page of whole batches -> each unit's part in a conversation of its own -> acknowledged -> cursor

The cursor moves only behind what is acknowledged. A unit that the platform refuses, or fails over, stays behind, with the
place it came to in the cursor, and is tried first in the next run; the others go on. A run ends where nobody is there, or
where so many units in a row fare alike that it is the platform and not they. What is sent again after a lost reply is the
same to the platform: unit, data code, statistic and label.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import httpx
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from anyio import to_thread

from edge_probe.asking_platform import NobodyThere
from edge_probe.nhjc04_wire import Said, Unit
from graph.errors import InvalidInput, SourceError, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from graph.model.period import Granularity
from graph.model.principal import Reach
from graph.model.reading import Origin
from graph.model.sync_run import Link, RunFault
from graph.ports import Handed
from hub.ledger_pages import LedgerPage, page_with_flags
from hub.platforms_above import PlatformAbove, Taken
from hub.stores.readings.changes import WHOLE, Stretch
from hub.units_said import units_said
from hub.wiring import Hub

READINGS_A_PAGE = (
    20_000  # what is sent again at most after a failure; of 100 points a day, those of 200 units
)
UNITS_AT_ONCE = 4  # conversations under way; one of the AK dialect has up to eight records on their way
BEHIND_MAX = (
    1_000  # units refused at once: more is a platform that refuses us, and the cursor need not say it
)
IN_A_ROW_MAX = (
    8  # units answered 401 or failed over, none taken between: two minutes of a platform that hangs over each
)
TOLD_MAX = 20  # refused rows of one page told on a run
T = TypeVar("T")


class Progress(msgspec.Struct, frozen=True):
    """How far a link has come (推送进度): the last ledger batch, and where units stand that stayed behind."""

    ledger: int = 0
    behind: dict[str, int] = {}

    @classmethod
    def parse(cls, cursor: str | None) -> Progress:
        """A cursor as it was written; without one, the beginning. Raises InvalidInput for what is none."""
        try:
            return cls() if not cursor else msgspec.json.decode(cursor, type=cls)
        except msgspec.MsgspecError as fault:
            raise InvalidInput(
                f"came {cursor!r:.80}, expected the cursor of a link that pushes units", "cursor"
            ) from fault

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()


@dataclass
class _Outcome:
    """What became of a page: the units that stayed behind, what to tell, and what nobody could answer."""

    behind: list[str] = field(default_factory=list)
    told: list[RunFault] = field(default_factory=list)
    taken: int = 0
    refused: int = 0
    in_a_row: int = 0
    fault: SourceError | None = None

    def leave(self, unit: str, fault: SourceError) -> None:
        """A unit stays behind; one fault too many that may be the platform's is taken for it."""
        self.behind.append(unit)
        self.told.append(RunFault.of(fault, f"unit {unit}", is_end=False))
        self.in_a_row += _may_be_of_all(fault)
        if isinstance(fault, NobodyThere) or self.in_a_row >= IN_A_ROW_MAX:
            self.fault = self.fault or fault


class UnitPusher:
    """Hands over by a link; what it yields is what the platform made of each page. Implements graph.ports.Puller."""

    def __init__(
        self, hub: Hub, above: Callable[[Link], PlatformAbove], units: frozenset[str] | None
    ) -> None:
        self._hub, self._above, self._units = hub, above, units

    async def pull(self, link: Link) -> AsyncIterator[Handed]:
        """What changed since the link's cursor, in order. Raises SourceError, InvalidInput."""
        progress, above = Progress.parse(link.cursor), await self._beside(partial(self._above, link))
        waiting = deque(sorted(progress.behind))
        async for handed, further in self._caught_up(above, waiting, progress, IN_A_ROW_MAX):
            progress = further
            yield handed
        more = True
        while more:
            page = await self._page(Reach(region=link.region), progress.ledger)
            if page.cursor == progress.ledger:
                break
            parts = {unit: rows for unit, rows in self._parts(page.table) if unit not in progress.behind}
            outcome, size = await self._handed_over(above, parts)
            behind = progress.behind | dict.fromkeys(outcome.behind, progress.ledger)
            _check_few(link, behind)
            progress, more = Progress(page.cursor, behind), page.has_more
            yield _handed(outcome, size, progress)
        async for handed, _ in self._caught_up(above, waiting, progress, len(waiting)):
            yield handed

    async def _caught_up(
        self, above: PlatformAbove, waiting: deque[str], progress: Progress, in_a_row_max: int
    ) -> AsyncIterator[tuple[Handed, Progress]]:
        """Units that stayed behind; where so many in a row stay there again, the rest is left waiting."""
        in_a_row = 0
        while waiting and in_a_row < in_a_row_max:
            unit = waiting.popleft()
            async for handed, further in self._one_caught_up(above, unit, progress):
                progress = further
                yield handed, progress
            in_a_row = in_a_row + 1 if unit in progress.behind else 0

    async def _one_caught_up(
        self, above: PlatformAbove, unit: str, progress: Progress
    ) -> AsyncIterator[tuple[Handed, Progress]]:
        """A unit that stayed behind, up to where the others are, as far as the platform takes it now."""
        while unit in progress.behind:
            since, upto = progress.behind[unit], Stretch(progress.ledger)
            page = await self._page(Reach(unit=CreditCode(unit)), since, upto)
            parts = dict(self._parts(page.table))
            outcome, size = await self._handed_over(above, parts)
            if outcome.behind:
                yield _handed(outcome, size, progress), progress
                return
            behind = {name: place for name, place in progress.behind.items() if name != unit}
            if page.has_more:
                behind[unit] = page.cursor
            progress = msgspec.structs.replace(progress, behind=behind)
            yield _handed(outcome, size, progress), progress

    async def _page(self, reach: Reach, after: int, stretch: Stretch = WHOLE) -> LedgerPage:
        return await self._beside(
            partial(page_with_flags, self._hub.store, reach, after, READINGS_A_PAGE, stretch)
        )

    def _parts(self, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        """The readings of each unit that this link hands over."""
        for unit in table["unit"].unique().to_pylist():
            if self._units is None or unit in self._units:
                yield unit, table.filter(pc.equal(table["unit"], unit))

    async def _handed_over(self, above: PlatformAbove, parts: dict[str, pa.Table]) -> tuple[_Outcome, int]:
        """Each unit's part, few at once. Raises the first fault that is nobody's in particular, once none is under way."""
        before, outcome = above.bytes_sent, _Outcome()
        known = await self._beside(partial(units_said, self._hub.registry, sorted(parts)))
        waiting = iter(parts.items())

        async def hand_over() -> None:
            for unit, table in waiting:
                if outcome.fault is not None:
                    return
                await self._one(above, known[unit], table, outcome)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(UNITS_AT_ONCE, len(parts))):
                group.create_task(hand_over())
        if outcome.fault is not None:
            raise outcome.fault
        return outcome, above.bytes_sent - before

    async def _one(self, above: PlatformAbove, unit: Unit, table: pa.Table, outcome: _Outcome) -> None:
        rows, unsaid = _said(table, above, self._hub.clock.now())
        try:
            taken = await above.take(unit, rows) if rows else Taken()
        except SourceError as fault:
            outcome.leave(unit.code, fault)
            return
        outcome.in_a_row = 0
        outcome.taken += len(rows) - len(taken.refused)
        outcome.refused += len(taken.refused) + unsaid
        outcome.told += _told(unit.code, rows, taken, unsaid)

    async def _beside(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self._hub.readers)


def _may_be_of_all(fault: SourceError) -> bool:
    """Whether a platform that is down, or turns this hub away, would fail so; a word on the unit is the unit's."""
    return isinstance(fault, SourceUnreachable) or fault.status == httpx.codes.UNAUTHORIZED


def _said(table: pa.Table, above: PlatformAbove, now: dt.datetime) -> tuple[list[Said], int]:
    """Rows as the platform's words have them, and how many it has no word for: of another length of period."""
    grains = [Granularity(text) for text in table["granularity"].to_pylist()]
    columns = (
        table[name].to_pylist() for name in ("data_code", "start", "value", "version", "origin", "valid")
    )
    rows = [
        Said(code, grain, start, value, version or now, Origin(origin).number, valid)
        for grain, code, start, value, version, origin, valid in zip(grains, *columns, strict=True)
        if above.wire.stat_type(grain) is not None
    ]
    return rows, table.num_rows - len(rows)


def _told(unit: str, rows: Sequence[Said], taken: Taken, unsaid: int) -> list[RunFault]:
    found = [RunFault(note.code, note.why, f"unit {unit}", is_end=False) for note in taken.notes]
    for each in taken.refused[:TOLD_MAX]:
        row = rows[each.place]
        place = f"unit {unit}, {row.data_code} {row.granularity} {row.start.isoformat()}"
        found.append(RunFault("refused-by-platform", each.why, place, is_end=False))
    if unsaid:
        why = f"{unsaid} readings are of a length of period that the link's platform has no word for"
        found.append(RunFault("no-word", why, f"unit {unit}", is_end=False))
    return found


def _handed(outcome: _Outcome, size: int, progress: Progress) -> Handed:
    told = outcome.told[:TOLD_MAX]
    if more := len(outcome.told) - len(told):
        told.append(RunFault("more-refused", f"{more} more were told", "units", is_end=False))
    return Handed(
        rows=outcome.taken + outcome.refused,
        accepted=outcome.taken,
        rejected=outcome.refused,
        cursor=str(progress),
        refused=tuple(told),
        bytes_read=size,
    )


def _check_few(link: Link, behind: dict[str, int]) -> None:
    if len(behind) > BEHIND_MAX:
        raise SourceRefused(
            f"link {link.key}: refused {len(behind)} units, at most {BEHIND_MAX} may stay behind"
        )
