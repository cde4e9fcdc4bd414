"""What a source says once more, compared with what this hub holds of it and mended, piece by piece."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import UTC, Period
from graph.model.principal import Reach
from graph.model.reading import EXCHANGED, INSTANT
from graph.ports import DigestAsk, DigestLevel
from hub.reconciling.done import Reconciled
from hub.reconciling.own_side import OwnSide
from hub.reconciling.said import DAY_KEY, digested, unit_days, within
from hub.running import beside
from national_sync.comparing import NO_DAYS, NO_UNITS, UNITS_AT_ONCE, Compared, apart, stretches
from national_sync.mending import KEY, Mend, mend_of

_LONG_AGO = pa.scalar(dt.datetime(1970, 1, 1, tzinfo=UTC), INSTANT)  # older than anything booked
_KINDS = ("missing", "changed", "newer_here", "moved", "withdrawn", "gone_there")


@dataclass(frozen=True)
class Piece:
    """Readings (EXCHANGED) that a source says of some units in a period.

    `every_day`: of these units it has said all the period, so a day it says nothing of differs, too. `alone`: nothing else
    it says is of the same days; else what stands here beside it, or is newer, may be what another file said.
    """

    theirs: pa.Table
    period: Period
    units: tuple[str, ...]
    every_day: bool = True
    alone: bool = True


@dataclass(frozen=True)
class _Looked:
    """Units' days that differ, as `comparing.apart` has them, with what of their readings is to be done."""

    days: pa.Table
    mend: Mend


@dataclass
class Tally:
    """What the pieces came to so far."""

    own: OwnSide
    done: Reconciled
    found: list[pa.Table] = field(default_factory=list)
    left: list[pa.Table] = field(default_factory=list)
    buckets: int = 0
    read: dict[dt.date, set[str]] = field(default_factory=dict)

    async def add(self, piece: Piece, *, mend: bool) -> None:
        """Compare a piece with what is here, book what is missing or wrong, and note what it came to."""
        looked = await self._looked(piece)
        self.found += [each.days for each in looked]
        booked = len(self.done.receipts)
        for each in looked if mend else ():
            self.done = replace(self.done, mends=(*self.done.mends, _slim(each.mend)))
            self.done = await self.own.book(self.done, each.mend.booked)
        if len(self.done.receipts) > booked:
            units = sorted({unit for each in looked for unit in each.days["unit"].to_pylist()})
            looked = await self._looked(replace(piece, units=tuple(units)))
        self.left += [each.days for each in looked]
        self.done = replace(self.done, rows_read=self.done.rows_read + piece.theirs.num_rows)

    def note(self, days: Sequence[dt.date], units: Sequence[str]) -> None:
        """These units were compared on these days."""
        for day in days:
            self.read.setdefault(day, set()).update(units)

    def reconciled(self) -> Reconciled:
        """All of it."""
        found = Compared(NO_UNITS, _each_once(self.found), self.buckets)
        read = {day: frozenset(units) for day, units in self.read.items()}
        return replace(self.done, found=found, left=replace(found, days=_each_once(self.left)), read=read)

    async def _looked(self, piece: Piece) -> list[_Looked]:
        looked = []
        wrong = await self._wrong(piece)
        for stretch in stretches(wrong) if wrong.num_rows else ():
            theirs = within(piece.theirs, stretch.units, stretch.period)
            mend = await self._mend(theirs, stretch.units, stretch.period, alone=piece.alone)
            days = _of(wrong, stretch.units, stretch.period)
            if not piece.alone:
                mend = _said_alone(mend)
                days = _semi(days, unit_days(mend.booked))
            if days.num_rows:
                looked.append(_Looked(days, mend))
        return looked

    async def _wrong(self, piece: Piece) -> pa.Table:
        """Units' days whose digests differ."""
        ask = DigestAsk(piece.period, DigestLevel.DAY, Reach(region=self.done.link.region))
        theirs, found = digested(piece.theirs), [NO_DAYS]
        for begin in range(0, len(piece.units), UNITS_AT_ONCE):
            some = piece.units[begin : begin + UNITS_AT_ONCE]
            ours = await self.own.digests(replace(ask, units=some))
            said = theirs.filter(pc.is_in(theirs["unit"], value_set=pa.array(some, pa.string())))
            if not piece.every_day:
                ours = _semi(ours, said)
            self.buckets += max(ours.num_rows, said.num_rows)
            found.append(apart(ours, said, DAY_KEY).cast(NO_DAYS.schema))
        return pa.concat_tables(found)

    async def _mend(self, theirs: pa.Table, units: tuple[str, ...], period: Period, *, alone: bool) -> Mend:
        """What is to be done. A reading that cannot be dated replaces what its link brought, and of files nothing.

        A source without versions dates none, and a file not where it was written by a clock that is ahead of ours.
        """
        ours = await self.own.readings(units, period)
        began = pa.scalar(self.done.began, INSTANT)
        undated = pc.is_null(theirs["version"]) if alone else pc.greater_equal(theirs["version"], began)
        if pc.any(undated).as_py():
            theirs, others = theirs.append_column("undated", undated), ours
            if alone:
                brought = await self.own.readings(units, period, brought_by=self.done.link.source)
                others = ours.join(brought.select(KEY), KEY, join_type="left anti")
            theirs = await beside(self.own.hub, partial(_older_than, others, theirs))
        return await beside(self.own.hub, partial(mend_of, ours, theirs))


def _older_than(others: pa.Table, theirs: pa.Table) -> pa.Table:
    """Their readings, of which those that are undated are older than others of ours."""
    marks = others.select(KEY).append_column("other", pa.array([True] * others.num_rows, pa.bool_()))
    marked = theirs.join(marks, KEY)
    yields = pc.and_(pc.is_valid(marked["other"]), marked["undated"])
    version = pc.if_else(yields, _LONG_AGO, marked["version"])
    place = marked.schema.get_field_index("version")
    return marked.set_column(place, "version", version).select(EXCHANGED.names)


def _said_alone(mend: Mend) -> Mend:
    """Without what another file may have said."""
    nothing = mend.missing.slice(0, 0)
    return Mend(mend.missing, mend.changed, nothing, nothing, nothing, nothing)


def _slim(mend: Mend) -> Mend:
    """What is left of it once it was booked: how many readings there were of each kind."""
    return Mend(*(attrgetter(kind)(mend).select(["start"]) for kind in _KINDS))


def _of(days: pa.Table, units: tuple[str, ...], period: Period) -> pa.Table:
    first, last = (pa.scalar(day, pa.date32()) for day in (period.first_day, period.last_day))
    inside = pc.and_(pc.greater_equal(days["day"], first), pc.less_equal(days["day"], last))
    return days.filter(pc.and_(inside, pc.is_in(days["unit"], value_set=pa.array(units, pa.string()))))


def _semi(days: pa.Table, named: pa.Table) -> pa.Table:
    found = days.join(named.select(DAY_KEY), DAY_KEY, join_type="left semi")
    return found.select(days.column_names).sort_by([(name, "ascending") for name in DAY_KEY])


def _each_once(tables: Sequence[pa.Table]) -> pa.Table:
    """Each unit's day once: two files may name it."""
    table = pa.concat_tables([NO_DAYS, *tables])
    places = table.select(DAY_KEY).append_column("place", pa.array(range(table.num_rows), pa.int64()))
    last = places.group_by(DAY_KEY, use_threads=False).aggregate([("place", "max")])
    found = table.take(last["place_max"])
    return found.sort_by([(name, "ascending") for name in DAY_KEY])
