"""What supervision leaves in the registry: each row seen and written where its unit lies, wrong ones refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.ports import Upserted
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import (
    WHO,
    audited,
    code_of,
    invented_registry,
    listed,
    of_region,
    of_unit,
    unit,
)

HERE, THERE = of_region("970000"), of_region("980000")
Row = dict[str, Any]


def inspection(number: int = 1, **more: Any) -> Row:
    """The row of an inspection of an invented unit, found wanting."""
    row = {"key": f"检查{number}", "unit": code_of(number), "agency": "nim", "held_on": "2026-03-01"}
    row |= {"basis": "节约能源法第五十四条", "findings": "无计量器具", "outcome": "rectification_ordered"}
    return {**row, **more}


def order(number: int = 1, **more: Any) -> Row:
    """The row of an order to an invented unit, after no inspection."""
    row = {"number": f"虚节改〔2026〕{number}号", "unit": code_of(number), "issued_by": "nim"}
    row |= {"issued_on": "2026-03-10", "deadline": "2026-06-30", "grounds": "未配备能源计量器具"}
    return {**row, **more}


def entry(number: int = 1, **more: Any) -> Row:
    """The row of a credit entry of an invented unit, put forward and no more."""
    row = {"key": f"失信{number}", "unit": code_of(number), "ground": "not_uploaded"}
    return {**row, "candidate_on": "2026-07-10", "evidence": "连续三十日未上传", **more}


ROWS = {"inspection": inspection, "rectification_order": order, "credit_entry": entry}
ORDER, ENTRY = "rectification_order", "credit_entry"
REVIEWED: Row = {"reviewed_on": "2026-07-20"}
WRONG = [
    (
        "inspection",
        inspection(agency="nobody"),
        "row 1: agency: no agency of the nation or of 970000 has the",
    ),
    (
        "inspection",
        inspection(agency="lead-98"),
        "row 1: agency: no agency of the nation or of 970000 has the",
    ),
    ("inspection", inspection(unit=code_of(9)), "row 1: unit: no unit with credit code"),
    ("inspection", inspection(outcome="fine"), "row 1, outcome: came 'fine', expected one of conforming"),
    ("inspection", inspection(findings=" "), "row 1: findings: an inspection rectification_ordered says"),
    ("inspection", inspection(held_on="2026-02-30"), "row 1, held_on: '2026-02-30' is not a day"),
    ("inspection", inspection(basis=""), "row 1, basis: is empty"),
    (
        ORDER,
        order(deadline="2026-03-09"),
        "row 1: deadline: came 2026-03-09, before the day of issue 2026-03",
    ),
    (ORDER, order(state="mended"), "row 1: closedOn: an order mended with closing day None"),
    (ORDER, order(closed_on="2026-06-01"), "row 1: closedOn: an order issued with closing day 2026-06-01"),
    (
        ORDER,
        order(state="failed", closed_on="2026-01-01"),
        "row 1: closedOn: came 2026-01-01, before the day",
    ),
    (ORDER, order(issued_by="lead-98"), "row 1: issued_by: no agency of the nation or of 970000 has the key"),
    (ORDER, order(inspection="检查1"), "row 1: inspection: no inspection of 9197.* is called 检查1"),
    (ORDER, order(grounds=" "), "row 1, grounds: is empty"),
    (ORDER, order() | {"number": "号" * 49}, "row 1, number: came 49 characters, expected at most 48"),
    (ENTRY, entry(ground="late"), "row 1, ground: came 'late', expected one of not_built, not_uploaded"),
    (ENTRY, entry(state="listed"), "row 1: state: an entry listed has the day it came to be so"),
    (ENTRY, entry(**REVIEWED), "row 1: state: an entry candidate has a day of reviewed"),
    (
        ENTRY,
        entry(state="listed", listed_on="2026-07-01"),
        "row 1: state: its days go back: 2026-07-10, 2026-",
    ),
    (
        ENTRY,
        entry(state="dismissed", dismissed_on="2026-08-01", listed_on="2026-07-15"),
        "row 1: state: an entry dismissed has a day of listed",
    ),
    (ENTRY, entry(candidate_on=None), "row 1, candidate_on: is missing"),
    (
        ENTRY,
        entry(order_number="虚节改〔2026〕1号"),
        "row 1: rectification_order: no rectification order of 91",
    ),
    (ENTRY, entry(evidence=""), "row 1, evidence: is empty"),
]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """Two units in one province, one in another, and a lead department in each."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1), unit(2, "970100"), unit(3, "980200")], WHO)
        leads = [
            {"key": f"lead-{code[:2]}", "name": "某委", "role": "lead", "province": code}
            for code in ("970000", "980000")
        ]
        made.upsert("agency", [{"key": "nim", "name": "国家计量院", "role": "nim"}, *leads], WHO)
        yield made


@pytest.mark.parametrize("noun", ROWS)
def test_a_row_comes_in_once_and_is_audited_where_its_unit_lies(registry: Registry, noun: str) -> None:
    assert registry.upsert(noun, [ROWS[noun]()], WHO) == Upserted(added=1)
    assert registry.upsert(noun, [ROWS[noun]()], WHO) == Upserted(same=1)
    (told,) = audited(registry, noun)
    assert told[0] == "insert"
    (place,) = [(row["province"], row["region"], row["unit"]) for row in listed(registry, "audit", noun=noun)]
    assert place == ("970000", "970101", code_of(1))


@pytest.mark.parametrize("noun", ROWS)
def test_a_province_sees_its_own_and_a_unit_its_own_alone(registry: Registry, noun: str) -> None:
    registry.upsert(noun, [ROWS[noun](number) for number in (1, 2, 3)], WHO)
    seen = {
        str(reach): [row["unit"] for row in listed(registry, noun, reach)]
        for reach in (HERE, THERE, of_region("970100"), of_region("980201"), of_unit(2))
    }
    assert seen == {
        "970000": [code_of(1), code_of(2)],
        "980000": [code_of(3)],
        "970100": [code_of(1), code_of(2)],
        "980201": [],
        code_of(2): [code_of(2)],
    }
    assert {row["province"] for row in listed(registry, noun, HERE)} == {"970000"}


@pytest.mark.parametrize("noun", ROWS)
def test_nobody_writes_of_anothers_unit_or_takes_over_its_row(registry: Registry, noun: str) -> None:
    make = ROWS[noun]
    registry.upsert(noun, [make(1), make(3)], WHO)
    with pytest.raises(InvalidInput, match="belongs to 980200, outside 970000"):
        registry.upsert(noun, [make(3)], WHO, HERE)
    (key, taken), *_ = make(3).items()
    with pytest.raises(InvalidInput, match="has the key of what is another's"):
        registry.upsert(noun, [{**make(2), key: taken}], WHO, HERE)
    (key, taken), *_ = make(1).items()
    with pytest.raises(InvalidInput, match="has the key of what is another's"):
        registry.upsert(noun, [{**make(2), key: taken}], WHO, of_unit(2))


@pytest.mark.parametrize(("noun", "row", "told"), WRONG)
def test_a_wrong_row_is_refused_with_its_reason(registry: Registry, noun: str, row: Row, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        registry.upsert(noun, [row], WHO)
    assert listed(registry, noun) == []


def test_a_column_of_a_row_is_changed_without_naming_its_unit_again(registry: Registry) -> None:
    registry.upsert("inspection", [inspection()], WHO)
    changed = {"key": "检查1", "findings": "已补装计量器具", "outcome": "advised"}
    assert registry.upsert("inspection", [changed], WHO, HERE) == Upserted(changed=1)
    (row,) = listed(registry, "inspection")
    assert (row["unit"], row["agency"], row["findings"]) == (code_of(1), "nim", "已补装计量器具")


def test_an_agency_of_the_units_own_province_may_inspect_it(registry: Registry) -> None:
    assert registry.upsert("inspection", [inspection(agency="lead-97")], WHO, HERE) == Upserted(added=1)


def test_an_order_follows_from_an_inspection_of_its_own_unit_alone(registry: Registry) -> None:
    registry.upsert("inspection", [inspection(1), inspection(2)], WHO)
    assert registry.upsert(ORDER, [order(1, inspection="检查1")], WHO, HERE) == Upserted(added=1)
    with pytest.raises(InvalidInput, match=r"row 1: inspection: no inspection of 9197.* is called 检查2"):
        registry.upsert(ORDER, [order(1, inspection="检查2")], WHO)
    mended = {"number": order()["number"], "state": "mended", "closed_on": "2026-06-01"}
    assert registry.upsert(ORDER, [mended], WHO, HERE) == Upserted(changed=1)
    (row,) = listed(registry, ORDER)
    assert (row["inspection"], row["unit"]) == ("检查1", code_of(1))


def test_a_credit_entry_follows_from_an_order_to_its_own_unit_and_goes_through_its_states(
    registry: Registry,
) -> None:
    registry.upsert(ORDER, [order(1), order(2)], WHO)
    with pytest.raises(InvalidInput, match=r"no rectification order of 9197.* is called 虚节改〔2026〕2号"):
        registry.upsert(ENTRY, [entry(order_number=order(2)["number"])], WHO)
    registry.upsert(ENTRY, [entry(order_number=order(1)["number"])], WHO)
    steps = [
        {"state": "reviewed", **REVIEWED},
        {"state": "listed", "listed_on": "2026-08-01"},
        {"state": "delisted", "delisted_on": "2027-08-01"},
    ]
    for step in steps:
        assert registry.upsert(ENTRY, [{"key": entry()["key"], **step}], WHO) == Upserted(changed=1)
    assert [action for action, *_ in audited(registry, ENTRY)] == ["insert", "update", "update", "update"]


def test_a_candidate_may_be_dismissed_with_a_review_or_without_one(registry: Registry) -> None:
    dismissed = {"state": "dismissed", "dismissed_on": "2026-08-01"}
    rows = [entry(1, **dismissed), entry(2, **dismissed, **REVIEWED)]
    assert registry.upsert(ENTRY, rows, WHO) == Upserted(added=2)
