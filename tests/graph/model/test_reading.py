"""Laws of the numbers and columns in which readings are kept: once given, never given anew."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import UTC, Granularity
from graph.model.reading import (
    ARRIVED_COLUMNS,
    EXCHANGED,
    INSTANT,
    JUDGED,
    REJECTIONS,
    REQUIRED_COLUMNS,
    VALUE,
    VERDICTS,
    Arrived,
    Origin,
    instants,
    no_rejections,
    numbered,
)

KEPT_GRANULARITIES = {1: "quarter_hour", 2: "hour", 3: "day", 4: "month", 5: "year"}
KEPT_ORIGINS = {
    1: "management_system",
    2: "production_control",
    3: "dcs",
    4: "instrument",
    5: "manual",
    6: "supplier",
    7: "other",
    8: "estimated",
    9: "derived",
}


def test_granularities_keep_the_numbers_they_were_given() -> None:
    assert {granularity.number: granularity.value for granularity in Granularity} == KEPT_GRANULARITIES


def test_origins_keep_the_numbers_they_were_given() -> None:
    assert {origin.number: origin.value for origin in Origin} == KEPT_ORIGINS


@given(st.sampled_from([*Granularity, *Origin]))
def test_a_number_leads_back_to_its_name(member: Granularity | Origin) -> None:
    assert type(member).of_number(member.number) is member


@given(st.lists(st.sampled_from([*Granularity, None])))
def test_words_of_a_column_become_numbers_and_unknown_ones_null(words: list[Granularity | None]) -> None:
    column = pa.chunked_array([[word and word.value for word in words], ["fortnight"]], pa.string())
    assert numbered(column, Granularity).to_pylist() == [*(word and word.number for word in words), None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_no_calendar_can_write_are_null_in_every_unit(unit: str) -> None:
    a_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)
    counts = [int(noon.timestamp()) * a_second, None]
    if unit != "ns":  # whose count ends in 2262
        counts += [253_402_300_800 * a_second, -62_135_596_801 * a_second]
    found = instants(pa.chunked_array([pa.array(counts, pa.timestamp(unit, tz="UTC"))]))
    assert (found.type, found.to_pylist()) == (INSTANT, [noon] + [None] * (len(counts) - 1))


@pytest.mark.parametrize("kind", [Granularity, Origin])
@given(st.integers())
def test_a_number_nobody_was_given_is_refused(kind: type[Granularity] | type[Origin], number: int) -> None:
    if 1 <= number <= len(kind):
        assert kind.of_number(number).number == number
        return
    with pytest.raises(InvalidInput, match=f"{number} is no"):
        kind.of_number(number)


def test_only_calendar_granularities_have_no_length_in_minutes() -> None:
    lengths = {granularity.value: granularity.minutes for granularity in Granularity}
    assert lengths == {"quarter_hour": 15, "hour": 60, "day": 1440, "month": None, "year": None}


def test_values_are_exact_and_the_same_kind_wherever_they_travel() -> None:
    assert (VALUE.precision, VALUE.scale) == (18, 4)
    assert JUDGED.field("value").type == EXCHANGED.field("value").type == VALUE


@pytest.mark.parametrize("schema", [JUDGED, EXCHANGED, VERDICTS, REJECTIONS])
def test_only_a_version_may_be_missing(schema: pa.Schema) -> None:
    assert {field.name for field in schema if field.nullable} <= {"version"}


def test_what_is_exchanged_can_arrive() -> None:
    assert set(EXCHANGED.names) | {"row"} <= set(ARRIVED_COLUMNS)
    assert set(REQUIRED_COLUMNS) <= set(ARRIVED_COLUMNS)


@given(st.integers(0, 5), st.integers(0, 5))
def test_rows_of_a_source_are_the_good_and_the_bad(good: int, bad: int) -> None:
    table = pa.table({"row": list(range(good))})
    rejections = pa.Table.from_pylist(
        [{"row": row, "code": "no-number", "why": "text", "raw": ""} for row in range(bad)], REJECTIONS
    )
    assert Arrived(table, rejections).rows == good + bad
    assert Arrived(table, no_rejections()).rows == good
