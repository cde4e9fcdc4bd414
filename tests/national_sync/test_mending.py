"""What differs is sorted out reading by reading: what is booked here wins, what is newer here stays, nothing is deleted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from graph.model.period import UTC
from graph.model.reading import EXCHANGED
from national_sync.mending import mend_of

START = dt.datetime(2026, 1, 1, tzinfo=UTC)
SAID_AT = dt.datetime(2026, 1, 2, tzinfo=UTC)
TICK = dt.timedelta(microseconds=1)


def said(value: str, day: int = 0, version: dt.datetime | None = SAID_AT) -> dict[str, Any]:
    return {
        "unit": "91970100MA00000018", "data_code": "0000000002330011", "granularity": "day",
        "start": START + dt.timedelta(days=day), "value": Decimal(value), "version": version, "origin": "instrument",
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), EXCHANGED)


def values(found: pa.Table) -> list[str]:
    return [str(value.normalize()) for value in found["value"].to_pylist()]


def test_what_is_the_same_is_left_and_what_is_missing_is_booked_as_it_was_said() -> None:
    found = mend_of(table(said("1")), table(said("1"), said("2", 1)))
    assert found.booked.to_pylist() == [said("2", 1)]
    assert (found.newer_here.num_rows, found.gone_there.num_rows) == (0, 0)


@pytest.mark.parametrize(("ours", "expected"), [(SAID_AT, SAID_AT + TICK), (SAID_AT - TICK, SAID_AT)])
def test_a_changed_value_is_booked_so_that_it_replaces_ours(ours: dt.datetime, expected: dt.datetime) -> None:
    found = mend_of(table(said("9", version=ours)), table(said("1")))
    assert (values(found.changed), found.changed["version"].to_pylist()) == (["1"], [expected])


def test_a_value_corrected_here_since_stays_and_is_told() -> None:
    found = mend_of(table(said("9", version=SAID_AT + TICK)), table(said("1")))
    assert found.booked.num_rows == 0
    assert values(found.newer_here) == ["9"]


def test_a_value_without_a_version_there_replaces_the_one_it_differs_from() -> None:
    found = mend_of(table(said("9")), table(said("1", version=None)))
    assert found.changed["version"].to_pylist() == [SAID_AT + TICK]


def test_what_the_source_no_longer_has_is_told_and_stays() -> None:
    found = mend_of(table(said("1"), said("2", 1)), table(said("1")))
    assert found.booked.num_rows == 0
    assert values(found.gone_there) == ["2"]


@pytest.mark.parametrize("wrong_by", [-1, 1])
def test_what_stands_here_on_a_day_wrong_by_one_is_taken_back(wrong_by: int) -> None:
    found = mend_of(table(said("1"), said("2", 6 + wrong_by)), table(said("1"), said("2", 6)))
    assert (values(found.missing), values(found.moved), values(found.gone_there)) == (["2"], ["2"], [])
    assert values(found.taken_back) == ["2"]


def test_of_a_clock_that_went_wrong_for_days_the_last_one_is_taken_back_and_the_others_are_corrected() -> (
    None
):
    ours = table(*(said(str(day), day + 1) for day in range(5)))
    theirs = table(*(said(str(day), day) for day in range(5)))
    found = mend_of(ours, theirs)
    assert values(found.missing) == ["0"]
    assert values(found.changed) == ["1", "2", "3", "4"]
    assert values(found.moved) == ["4"]


def test_a_lost_value_that_its_day_before_has_too_is_not_taken_for_one_that_moved() -> None:
    found = mend_of(table(said("7"), said("7", 1)), table(said("7")))
    assert (found.moved.num_rows, values(found.gone_there)) == (0, ["7"])


def test_what_the_source_took_back_is_taken_back_here_where_it_is_that_value() -> None:
    ours = table(said("1"), said("2", 1), said("3", 2))
    found = mend_of(ours, table(said("1")), table(said("2", 1), said("9", 2)))
    assert (values(found.withdrawn), values(found.gone_there)) == (["2"], ["3"])
