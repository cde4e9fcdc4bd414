"""Labels and instants: there and back again, at both ends of a period, whatever the format."""

from __future__ import annotations

import datetime as dt
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import BEIJING, UTC, Granularity, Month, midnight
from provincial_adapters._toolkit.columns import (
    BEIJING_FORMAT,
    FEW_TEXTS,
    EndOfDay,
    LabelRule,
    LabelSide,
    instants,
    label_pattern,
    once_each,
)

FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%Y年%m月%d日 %H时%M分",
    "%Y%m%d%H%M",
    "%Y-%m-%dT%H:%M:%S+08:00",
]
days = st.dates(dt.date(1990, 1, 2), dt.date(2199, 12, 30))
slots = st.integers(0, 95)


def start_of(day: dt.date, slot: int) -> dt.datetime:
    return midnight(day) + slot * dt.timedelta(minutes=15)


def written(moment: dt.datetime, how: str) -> str:
    return moment.astimezone(BEIJING).strftime(how)


def read(rule: LabelRule, *labels: str | None) -> list[dt.datetime | None]:
    found: list[dt.datetime | None] = rule.starts(pa.array(labels, pa.string())).to_pylist()
    return found


@given(days, slots, st.sampled_from(FORMATS))
def test_a_label_at_the_start_comes_back_as_its_instant(day: dt.date, slot: int, how: str) -> None:
    start = start_of(day, slot)
    assert read(LabelRule(Granularity.QUARTER_HOUR, how), written(start, how)) == [start]


@given(days, slots, st.sampled_from(FORMATS))
def test_a_label_at_the_end_closes_the_period_it_names(day: dt.date, slot: int, how: str) -> None:
    start = start_of(day, slot)
    rule = LabelRule(Granularity.QUARTER_HOUR, how, LabelSide.END)
    assert read(rule, written(start + dt.timedelta(minutes=15), how)) == [start]


@given(days, slots)
def test_the_last_label_of_a_day_may_carry_its_own_day(day: dt.date, slot: int) -> None:
    start = start_of(day, slot)
    end = (start + dt.timedelta(minutes=15)).astimezone(BEIJING)
    label = f"{day.isoformat()} {end:%H:%M:%S}"
    rule = LabelRule(Granularity.QUARTER_HOUR, BEIJING_FORMAT, LabelSide.END, EndOfDay.SAME_DAY)
    assert read(rule, label) == [start]


@given(days)
def test_a_day_has_96_different_starts_under_either_rule(day: dt.date) -> None:
    ends = [(start_of(day, slot) + dt.timedelta(minutes=15)).astimezone(BEIJING) for slot in range(96)]
    next_day = LabelRule(Granularity.QUARTER_HOUR, side=LabelSide.END)
    same_day = LabelRule(Granularity.QUARTER_HOUR, side=LabelSide.END, end_of_day=EndOfDay.SAME_DAY)
    expected = [start_of(day, slot) for slot in range(96)]
    assert read(next_day, *(f"{end:%Y-%m-%d %H:%M:%S}" for end in ends)) == expected
    assert read(same_day, *(f"{day} {end:%H:%M:%S}" for end in ends)) == expected


@given(days)
def test_24_00_is_the_end_of_its_day_where_labels_stand_at_the_end(day: dt.date) -> None:
    label = f"{day.isoformat()} 24:00:00"
    for rule in EndOfDay:
        at_end = LabelRule(Granularity.QUARTER_HOUR, side=LabelSide.END, end_of_day=rule)
        assert read(at_end, label) == [start_of(day, 95)]
    assert read(LabelRule(Granularity.QUARTER_HOUR), label) == [None]


@given(st.integers(1991, 2199), st.integers(1, 12))
def test_a_month_labelled_at_its_end_begins_a_month_before(year: int, month: int) -> None:
    period = Month(year, month).period
    rule = LabelRule(Granularity.MONTH, side=LabelSide.END)
    assert read(rule, written(period.end, BEIJING_FORMAT)) == [period.start]


@given(st.integers(1991, 2199))
def test_a_year_labelled_at_its_end_begins_a_year_before(year: int) -> None:
    rule = LabelRule(Granularity.YEAR, "%Y-%m-%d", LabelSide.END)
    assert read(rule, f"{year}-01-01") == [midnight(dt.date(year - 1, 1, 1))]


@given(st.text(max_size=20))
def test_a_text_that_is_no_label_is_null_and_never_an_error(text: str) -> None:
    (found,) = read(LabelRule(Granularity.HOUR), text)
    assert found is None or isinstance(found, dt.datetime)


@pytest.mark.parametrize(
    "label",
    ["2018-02-29 00:00:00", "2018-04-31 00:00:00", "2018-00-01 00:00:00", "2018-13-01 00:00:00", "2018-01-00 00:00:00",
     "2018-01-01 25:00:00", "2018-01-01 23:60:00", "2018-01-01 23:59:60", "0018-01-01 00:00:00", "2018-01-01 00:00",
     "2018-01-01 00:00:00x", "", None],
)  # fmt: skip
def test_what_is_not_in_the_calendar_is_null(label: str | None) -> None:
    assert read(LabelRule(Granularity.QUARTER_HOUR), label) == [None]


def test_leading_zeros_may_be_missing_and_blanks_stand_around() -> None:
    expected = dt.datetime(2018, 1, 2, 0, 5, tzinfo=BEIJING)
    assert read(LabelRule(Granularity.HOUR, "%Y/%m/%d %H:%M"), " 2018/1/2 0:05 ") == [expected]


@pytest.mark.parametrize("how", ["%d/%m %H:%M", "%d/%m/%y", "%Y-%b-%d", "%Y-%m-%m", "%Y-%", ""])
def test_a_format_that_leaves_the_day_open_is_refused(how: str) -> None:
    with pytest.raises(InvalidInput, match="date format"):
        label_pattern(how)


def test_timestamps_without_a_zone_are_beijings_and_with_one_are_instants() -> None:
    naive = pa.array([dt.datetime(2018, 1, 1, 8)], pa.timestamp("ms"))  # noqa: DTZ001 - a file's own naive time
    zoned = pa.array([dt.datetime(2018, 1, 1, tzinfo=UTC)], pa.timestamp("ns", tz="UTC"))
    rule = LabelRule(Granularity.DAY)
    assert rule.starts(naive).to_pylist() == rule.starts(zoned).to_pylist()
    day = pa.array([dt.date(2018, 1, 2)])
    at_end = LabelRule(Granularity.DAY, side=LabelSide.END)
    assert at_end.starts(day).to_pylist() == [midnight(dt.date(2018, 1, 1))]


def test_moments_of_writing_become_instants() -> None:
    found = instants(pa.chunked_array([["2026-11-22 01:00:00"], [None, "soon"]], pa.string())).to_pylist()
    assert found == [dt.datetime(2026, 11, 22, 1, tzinfo=BEIJING), None, None]


def test_each_distinct_text_is_looked_at_once() -> None:
    seen: list[str] = []

    def work(distinct: pa.Array) -> pa.Array:
        seen.extend(distinct.to_pylist())
        return distinct

    column = pa.array(["a", "b", None, "a"])
    assert once_each(column, work).to_pylist() == ["a", "b", None, "a"]
    assert seen == ["a", "b"]


def test_a_year_of_labels_takes_a_fraction_of_a_second() -> None:
    first = dt.datetime(2018, 1, 1, tzinfo=BEIJING)
    labels = [f"{first + n * dt.timedelta(minutes=15):%d/%m/%Y %H:%M}" for n in range(35_040)]
    began = time.perf_counter()
    LabelRule(Granularity.QUARTER_HOUR, "%d/%m/%Y %H:%M", LabelSide.END).starts(pa.array(labels))
    assert time.perf_counter() - began < 2  # 0.04 s alone on two cores; others use the machine too


DIGITS = st.integers(0, 99).map(lambda number: f"{number:02d}")
MOMENTS = st.builds(
    "{}-{}-{} {}:{}:{}".format, st.integers(1980, 2210), DIGITS, DIGITS, DIGITS, DIGITS, DIGITS
) | st.sampled_from(
    ["2026-11-22 00:00:00", "2026-02-29 00:00:00", "2024-02-29 23:59:59", "2026-11-22 24:00:00", "2026-1-2 3:4:5",
     " 2026-11-22 00:00:00 ", "2026-11-22 00:00:00\n", "２０２６-11-22 00:00:00", "", "2026-11-22", "2200-12-31 23:59:59"]
)  # fmt: skip


@given(st.lists(st.none() | MOMENTS | st.text(max_size=25), max_size=8))
def test_moments_read_one_by_one_and_as_columns_are_the_same(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert instants(column).equals(LabelRule(Granularity.QUARTER_HOUR).starts(column))


def test_so_are_more_moments_than_are_read_one_by_one() -> None:
    texts = [f"2026-11-22 {n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}" for n in range(FEW_TEXTS + 1)]
    column = pa.array(texts, pa.string())
    assert instants(column).equals(LabelRule(Granularity.QUARTER_HOUR).starts(column))
    assert instants(column)[1].as_py() == dt.datetime(2026, 11, 22, 0, 0, 1, tzinfo=BEIJING)
