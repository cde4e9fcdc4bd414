"""Two ends are compared from the root down: what agrees costs one question, what differs is found to the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.digest import Digest, named, of_value, summed
from graph.model.period import Granularity, Period, midnight
from graph.ports import DigestAsk, DigestLevel
from national_sync.comparing import UNITS_AT_ONCE, Compared, compare, stretches

pytestmark = pytest.mark.anyio
UNITS = ("91970100MA00000018", "91970100MA00000026", "91970100MA00000034")
FIRST = dt.date(2026, 1, 1)
POWER = "0000000002330011"
DAYS = 6
Said = dict[tuple[str, int], str]
KINDS = {
    "readings": pa.int64(), "total": pa.decimal128(38, 4), "lane_a": pa.uint64(), "lane_b": pa.uint64(),
    "day": pa.date32(),
}  # fmt: skip


@dataclass
class End:
    """An end that holds one value a unit's day, and remembers what it was asked."""

    said: Said
    asked: list[DigestLevel] = field(default_factory=list)

    async def digests(self, ask: DigestAsk) -> pa.Table:
        self.asked.append(ask.level)
        days: dict[tuple[str, int], Digest] = {
            (unit, day): of_value(
                POWER, midnight(FIRST + dt.timedelta(days=day)), Granularity.DAY, Decimal(value)
            )
            for (unit, day), value in self.said.items()
            if not ask.units or unit in ask.units
        }
        if ask.level is DigestLevel.DAY:
            return _table(
                [
                    {
                        "unit": unit,
                        "granularity": "day",
                        "day": FIRST + dt.timedelta(days=day),
                        **figures(digest),
                    }
                    for (unit, day), digest in days.items()
                ],
                ["unit", "granularity", "day"],
            )
        units: dict[str, Digest] = defaultdict(Digest)
        for (unit, _), digest in days.items():
            units[unit] += digest
        if ask.level is DigestLevel.UNIT:
            rows = [{"province": "970000", "unit": unit, **figures(digest)} for unit, digest in units.items()]
            return _table(rows, ["province", "unit"])
        whole = summed(named(unit, digest) for unit, digest in units.items())
        rows = [{"province": "970000", **figures(whole)}] if units else []
        return _table(rows, ["province"])


def figures(digest: Digest) -> dict[str, object]:
    return {
        "readings": digest.readings,
        "total": Decimal(digest.total).scaleb(-4),
        "lane_a": digest.lane_a,
        "lane_b": digest.lane_b,
    }


def _table(rows: list[dict[str, object]], keys: list[str]) -> pa.Table:
    names = [*keys, "readings", "total", "lane_a", "lane_b"]
    schema = pa.schema([(name, KINDS.get(name, pa.string())) for name in names])
    return pa.Table.from_pylist(rows, schema)


ASK = DigestAsk(Period.of_days(FIRST, FIRST + dt.timedelta(days=DAYS - 1)))
ALL = {(unit, day): f"{day + 1}.5" for unit in UNITS for day in range(DAYS)}


async def compared(here: Said, there: Said) -> tuple[Compared, End]:
    other = End(there)
    return await compare(End(here), other, ASK), other


async def test_two_ends_that_agree_are_asked_one_question_each() -> None:
    found, other = await compared(ALL, ALL)
    assert found.agrees
    assert (found.units.num_rows, found.buckets) == (0, 1)
    assert other.asked == [DigestLevel.PROVINCE]


ENDS = st.dictionaries(
    st.tuples(st.sampled_from(UNITS), st.integers(0, DAYS - 1)), st.sampled_from(["1", "2", "-1"])
)


@given(ENDS, ENDS)
async def test_exactly_the_days_that_differ_are_found(here: Said, there: Said) -> None:
    found, _ = await compared(here, there)
    wrong = {
        (unit, FIRST + dt.timedelta(days=day))
        for unit, day in here.keys() | there.keys()
        if here.get((unit, day)) != there.get((unit, day))
    }
    rows = found.days.to_pylist()
    assert {(row["unit"], row["day"]) for row in rows} == wrong
    for row in rows:
        place = row["unit"], (row["day"] - FIRST).days
        assert row["here_total"] == Decimal(here.get(place, 0))
        assert row["there_readings"] == (place in there)
    assert found.agrees is not bool(wrong)


async def test_a_value_that_went_to_the_wrong_unit_is_found_though_every_sum_is_the_same() -> None:
    wrong = {**ALL, (UNITS[0], 2): ALL[UNITS[1], 3], (UNITS[1], 3): ALL[UNITS[0], 2]}
    found, _ = await compared(ALL, wrong)
    assert found.days["unit"].to_pylist() == list(UNITS[:2])


@given(st.dictionaries(st.sampled_from(UNITS), st.sets(st.integers(0, 40), min_size=1), min_size=1))
def test_stretches_hold_every_day_that_differs_once_and_no_other(days: dict[str, set[int]]) -> None:
    rows = [
        {"unit": unit, "day": FIRST + dt.timedelta(days=day)} for unit, found in days.items() for day in found
    ]
    table = pa.Table.from_pylist(rows, pa.schema([("unit", pa.string()), ("day", pa.date32())]))
    held = [
        (unit, each.period.first_day + dt.timedelta(days=n))
        for each in stretches(table)
        for unit in each.units
        for n in range((each.period.last_day - each.period.first_day).days + 1)
    ]
    assert sorted(held) == sorted((row["unit"], row["day"]) for row in rows)


def test_units_that_lack_the_same_days_go_together_up_to_so_many() -> None:
    units = [f"{number:018d}" for number in range(UNITS_AT_ONCE + 1)]
    rows = [{"unit": unit, "day": FIRST + dt.timedelta(days=n)} for unit in units for n in range(3)]
    table = pa.Table.from_pylist(rows, pa.schema([("unit", pa.string()), ("day", pa.date32())]))
    assert [len(each.units) for each in stretches(table)] == [UNITS_AT_ONCE, 1]
