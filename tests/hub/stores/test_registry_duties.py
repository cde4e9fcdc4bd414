"""Duties in the registry: a province's or a unit's, each seen and written where it belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.ports import Ask, Compare, Condition, Upserted
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


def report_duty(province: str = "970000", **more: Any) -> dict[str, Any]:
    """The row of a province's duty to report."""
    subject = f"{province}/2026Q3"
    row = {"key": f"quarterly_report:{subject}", "kind": "quarterly_report", "province": province}
    return {**row, "subject": subject, "due_on": "2026-10-15", "clause": "第四部分", **more}


def access_duty(number: int = 1, province: str = "970000", **more: Any) -> dict[str, Any]:
    """The row of a unit's duty to be connected."""
    subject = f"{code_of(number)}/connected"
    row = {"key": f"access_end:{subject}", "kind": "access_end", "province": province}
    row |= {"unit": code_of(number), "subject": subject, "due_on": "2026-06-30", "clause": "第二部分"}
    return {**row, **more}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """Two units in one province, one in another."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1), unit(2, "970100"), unit(3, "980200")], WHO)
        yield made


def test_a_duty_comes_in_and_is_closed_under_its_key(registry: Registry) -> None:
    assert registry.upsert("duty", [report_duty(), access_duty()], WHO) == Upserted(added=2)
    closed = {"key": access_duty()["key"], "done_on": "2026-07-02"}
    assert registry.upsert("duty", [report_duty(), closed], WHO) == Upserted(changed=1, same=1)
    of_province, of_unit_ = listed(registry, "duty")
    assert (of_province["unit"], of_province["done_on"]) == (None, None)
    assert (of_unit_["unit"], of_unit_["province"], of_unit_["done_on"]) == (
        code_of(1),
        "970000",
        dt.date(2026, 7, 2),
    )
    assert [action for action, *_ in audited(registry, "duty")] == ["insert", "insert", "update"]


def test_a_unit_that_moves_takes_what_it_owes_along(registry: Registry) -> None:
    registry.upsert("duty", [report_duty(), access_duty(), access_duty(2)], WHO)
    registry.upsert("unit", [unit(1, "980200")], WHO)
    (moved,) = listed(registry, "duty", THERE)
    assert (moved["key"], moved["province"]) == (access_duty()["key"], "980000")
    assert [row["key"] for row in listed(registry, "duty", HERE)] == [
        report_duty()["key"],
        access_duty(2)["key"],
    ]
    assert listed(registry, "duty", province="980000") == [moved]
    assert registry.upsert("duty", [access_duty(province="980000")], WHO) == Upserted(same=1)


def test_what_is_overdue_is_one_question(registry: Registry) -> None:
    rows = [report_duty(), access_duty(), access_duty(2, done_on="2026-06-30"), access_duty(3, "980000")]
    registry.upsert("duty", rows, WHO)
    overdue = (Condition("due_on", dt.date(2026, 10, 15), Compare.LT), Condition("done_on", None))
    found = registry.rows(Ask("duty", where=overdue)).table["unit"].to_pylist()
    assert found == [code_of(1), code_of(3)]


def test_a_province_sees_its_own_duties_and_its_units_and_a_unit_its_own_alone(registry: Registry) -> None:
    rows = [report_duty(), report_duty("980000"), access_duty(), access_duty(2), access_duty(3, "980000")]
    registry.upsert("duty", rows, WHO)
    keys = [row["key"] for row in rows]
    seen = {reach: [row["key"] for row in listed(registry, "duty", reach)] for reach in (HERE, of_unit(2))}
    assert seen == {HERE: [keys[0], keys[2], keys[3]], of_unit(2): [keys[3]]}
    assert [row["key"] for row in listed(registry, "duty", of_region("970101"))] == [keys[2]]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (report_duty(unit=code_of(1)), "row 1: unit: a duty quarterly_report is owed by a province"),
        (access_duty(unit=None), "row 1: unit: a duty access_end is owed by a unit"),
        (access_duty(3), "row 1: province: came 970000, and its unit lies in 980000"),
        (access_duty(4), "row 1: unit: no unit with credit code"),
        (access_duty(unit="91"), "row 1, unit: .*length"),
        (report_duty(kind="chore"), "row 1, kind: came 'chore', expected one of quarterly_report"),
        (report_duty(due_on=None), "row 1, due_on: is missing"),
        (report_duty("110000"), "row 1: province: province 110000 is no region"),
        (report_duty(key="长" * 65), "row 1, key: came 65 characters, expected at most 64"),
    ],
)
def test_a_wrong_duty_is_refused_with_its_reason(registry: Registry, row: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        registry.upsert("duty", [row], WHO)
    assert listed(registry, "duty") == []


def test_nobody_takes_over_what_stands_under_a_key_for_another(registry: Registry) -> None:
    registry.upsert("duty", [access_duty(), access_duty(3, "980000")], WHO)
    for key, reach in ((access_duty(3)["key"], HERE), (access_duty()["key"], of_unit(2))):
        with pytest.raises(InvalidInput, match="row 1: has the key of what is another's"):
            registry.upsert("duty", [access_duty(2, key=key)], WHO, reach)
    with pytest.raises(InvalidInput, match="belongs to 980200, outside 970000"):
        registry.upsert("duty", [access_duty(3, "980000")], WHO, HERE)
    assert registry.upsert("duty", [access_duty(done_on="2026-06-01")], WHO, of_unit(1)).changed == 1
