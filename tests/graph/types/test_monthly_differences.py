"""Monthly differences as they are asked for: which months, which of them, in which order, and what a page of them says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from graph.model.monthly import MonthSpan
from graph.model.period import Month
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import NOW, AsOf, MonthlyAsk, MonthlyOrder
from tests.graph.fakes import NO_MONTHS, FakeFigures, FakeRows, FakeSources
from tests.graph.samples import code_of

pytestmark = pytest.mark.anyio
JIA = Reach(RegionCode("910000"))
UNIT = code_of(1)
ROW = {
    "province": "910000", "unit": UNIT, "data_code": "0000000002330011", "month": "2026-10",
    "monthly": Decimal("310.5000"), "daily": Decimal("31.0500"), "days": 31, "month_days": 31, "coverage": 1.0,
    "complete": True, "deviation": 9.0, "beyond_tolerance": True, "factor": 10.0, "source": "statement", "batch": 7,
    "day_sources": "by hand; device", "independent": True,
}  # fmt: skip
LACKING = {
    **ROW, "month": "2026-11", "daily": None, "days": 0, "coverage": 0.0, "complete": False, "deviation": None,
    "beyond_tolerance": None, "factor": None, "day_sources": None, "independent": False,
}  # fmt: skip


def sources(*rows: dict[str, Any], **more: Any) -> FakeSources:
    """What answers with these months."""
    figures = FakeFigures(monthly_table=pa.Table.from_pylist(list(rows), NO_MONTHS.schema))
    return FakeSources(figures=figures, **more)


async def asked(arguments: str, **more: Any) -> MonthlyAsk:
    """What the store is asked."""
    made = sources(**more)
    await made.data(f"{{ monthlyDifferences{arguments} {{ nodes {{ unit }} }} }}")
    (question,) = made.figures.months
    return question


async def test_a_month_and_its_days_are_told_exactly_and_what_is_not_known_is_null() -> None:
    fields = (
        "province unit dataCode month monthly daily days monthDays coverage complete deviation beyondTolerance factor "
        "source batch daySources independent"
    )
    page = (
        await sources(ROW, LACKING).data(f"{{ monthlyDifferences {{ totalCount nodes {{ {fields} }} }} }}")
    )["monthlyDifferences"]
    assert page["totalCount"] == 2
    assert page["nodes"][0] == {
        "province": "910000", "unit": UNIT, "dataCode": "0000000002330011", "month": "2026-10", "monthly": "310.5",
        "daily": "31.05", "days": 31, "monthDays": 31, "coverage": 1.0, "complete": True, "deviation": 9.0,
        "beyondTolerance": True, "factor": 10.0, "source": "statement", "batch": 7, "daySources": "by hand; device",
        "independent": True,
    }  # fmt: skip
    nulls = {"daily", "deviation", "beyondTolerance", "factor", "daySources"}
    assert {name for name, value in page["nodes"][1].items() if value is None} == nulls


async def test_what_lies_furthest_apart_comes_first_unless_asked_otherwise() -> None:
    assert await asked("") == MonthlyAsk(order=MonthlyOrder.DEVIATION, descending=True, first=50)


async def test_every_condition_and_the_page_reach_the_store() -> None:
    arguments = f"""(
        filter: {{province: ["910000"], unit: ["{UNIT}"], monthFrom: "2026-09", monthTo: "2026-10",
            beyondTolerance: true, independent: false}}
        orderBy: MONTH, descending: false, last: 5, before: "x"
    )"""
    span = MonthSpan(Month(2026, 9), Month(2026, 10))
    assert await asked(arguments, reach=JIA) == MonthlyAsk(
        span, JIA, ("910000",), (UNIT,), beyond=True, independent=False, as_of=NOW, order=MonthlyOrder.MONTH,
        last=5, before="x",
    )  # fmt: skip


@pytest.mark.parametrize("named", ["monthFrom", "monthTo"])
async def test_one_month_that_is_named_is_asked_alone(named: str) -> None:
    question = await asked(f'(filter: {{{named}: "2026-09"}})')
    assert question.span == MonthSpan(Month(2026, 9), Month(2026, 9))


async def test_a_past_state_is_asked_for() -> None:
    assert (await asked("(asOf: {batch: 0})")).as_of == AsOf(batch=0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ('(filter: {monthFrom: "2026-10", monthTo: "2026-09"})', "INVALID_INPUT"),
        ('(filter: {monthFrom: "2025-10", monthTo: "2026-10"})', "TOO_LARGE"),
        ('(filter: {monthFrom: "October"})', "INVALID_INPUT"),
        ('(filter: {unit: ["nobody"]})', "MALFORMED_CODE"),
        ("(first: 1, last: 1)", "INVALID_INPUT"),
        ("(first: 0)", "INVALID_INPUT"),
    ],
)
async def test_what_cannot_be_asked_is_refused_before_the_store_is(arguments: str, code: str) -> None:
    made = sources(ROW)
    error = await made.error(f"{{ monthlyDifferences{arguments} {{ nodes {{ unit }} }} }}")
    assert error["extensions"]["code"] == code
    assert made.figures.months == []


async def test_the_whole_list_is_counted_province_by_province() -> None:
    provinces = [
        {"code": code, "province": code, "level": "province", "parent": None, "name": name}
        for code, name in (("910000", "甲省"), ("920000", "乙省"))
    ]
    made = sources(ROW, LACKING, registry=FakeRows({"region": provinces}))
    answer = await made.data("{ monthlyDifferences(first: 1) { nodes { unit } coverage { province rows } } }")
    assert answer["monthlyDifferences"]["coverage"] == [
        {"province": "910000", "rows": 2},
        {"province": "920000", "rows": 0},
    ]
