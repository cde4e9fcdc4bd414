"""Rules that judge a value among the others of its point or unit: what they find, and that honest data is left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv

from national_sync import columns
from national_sync.intake import all_rules
from national_sync.judging import Circumstances, Rule
from tests.national_sync.fakes import ELECTRICITY, GAS, MIDNIGHT, NOW, POWER, STEEL, FakeDirectory, arrived
from tests.needs import need_shared_data

RULES = {rule.code: rule for rule in all_rules() if rule.judges_together}
KNOWN = Circumstances(NOW, "nation")
QUARTER = dt.timedelta(minutes=15)
Row = dict[str, Any]


def series(values: Sequence[str], **more: Any) -> list[Row]:
    """One point's quarter-hours from midnight on."""
    return [{"value": value, "start": MIDNIGHT + n * QUARTER, **more} for n, value in enumerate(values)]


def prepared(rows: Sequence[Row]) -> pa.Table:
    table = columns.complete(arrived(*rows).table)
    table = columns.with_numbers(columns.with_codes(columns.with_values(table)))
    return columns.with_points(table, FakeDirectory().points([STEEL, POWER]))


def found_by(rule: Rule, rows: Sequence[Row]) -> list[int]:
    """Places of the rows a rule finds."""
    mask = pc.fill_null(rule.finds(prepared(rows), KNOWN), fill_value=False).to_pylist()
    return [place for place, found in enumerate(mask) if found]


def clock_of_twelve(hours: int = 24) -> list[Row]:
    """A day of hours, written hh: each label twice, with two values."""
    return [
        {
            "granularity": "hour",
            "value": f"{100 + n}.5",
            "start": MIDNIGHT + dt.timedelta(hours=(n - 1) % 12 + 1),
        }
        for n in range(hours)
    ]


def a_day(total: str, periods: int = 96) -> list[Row]:
    """Quarter-hours of 41.67, and what the day says of itself."""
    return [*series(["41.67"] * periods), {"value": total, "granularity": "day", "start": MIDNIGHT}]


LOAD = ["40.5", "41.25", "39.5", "40.75", "0.00", "41.5", "40.25", "39.75", "41.25", "40.5", "39.5", "40.25"]
EXAMPLES: dict[str, tuple[list[Row], list[int]]] = {
    "false-zero": (series(LOAD), [4]),
    "twelve-hours": (clock_of_twelve(), list(range(24))),
    "whole-numbers": (series(["12", "13", "11", "12", "14", "12", "13", "12"]) + series(["1.5"], data_code=GAS), [0, 7]),
    "polarity": (series(LOAD, valid=False), [0, 11]),
    "sum-differs": (a_day("400.5"), [96]),
    "nothing-but-zeros": (series(["0.00"] * 8), [0, 7]),
    "contradicting": (series(["1.5", "2"]) + series(["1.5", "2.5"]), [1, 3]),
}  # fmt: skip


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_rule_finds_its_example_and_says_why(code: str) -> None:
    rows, expected = EXAMPLES[code]
    assert found_by(RULES[code], rows) == expected
    reasons = RULES[code].explains(prepared(rows).take(expected), KNOWN).to_pylist()
    assert all(reasons)


def test_every_rule_that_judges_together_has_its_example_here() -> None:
    assert set(EXAMPLES) == set(RULES)


@given(st.sampled_from(sorted(EXAMPLES)), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_finding(code: str, random: Any) -> None:
    rows, expected = EXAMPLES[code]
    places = list(range(len(rows)))
    random.shuffle(places)
    numbered = [{**rows[place], "row": place + 1} for place in places]
    assert sorted(places[found] for found in found_by(RULES[code], numbered)) == expected


@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.lists(st.sampled_from(["0", "1.5", "7", "-1", "x", "200.25"]), max_size=20),
)
def test_rows_of_another_unit_change_no_finding(code: str, values: list[str]) -> None:
    rows, expected = EXAMPLES[code]
    others = series(values, unit=POWER, valid=True)
    assert [place for place in found_by(RULES[code], [*rows, *others]) if place < len(rows)] == expected


def test_a_day_within_a_twentieth_of_its_periods_is_left_alone_and_so_is_one_of_which_some_are_missing() -> (
    None
):
    rule = RULES["sum-differs"]
    assert found_by(rule, a_day("4000.32")) == []
    assert found_by(rule, a_day("3810")) == []
    assert found_by(rule, a_day("3790")) == [96]
    assert found_by(rule, a_day("100", periods=95)) == []
    assert found_by(rule, a_day("100") + series(["9"])) == [96]
    assert found_by(rule, [{**row, "data_code": "0000000008330011"} for row in a_day("100")]) == []


def test_a_day_that_differs_by_no_more_than_rounding_takes_from_its_periods_is_left_alone() -> None:
    rule = RULES["sum-differs"]
    small = [{**row, "value": "0.0001"} for row in a_day("0.0144")]
    assert found_by(rule, [*small[:-1], {**small[-1], "value": "0.0144"}]) == []
    assert found_by(rule, [*small[:-1], {**small[-1], "value": "0.016"}]) == [96]


def test_a_day_that_begins_at_another_hour_than_its_label_is_not_judged_by_the_periods_of_that_label() -> (
    None
):
    *periods, day = a_day("100")
    assert found_by(RULES["sum-differs"], [*periods, {**day, "relabelled": "day_begins = 16:10"}]) == []
    assert found_by(RULES["sum-differs"], [*periods, day]) == [96]


NOT_FALSE = {
    "a load that falls before it is off": ["40.5"] * 9 + ["12.5", "0", "0", "38.5", "40.5", "40.5"],
    "a load that rises behind it": ["40.5"] * 9 + ["0", "12.5", "38.5", "40.5", "40.5"],
    "more than an hour": ["40.5"] * 22 + ["0"] * 5 + ["40.5"] * 5,
    "a machine that is often off": ["40.5", "40.5", "0"] * 8,
    "the first of the batch": ["0"] + ["40.5"] * 20,
    "the last of the batch": ["40.5"] * 20 + ["0"],
    "too few others to tell it by": ["40.5"] * 3 + ["0"] + ["40.5"] * 4,
    "nothing but zeros": ["0"] * 20,
    "a negative value before": ["40.5"] * 9 + ["-1.5", "0", "40.5", "40.5"],
}


@pytest.mark.parametrize("values", NOT_FALSE.values(), ids=list(NOT_FALSE))
def test_an_honest_zero_is_left_alone(values: list[str]) -> None:
    assert found_by(RULES["false-zero"], series(values)) == []


def test_a_gap_beside_a_zero_says_nothing_of_it() -> None:
    rows = series(LOAD)
    assert found_by(RULES["false-zero"], rows[:3] + rows[4:]) == []
    assert found_by(RULES["false-zero"], rows[:5] + rows[6:]) == []


def test_zeros_of_up_to_an_hour_are_false_together_and_days_are_not_judged() -> None:
    values = ["40.5"] * 10 + ["0.00"] * 4 + ["40.5"] * 10
    assert found_by(RULES["false-zero"], series(values)) == [10, 11, 12, 13]
    days = [
        {"value": value, "granularity": "day", "start": MIDNIGHT - dt.timedelta(days=30 - n)}
        for n, value in enumerate(values)
    ]
    assert found_by(RULES["false-zero"], days) == []


def test_each_seventh_value_sent_as_zero_is_found_but_for_the_edges() -> None:
    values = ["0.00" if n % 7 == 0 else f"{40 + n % 5}.5" for n in range(96)]
    assert found_by(RULES["false-zero"], series(values)) == [n for n in range(7, 95) if n % 7 == 0]


def test_corrections_of_a_few_labels_are_no_clock_of_twelve_hours() -> None:
    morning = series([f"{n}.5" for n in range(4, 48)])
    for row in morning:
        row["start"] += dt.timedelta(hours=1)
    assert found_by(RULES["twelve-hours"], morning) == []
    assert (
        found_by(RULES["twelve-hours"], [*morning[:40], *({**row, "value": "9"} for row in morning[:3])])
        == []
    )
    later = [{**row, "value": "9", "version": MIDNIGHT + dt.timedelta(days=1)} for row in morning[:40]]
    assert found_by(RULES["twelve-hours"], [*morning[:40], *later]) == []
    assert found_by(RULES["twelve-hours"], [*morning[:40], *morning[:40]]) == []


def test_whole_numbers_are_an_honest_meters_own_where_nobody_writes_decimals() -> None:
    values = ["12", "13", "11", "12", "14", "12", "13", "12"]
    assert found_by(RULES["whole-numbers"], series(values)) == []
    assert found_by(RULES["whole-numbers"], series([f"{value}.00" for value in values])) == [0, 7]
    assert found_by(RULES["whole-numbers"], series([f"{value}.0000" for value in values])) == []
    broken = series(["1.5"], data_code=GAS)
    assert found_by(RULES["whole-numbers"], series([f"{value}00" for value in values]) + broken) == []
    assert found_by(RULES["whole-numbers"], series(["12"] * 8) + broken) == []
    assert found_by(RULES["whole-numbers"], series(values[:7]) + broken) == []


def test_two_values_of_one_period_contradict_each_other_unless_one_was_written_later() -> None:
    rule, (one,) = RULES["contradicting"], series(["1.5"])
    other, later = {**one, "value": "2"}, {"version": MIDNIGHT + dt.timedelta(hours=1)}
    assert found_by(rule, [one, other]) == [0, 1]
    assert found_by(rule, [one, {**one, "value": "1.50"}]) == []
    assert found_by(rule, [one, {**other, **later}]) == []
    assert found_by(rule, [one, {**other, "granularity": "day"}]) == []
    assert found_by(rule, [one, {**other, "value": "x"}]) == []
    assert found_by(rule, [one, {**other, "data_code": GAS}]) == []


def test_a_flag_that_some_values_do_not_have_is_believed() -> None:
    rows = series(LOAD, valid=False)
    assert found_by(RULES["polarity"], [{**rows[0], "valid": True}, *rows[1:]]) == []
    assert found_by(RULES["polarity"], [{**rows[0], "valid": None}, *rows[1:]]) == []


LOADS = st.integers(1, 400).flatmap(
    lambda mean: st.lists(
        st.integers(mean * 50 + 1, mean * 150).map(lambda w: f"{w // 100}.{w % 100:02d}"), max_size=96
    )
)


@given(LOADS, LOADS)
def test_clean_data_gets_no_verdict(one: list[str], other: list[str]) -> None:
    one, other = ([value for value in values if not value.endswith(".00")] for values in (one, other))
    rows = series(one, valid=True) + series(other, data_code=GAS)
    rows += [
        {"value": "5", "granularity": "day", "start": MIDNIGHT - dt.timedelta(days=n)} for n in range(1, 4)
    ]
    for rule in RULES.values():
        assert found_by(rule, rows) == []


@given(st.integers(2, 30), st.integers(5, 40), st.integers(1, 9))
def test_a_plant_that_stands_still_for_hours_or_falls_before_it_does_is_left_alone(
    on: int, off: int, step: int
) -> None:
    ramp = [f"{40 * (10 - n) // 10}.25" for n in range(step, 10)]
    values = (
        ["40.25"] * (on + 8)
        + ["0"] * off
        + ["40.25"] * (on + 8)
        + ramp
        + ["0.00"]
        + ramp[::-1]
        + ["40.25"] * 9
    )
    assert found_by(RULES["false-zero"], series(values)) == []


def test_a_year_of_a_real_steel_plant_gets_few_verdicts() -> None:
    file = csv.read_csv(need_shared_data() / "steel_plant_15min.csv")
    kwh = [str(value) for value in file["Usage_kWh"].to_pylist()]
    rows = [{"value": value, "start": MIDNIGHT - (len(kwh) - n) * QUARTER} for n, value in enumerate(kwh)]
    table = prepared(rows)
    counts = {
        code: pc.sum(pc.fill_null(rule.finds(table, KNOWN), fill_value=False)).as_py()
        for code, rule in RULES.items()
    }
    assert counts == {
        "contradicting": 0,
        "false-zero": 1,
        "nothing-but-zeros": 0,
        "polarity": 0,
        "sum-differs": 0,
        "twelve-hours": 0,
        "whole-numbers": 0,
    }
    assert ELECTRICITY in table["data_code"].unique().to_pylist()
