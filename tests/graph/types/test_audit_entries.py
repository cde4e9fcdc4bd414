"""The audit trail as it is asked for: who, what, where and when, the latest first, and one entry by its number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.ports import Compare, Condition, Order
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, province_row

pytestmark = pytest.mark.anyio
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
AT_THE_DOOR = 2**40 + 1  # numbers are larger than GraphQL's Int


def _entry(number: int, minutes: int, **more: Any) -> Row:
    at = NOON + dt.timedelta(minutes=minutes)
    row = {"id": number, "at": at, "who": "trial", "subject": code_of(1), "outcome": "granted", "times": 1}
    return {**row, "action": "update", "province": "910000", **more}


ENTRIES = [
    _entry(7, 0, noun="unit", organisation="office", before='{"name":"旧"}', after='{"name":"新"}', unit=code_of(1)),
    _entry(8, 2, noun="person", after='{"phone":"***"}', who="user:zhang"),
    _entry(AT_THE_DOOR, 1, action="denied", outcome="denied", code="FORBIDDEN", who=None, times=12,
           address="10.0.0.1", request="r1", detail='{"role":"audit"}', province=None),
]  # fmt: skip


def _sources() -> FakeSources:
    return FakeSources(FakeRows({"audit_entry": ENTRIES, "region": [province_row(91)]}))


async def test_the_latest_come_first() -> None:
    sources = _sources()
    data = await sources.data("{ auditEntries { nodes { id } } }")
    assert [row["id"] for row in data["auditEntries"]["nodes"]] == [8, AT_THE_DOOR, 7]
    assert sources.registry.asks[-1].order == Order("at", descending=True)


async def test_an_entry_is_told_whole_and_found_by_its_number() -> None:
    fields = (
        "id at who organisation action noun subject outcome code times before after detail address request province "
        "region unit"
    )
    data = await _sources().data(f"{{ auditEntry(id: {AT_THE_DOOR}) {{ {fields} }} }}")
    assert data["auditEntry"] == {
        **dict.fromkeys(fields.split()),
        "id": AT_THE_DOOR,
        "at": "2026-11-23T12:01:00+08:00",
        "action": "DENIED",
        "outcome": "DENIED",
        "subject": code_of(1),
        "code": "FORBIDDEN",
        "times": 12,
        "detail": '{"role":"audit"}',
        "address": "10.0.0.1",
        "request": "r1",
    }


async def test_before_and_after_are_texts_of_json() -> None:
    data = await _sources().data("{ auditEntry(id: 7) { before after } }")
    assert data["auditEntry"] == {"before": '{"name":"旧"}', "after": '{"name":"新"}'}


async def test_a_number_of_nothing_is_null() -> None:
    assert await _sources().data("{ auditEntry(id: 99) { id } }") == {"auditEntry": None}


@pytest.mark.parametrize(
    ("filter_", "condition"),
    [
        ('who: ["trial", "user:zhang"]', Condition("who", ("trial", "user:zhang"), Compare.IN)),
        ('organisation: ["office"]', Condition("organisation", ("office",), Compare.IN)),
        ("action: [TOKEN, DENIED]", Condition("action", ("token", "denied"), Compare.IN)),
        ('noun: ["unit"]', Condition("noun", ("unit",), Compare.IN)),
        ('subject: ["910000|2026Q3"]', Condition("subject", ("910000|2026Q3",), Compare.IN)),
        ("outcome: [DENIED]", Condition("outcome", ("denied",), Compare.IN)),
        ('code: ["FORBIDDEN"]', Condition("code", ("FORBIDDEN",), Compare.IN)),
        ('province: ["910000"]', Condition("province", ("910000",), Compare.IN)),
        (f'unit: ["{code_of(1)}"]', Condition("unit", (code_of(1),), Compare.IN)),
        ('atFrom: "2026-11-23T12:00:00+08:00"', Condition("at", NOON, Compare.GE)),
        ('atBefore: "2026-11-23T12:00:00+08:00"', Condition("at", NOON, Compare.LT)),
    ],
)
async def test_a_filter_is_a_condition_on_a_column(filter_: str, condition: Condition) -> None:
    sources = _sources()
    await sources.data(f"{{ auditEntries(filter: {{ {filter_} }}) {{ nodes {{ id }} }} }}")
    assert sources.registry.asks[-1].where == (condition,)


@pytest.mark.parametrize(
    ("filter_", "code"),
    [
        ('unit: ["91"]', "MALFORMED_CODE"),
        ('province: ["x"]', "MALFORMED_CODE"),
        (f'subject: ["{"x" * 501}"]', "TOO_LARGE"),
        (f'who: ["{"x" * 201}"]', "TOO_LARGE"),
    ],
)
async def test_what_is_no_value_of_a_filter_is_refused(filter_: str, code: str) -> None:
    error = await _sources().error(f"{{ auditEntries(filter: {{ {filter_} }}) {{ totalCount }} }}")
    assert error["extensions"]["code"] == code


async def test_the_list_is_paged_from_both_ends_and_says_what_it_rests_on() -> None:
    page = "nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage } coverage { province rows }"
    first = (await _sources().data(f"{{ auditEntries(first: 2) {{ {page} }} }}"))["auditEntries"]
    last = (await _sources().data(f"{{ auditEntries(last: 1) {{ {page} }} }}"))["auditEntries"]
    assert ([row["id"] for row in first["nodes"]], [row["id"] for row in last["nodes"]]) == (
        [8, AT_THE_DOOR],
        [7],
    )
    assert (first["totalCount"], first["pageInfo"]) == (3, {"hasNextPage": True, "hasPreviousPage": False})
    assert first["coverage"] == [{"province": "910000", "rows": 2}], (
        "what concerns no province counts in none"
    )


async def test_a_word_nobody_knows_costs_its_own_entry_alone() -> None:
    sources = FakeSources(FakeRows({"audit_entry": [_entry(1, 0), _entry(2, 1, action="vanish")]}))
    error = await sources.error("{ auditEntries { nodes { action } } }")
    assert error["path"] == ["auditEntries", "nodes", 0, "action"]
