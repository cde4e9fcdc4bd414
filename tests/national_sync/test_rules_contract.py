"""What every rule of the open folder promises, whatever it judges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.discover import members_of, modules_in
from graph.model.reading import VALUE
from graph.model.verdict import Outcome
from national_sync import columns
from national_sync.intake import all_rules
from national_sync.judging import Circumstances, Rule
from tests.national_sync.fakes import MIDNIGHT, NOW, POWER, PROPOSED, STEEL, FakeDirectory, arrived

RULES = members_of("national_sync.rules", "RULE", Rule)
KNOWN = Circumstances(NOW, "nation")
PREPARED = {
    "row": pa.int32(), "unit": pa.string(), "data_code": pa.string(), "granularity": pa.string(),
    "start": pa.timestamp("us", tz="UTC"), "value": VALUE, "version": pa.timestamp("us", tz="UTC"),
    "origin": pa.string(), "valid": pa.bool_(), "label": pa.string(), "relabelled": pa.string(), "said": pa.string(),
    "amount": pa.decimal128(38, 12), "unit_fault": pa.string(), "code_fault": pa.string(),
    "granularity_number": pa.int8(), "origin_number": pa.int8(), "unit_id": pa.int32(), "point_id": pa.int32(),
    "known_unit": pa.bool_(), "province": pa.string(), "due": pa.string(), "low": VALUE, "high": VALUE, "state": pa.string(),
    "until": pa.date32(),
}  # fmt: skip
FOUND_BY: dict[str, dict[str, Any]] = {
    "declared-range": {"value": "5000"},
    "flagged-invalid": {"valid": False},
    "future": {"start": NOW + dt.timedelta(days=1)},
    "malformed-data-code": {"data_code": "1"},
    "malformed-credit-code": {"unit": "1"},
    "negative": {"value": "-1"},
    "not-a-number": {"value": "x"},
    "off-grid": {"start": MIDNIGHT + dt.timedelta(minutes=1)},
    "too-old": {"start": MIDNIGHT.replace(year=1960)},
    "relabelled": {"label": "2026-11-01 00:16:40", "relabelled": "labels = containing"},
    "rounded": {"value": "1.00001"},
    "value-too-large": {"value": "9" * 20},
    "unknown-code": {"data_code": PROPOSED},
    "unknown-word": {"granularity": "week"},
    "unknown-unit": {"unit": "91990100MA0000001"},
    "unreadable-label": {"start": None, "label": "32 November"},
}


def nulls(rows: int) -> pa.Table:
    """A table the rules can be shown in which nothing stands."""
    return pa.table({name: pa.nulls(rows, kind) for name, kind in PREPARED.items()})


def prepared(*odd: dict[str, object]) -> pa.Table:
    """Rows as intake shows them to the rules."""
    table = columns.complete(arrived(*odd).table)
    table = columns.with_numbers(columns.with_codes(columns.with_values(table)))
    return columns.with_points(table, FakeDirectory().points([STEEL, POWER]))


@pytest.fixture(params=list(RULES.values()), ids=list(RULES))
def rule(request: pytest.FixtureRequest) -> Rule:
    """Each rule there is."""
    found: Rule = request.param
    return found


ALONE = {name: rule for name, rule in RULES.items() if not rule.judges_together}


@pytest.fixture(params=list(ALONE.values()), ids=list(ALONE))
def alone(request: pytest.FixtureRequest) -> Rule:
    """Each rule that looks at a row by itself; the others are held to tests of their own (test_rules_together)."""
    found: Rule = request.param
    return found


def test_rules_were_found_and_intake_uses_all_of_them() -> None:
    assert set(RULES) == set(modules_in("national_sync.rules"))
    assert set(all_rules()) == set(RULES.values())
    last = all_rules()[-1]
    assert (last.code, last.may_be_mended) == ("unknown-code", True)
    assert [rule.code for rule in all_rules() if rule.may_be_mended] == ["unknown-code"]


def test_no_two_rules_have_one_code() -> None:
    codes = [rule.code for rule in RULES.values()]
    assert len(set(codes)) == len(codes)


def test_these_tables_are_what_rules_are_promised() -> None:
    assert tuple(PREPARED) == columns.PREPARED
    assert set(prepared({}).column_names) == set(columns.PREPARED)


def test_a_rule_says_what_it_is_in_both_languages_and_where_it_comes_from(rule: Rule) -> None:
    text = rule.text
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text.chinese)
    assert text.english.isascii()
    assert " " in text.english
    assert text.source
    assert isinstance(text.outcome, Outcome)
    assert text.version >= 1


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_rule_judges_a_table_of_nothing_without_raising(rule: Rule, rows: int) -> None:
    mask = rule.finds(nulls(rows), KNOWN)
    assert len(mask) == rows
    assert pa.types.is_boolean(mask.type)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_rule_explains_whatever_it_is_shown_one_text_a_row(rule: Rule, rows: int) -> None:
    reasons = rule.explains(nulls(rows), KNOWN)
    assert len(reasons) == rows
    assert pa.types.is_string(reasons.type)
    assert reasons.null_count == 0


def test_an_honest_reading_is_found_by_no_rule(rule: Rule) -> None:
    rows = prepared({}, {"value": "0"}, {"unit": POWER}, {"granularity": "day", "start": MIDNIGHT})
    assert not pc.any(pc.fill_null(rule.finds(rows, KNOWN), fill_value=False)).as_py()


def test_a_rule_finds_its_fault_and_nothing_beside_it(alone: Rule) -> None:
    rule = alone
    odd = FOUND_BY[rule.code]
    rows = prepared({}, odd, {}, odd)
    mask = pc.fill_null(rule.finds(rows, KNOWN), fill_value=False)
    if rule.code == "unknown-unit":
        rows = prepared({}, {}, {}).set_column(1, "unit", pa.array([STEEL, POWER, STEEL]))
        rows = columns.with_points(rows, FakeDirectory().points([STEEL]))
        assert rule.finds(rows, KNOWN).to_pylist() == [False, True, False]
        return
    assert mask.to_pylist() == [False, True, False, True]
    found = rows.filter(mask)
    reasons = rule.explains(found, KNOWN).to_pylist()
    assert len(reasons) == 2
    assert all(reasons)


def test_the_order_of_rows_and_their_company_change_no_finding(alone: Rule) -> None:
    rule = alone
    rows = prepared(*({**odd} for odd in FOUND_BY.values()), {}, {})
    whole = pc.fill_null(rule.finds(rows, KNOWN), fill_value=False).to_pylist()
    by_itself = [
        pc.fill_null(rule.finds(rows.slice(n, 1), KNOWN), fill_value=False)[0].as_py()
        for n in range(len(whole))
    ]
    assert whole == by_itself


def test_every_rule_has_its_example_here() -> None:
    assert set(FOUND_BY) == {rule.code for rule in ALONE.values()}
    assert Decimal(FOUND_BY["declared-range"]["value"]) > 1000


def test_a_day_is_not_held_to_the_range_of_a_quarter_hour() -> None:
    table = prepared({"value": "2000"}, {"value": "96000", "granularity": "day", "start": MIDNIGHT})
    assert RULES["declared_range"].finds(table, KNOWN).to_pylist() == [True, False]
