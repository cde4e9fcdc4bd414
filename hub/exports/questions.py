"""What an export asks, within the asker's reach: tables of one schema, each of bounded size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import TooLarge
from graph.model.energy import VARIETIES
from graph.model.period import Granularity, Period
from graph.model.person import masked_phone
from graph.model.principal import NATION, Reach
from graph.ports import (
    NOW,
    ROWS_PER_PAGE_MAX,
    Ask,
    AsOf,
    BalanceAsk,
    Condition,
    FigureSource,
    Order,
    ReadingAsk,
    RowSource,
)

ROWS_PER_PIECE = 250_000  # at most, of one point's year of quarter-hours and more: some ten megabytes
BALANCE_ROWS_MAX = 1_000_000  # a balance is worked out whole: some 200 MB
_SHORTEST_MONTH = 28 * 1440
_BEIJING = pa.timestamp("us", tz="+08:00")
_POINT_AT = 32

READINGS = pa.schema(
    {
        "unit": pa.string(), "data_code": pa.string(), "variety": pa.string(), "variety_name": pa.string(),
        "measure": pa.string(), "granularity": pa.string(), "start": _BEIJING, "value": pa.decimal128(38, 4),
        "origin": pa.string(), "suspect": pa.bool_(), "batch": pa.int32(),
    }
)  # fmt: skip

PERSONS = pa.schema(dict.fromkeys(("agency", "province", "name", "duty", "phone"), pa.string()))


@dataclass(frozen=True)
class ReadingsAsk:
    """Readings of all points within reach that meet the conditions, ordered by unit, point and start."""

    period: Period
    granularity: Granularity
    where: tuple[Condition, ...] = ()
    reach: Reach = NATION
    as_of: AsOf = NOW


def reading_pieces(registry: RowSource, figures: FigureSource, asked: ReadingsAsk) -> Iterator[pa.Table]:
    """Tables of READINGS, as many points at a time as make no more than ROWS_PER_PIECE rows."""
    at_once = max(1, ROWS_PER_PIECE // _slots(asked.period, asked.granularity))
    for points in _points(registry, asked):
        for begin in range(0, points.num_rows, at_once):
            some = points.slice(begin, at_once)
            places = list(zip(some["unit_id"].to_pylist(), some["point_id"].to_pylist(), strict=True))
            ask = ReadingAsk(places, asked.period, asked.granularity, asked.as_of)
            found = figures.readings(ask)
            if found.num_rows:
                yield _told(found, some, asked.granularity)


def person_pieces(registry: RowSource, reach: Reach, where: tuple[Condition, ...]) -> Iterator[pa.Table]:
    """Tables of PERSONS, by name: telephone numbers masked, of whoever may not see them none at all."""
    for page in _pages(registry, Ask("person", reach, where, Order("name"), ROWS_PER_PAGE_MAX)):
        phones = [None if phone is None else masked_phone(phone) for phone in page["phone"].to_pylist()]
        columns = {name: page[name] for name in PERSONS.names} | {"phone": pa.array(phones, pa.string())}
        yield pa.table([columns[field.name].cast(field.type) for field in PERSONS], schema=PERSONS)


def balance_piece(figures: FigureSource, asked: BalanceAsk) -> pa.Table:
    """The whole balance. Raises TooLarge past BALANCE_ROWS_MAX."""
    found = figures.balance(asked)
    if found.num_rows > BALANCE_ROWS_MAX:
        raise TooLarge(
            f"a balance has at most {BALANCE_ROWS_MAX} rows, this one {found.num_rows}; group coarser",
            "groupBy",
        )
    return found


def _points(registry: RowSource, asked: ReadingsAsk) -> Iterator[pa.Table]:
    """Pages of the points, by unit."""
    return _pages(registry, Ask("data_point", asked.reach, asked.where, Order("unit"), ROWS_PER_PAGE_MAX))


def _pages(registry: RowSource, question: Ask) -> Iterator[pa.Table]:
    """All pages of a list."""
    more = True
    while more:
        page = registry.rows(question)
        yield page.table
        more = page.has_next
        if more:
            question = replace(question, after=page.cursors[-1])


def _slots(period: Period, granularity: Granularity) -> int:
    minutes = granularity.minutes or _SHORTEST_MONTH
    return ceil((period.end - period.start) / dt.timedelta(minutes=minutes)) + 1


def _told(found: pa.Table, points: pa.Table, granularity: Granularity) -> pa.Table:
    """Readings in the words of READINGS, in the order of their points."""
    numbers = _numbers(points)
    known = np.argsort(numbers)
    place = known[np.searchsorted(numbers, _numbers(found), sorter=known)]
    order = np.argsort(place, kind="stable")  # readings of one point stay by start
    found, of_point = found.take(order), points.take(place[order])
    named = _varieties(of_point["variety"].unique().to_pylist())
    variety = pc.index_in(of_point["variety"], value_set=named["code"])
    columns = {
        "unit": of_point["unit"],
        "data_code": of_point["code"],
        "variety": of_point["variety"],
        "variety_name": named["name"].take(variety),
        "measure": pc.coalesce(named["unit"].take(variety), of_point["measure"]),
        "granularity": pa.repeat(pa.scalar(granularity.value), found.num_rows),
        "start": found["start"].cast(_BEIJING),
        **{name: found[name] for name in ("value", "origin", "suspect", "batch")},
    }
    return pa.table([pc.cast(columns[field.name], field.type) for field in READINGS], schema=READINGS)


def _numbers(rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Unit and point in one number."""
    units, points = (rows[name].to_numpy().astype(np.int64) for name in ("unit_id", "point_id"))
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]] = (units << _POINT_AT) | points
    return numbers


def _varieties(codes: Sequence[str]) -> pa.Table:
    """code, name and native unit of varieties; empty for what the tables do not know."""
    known = [VARIETIES.get(code) for code in codes]
    return pa.table(
        {
            "code": pa.array(codes, pa.string()),
            "name": pa.array([each and each.name for each in known], pa.string()),
            "unit": pa.array([each and each.unit.value for each in known], pa.string()),
        }
    ).combine_chunks()
