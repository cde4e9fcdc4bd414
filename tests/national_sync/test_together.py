"""Deliveries judged together meet what each would meet alone; only those that speak of one unit each are put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Conflict, MalformedBody, NengshuError, TooLarge
from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, Reach
from graph.model.reading import REJECTIONS, Arrived
from graph.model.region import RegionCode
from graph.model.sync_run import Receipt
from graph.ports import Delivery, Judged
from national_sync import together as together_module
from national_sync.intake import Intake, all_rules
from national_sync.together import judge_all, take_all
from tests.national_sync.fakes import (
    ELECTRICITY,
    GAS,
    MIDNIGHT,
    NOW,
    POWER,
    PROPOSED,
    STEEL,
    FakeDirectory,
    KeepingSink,
    StillClock,
    arrived,
)  # fmt: skip

STRANGER = str(CreditCode.of_body("91990100MA0000003"))


@dataclass
class CountingDirectory(FakeDirectory):
    """The invented units, and how often somebody asked for some."""

    asked: list[Sequence[str]] = field(default_factory=list)

    def points(self, units: Sequence[str]) -> pa.Table:
        """The points of these units."""
        self.asked.append(units)
        return super().points(units)


def intake(directory: FakeDirectory | None = None) -> Intake:
    """All rules over the invented units."""
    return Intake(directory or FakeDirectory(), KeepingSink(), StillClock(), all_rules())


def of(unit: str, *rows: dict[str, Any], key: str = "key", refused: Sequence[int] = ()) -> Delivery:
    """What a unit's device hands in; rows with these numbers could not be read."""
    came = arrived(*({"unit": unit, **row} for row in rows))
    unread = [{"row": row, "code": "malformed-row", "why": "no object", "raw": "1"} for row in refused]
    rejections = pa.Table.from_pylist(unread, schema=REJECTIONS)
    return Delivery(
        "device", key, f"digest of {key}", Arrived(came.table, rejections), Reach(unit=CreditCode.parse(unit))
    )


def same(one: Judged | NengshuError, other: Judged | NengshuError) -> bool:
    """Whether two say the same of everything."""
    if isinstance(one, Judged) and isinstance(other, Judged):
        tables = ("table", "verdicts", "rejections")
        plain = replace(one, **dict.fromkeys(tables)) == replace(other, **dict.fromkeys(tables))  # type: ignore[arg-type]
        return plain and all(getattr(one, name).equals(getattr(other, name)) for name in tables)
    return type(one) is type(other) and str(one) == str(other)


def alone(delivery: Delivery) -> Judged | NengshuError:
    """What one meets by itself."""
    try:
        return intake().judge(delivery)
    except NengshuError as fault:
        return fault


ROWS = st.fixed_dictionaries(
    {
        "data_code": st.sampled_from([ELECTRICITY, GAS, PROPOSED, "00-00-0000023400-80", "1", None]),
        "granularity": st.sampled_from(["quarter_hour", "hour", "day", "weekly"]),
        "start": st.sampled_from(
            [MIDNIGHT, MIDNIGHT + dt.timedelta(minutes=7), NOW + dt.timedelta(days=2), None]
        ),
        "value": st.sampled_from(["1.5", "0", "-3", "1.23456", "9999999", "n/a", None]),
        "version": st.sampled_from([None, NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1)]),
        "valid": st.sampled_from([None, True, False]),
    }
)
DELIVERIES = st.lists(
    st.builds(
        lambda unit, rows, refused: of(unit, *rows, refused=refused),
        st.sampled_from([STEEL, POWER, STRANGER]),
        st.lists(ROWS, max_size=4),
        st.lists(st.integers(1, 9), max_size=2),
    ),
    max_size=5,
)


@given(DELIVERIES)
def test_what_is_judged_together_is_what_is_judged_alone(deliveries: list[Delivery]) -> None:
    found = judge_all(intake(), deliveries)
    assert len(found) == len(deliveries)
    assert all(same(one, alone(each)) for one, each in zip(found, deliveries, strict=True))


def test_two_units_are_asked_for_at_once() -> None:
    directory = CountingDirectory()
    judge_all(intake(directory), [of(STEEL, {}), of(POWER, {})])
    assert [set(units) for units in directory.asked] == [{STEEL, POWER}]


@pytest.mark.parametrize(
    "other",
    [
        of(STEEL, {}, {}),
        replace(of(POWER, {}), reach=NATION),
        replace(of(POWER, {}), reach=Reach(region=RegionCode("980000"))),
        replace(of(POWER, {}), reach=Reach(unit=CreditCode.parse(STRANGER))),
    ],
    ids=["of the same unit", "of anybody", "of a region", "of another unit than it may speak of"],
)
def test_what_is_not_of_a_unit_of_its_own_is_judged_alone(other: Delivery) -> None:
    directory = CountingDirectory()
    found = judge_all(intake(directory), [of(STEEL, {}), other])
    assert same(found[1], alone(other))
    assert len(directory.asked) == 2


def test_one_that_cannot_be_judged_costs_no_other() -> None:
    table = of(POWER, {}).arrived.table.drop_columns(["granularity"])
    broken = replace(of(POWER, {}), arrived=Arrived(table, REJECTIONS.empty_table()))
    fault, fine = judge_all(intake(), [broken, of(STEEL, {})])
    assert isinstance(fault, MalformedBody)
    assert isinstance(fine, Judged)


def test_no_more_rows_than_a_batch_may_hold_are_judged_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together_module, "ROWS_PER_BATCH_MAX", 4)
    directory = CountingDirectory()
    found = judge_all(intake(directory), [of(STEEL, {}, {}), of(POWER, {}, {})])
    assert len(directory.asked) == 2
    assert all(isinstance(each, Judged) for each in found)


@dataclass
class KnowingSink(KeepingSink):
    """Knows some keys, and cannot write others."""

    known: dict[str, Receipt | NengshuError] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def receipts(self, keys: Sequence[tuple[str, str, str]]) -> list[Receipt | NengshuError | None]:
        """What these got before."""
        return [self.known.get(key) for _, key, _ in keys]

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | NengshuError]:
        """Keep them."""
        return [
            TooLarge("no room", "store") if each.key in self.broken else self.commit(each) for each in batches
        ]


def test_each_gets_its_own_answer_in_its_place() -> None:
    before = KnowingSink().commit(intake().judge(of(STEEL, {}, key="before")))
    sink = KnowingSink(
        known={"before": before, "other bytes": Conflict("stood for other bytes")},
        broken=frozenset({"unlucky"}),
    )
    keys = ("new", "before", "unlucky", "other bytes")
    units = (STEEL, POWER, POWER, STEEL)
    found = take_all(intake(), sink, [of(unit, {}, key=key) for unit, key in zip(units, keys, strict=True)])
    assert isinstance(found[0], Receipt)
    assert found[0].key == "new"
    assert found[1] is before
    assert isinstance(found[2], TooLarge)
    assert isinstance(found[3], Conflict)
    assert [each.key for each in sink.kept] == ["new"]
