"""Two ends are compared from the root of their tree of digests down: what is equal is left, what differs is looked into.

Province, unit, day: below a bucket that is equal on both ends nothing is asked, so that two ends that agree cost one
question each, and two that do not cost what differs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Period, runs_of
from graph.ports import DigestAsk, DigestLevel

UNITS_AT_ONCE = 200  # of one question about days: what another hub takes in one address
_FIGURES = ("readings", "total", "lane_a", "lane_b")
HERE, THERE = "here", "there"


class Side(Protocol):
    """One of two ends."""

    async def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of a level, as graph.ports.FigureSource has them."""
        ...


@dataclass(frozen=True)
class Compared:
    """What of two ends differs: units and their days, each with the figures of both ends; how many buckets were compared.

    Columns are what names a bucket, then here_readings, here_total, here_lane_a, here_lane_b and the same of there.
    """

    units: pa.Table
    days: pa.Table
    buckets: int

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return bool(self.days.num_rows == 0)


async def compare(here: Side, there: Side, ask: DigestAsk) -> Compared:
    """What differs of the units a question is about. Raises what the sides raise."""
    root = replace(ask, level=DigestLevel.PROVINCE)
    provinces = await here.digests(root), await there.digests(root)
    buckets = _most(provinces)
    if apart(*provinces, keys=["province"]).num_rows == 0:
        return Compared(NO_UNITS, NO_DAYS, buckets)
    below = replace(ask, level=DigestLevel.UNIT)
    units = await here.digests(below), await there.digests(below)
    wrong = apart(*units, keys=["unit"])
    found, days = buckets + _most(units), [NO_DAYS]
    for some in _some(wrong["unit"].to_pylist()):
        asked = replace(ask, level=DigestLevel.DAY, units=some)
        both = await here.digests(asked), await there.digests(asked)
        found += _most(both)
        days.append(apart(*both, keys=["unit", "granularity", "day"]))
    return Compared(wrong, pa.concat_tables(days), found)


def apart(here: pa.Table, there: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Buckets that are not the same on both ends, or on one alone, in the order of their names."""
    names = list(keys)
    both = _prefixed(here, names, HERE).join(_prefixed(there, names, THERE), names, join_type="full outer")
    columns = {name: both[name] for name in names}
    same = pa.array([True] * both.num_rows, pa.bool_())
    for figure in _FIGURES:
        one, other = (_or_zero(both[f"{end}_{figure}"]) for end in (HERE, THERE))
        columns |= {f"{HERE}_{figure}": one, f"{THERE}_{figure}": other}
        same = pc.and_(same, pc.equal(one, other))
    found = pa.table(columns).select([*names, *_columns()]).filter(pc.invert(same))
    return found.sort_by([(name, "ascending") for name in names])


def _prefixed(table: pa.Table, keys: list[str], end: str) -> pa.Table:
    named = [*keys, *(f"{end}_{figure}" for figure in _FIGURES)]
    return table.select([*keys, *_FIGURES]).rename_columns(named)


def _or_zero(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(column, pa.scalar(0).cast(column.type))


def _columns() -> list[str]:
    return [f"{end}_{figure}" for end in (HERE, THERE) for figure in _FIGURES]


def _most(both: tuple[pa.Table, pa.Table]) -> int:
    here, there = (int(table.num_rows) for table in both)
    return max(here, there)


def _some(units: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for begin in range(0, len(units), UNITS_AT_ONCE):
        yield tuple(units[begin : begin + UNITS_AT_ONCE])


@dataclass(frozen=True)
class Stretch:
    """Units whose readings of the same days are to be looked at."""

    units: tuple[str, ...]
    period: Period


def stretches(days: pa.Table, units_max: int = UNITS_AT_ONCE) -> Iterator[Stretch]:
    """The units' days that differ, as few stretches of days and units as hold no other day: units alike go together."""
    of_unit: dict[str, set[dt.date]] = {}
    for unit, day in zip(days["unit"].to_pylist(), days["day"].to_pylist(), strict=True):
        of_unit.setdefault(unit, set()).add(day)
    alike: dict[tuple[dt.date, dt.date], list[str]] = {}
    for unit, found in of_unit.items():
        for run in runs_of(sorted(found)):
            alike.setdefault(run, []).append(unit)
    for (first, last), units in sorted(alike.items()):
        for begin in range(0, len(units), units_max):
            yield Stretch(tuple(units[begin : begin + units_max]), Period.of_days(first, last))


def _empty(**keys: pa.DataType) -> pa.Table:
    kinds = {
        "readings": pa.int64(),
        "total": pa.decimal128(38, 4),
        "lane_a": pa.uint64(),
        "lane_b": pa.uint64(),
    }
    figures = {f"{end}_{figure}": kinds[figure] for end in (HERE, THERE) for figure in _FIGURES}
    return pa.schema(list({**keys, **figures}.items())).empty_table()


NO_UNITS = _empty(unit=pa.string())
NO_DAYS = _empty(unit=pa.string(), granularity=pa.string(), day=pa.date32())
