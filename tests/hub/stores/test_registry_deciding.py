"""Decisions: all or none, what changed is told with its audit, every fault is named, the same twice is once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Conflict, FaultyRows, InvalidInput
from graph.ports import AuditEntry, Decided, Decision, DecisionSink
from hub.stores.registry.deciding import FAULTS_TOLD_MAX
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import CASES, FOREIGN, OWN, Case, decide, decider, kinds, one, told
from tests.hub.stores.registry_fakes import NOON, WHO, audited, code_of, invented_registry, listed, unit

EACH = pytest.mark.parametrize(("noun", "case"), CASES.items(), ids=list(CASES))


def filled(folder: Path) -> Iterator[Registry]:
    """A registry with a unit in each of two provinces."""
    for made in invented_registry(folder):
        made.upsert("unit", [unit(1), unit(2, "980200")], WHO)
        yield made


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from filled(tmp_path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One for many examples."""
    yield from filled(tmp_path_factory.mktemp("lasting"))


def test_the_registry_is_the_sink_that_the_port_asks_for(registry: Registry) -> None:
    sink: DecisionSink = registry
    assert sink.decide("unit", [], decider()).decided == []


# ---- what a decision does -------------------------------------------------------------------------------


@EACH
def test_a_new_row_is_told_with_all_it_holds_and_its_audit(registry: Registry, noun: str, case: Case) -> None:
    found = decide(registry, noun, case.row)
    (decided,) = found.decided
    (row,) = found.table.to_pylist()
    assert row == listed(registry, noun)[-1]
    assert {name: row[name] for name in case.row} == case.row
    assert {name: after for name, (_, after) in decided.changes.items() if name in case.row} == case.row
    assert {before for before, _ in decided.changes.values()} == {None}
    (audit,) = listed(registry, "audit", noun=noun)[-1:]
    assert decided.audit == AuditEntry(audit["id"], NOON, WHO, "insert")
    assert decided.latest == audit["id"]
    assert audited(registry, noun)[-1][2] is None


@EACH
def test_a_changed_row_is_told_with_what_changed_and_keeps_the_rest(
    registry: Registry, noun: str, case: Case
) -> None:
    decide(registry, noun, case.row)
    key = _key(noun, case)
    found = decide(registry, noun, {**key, **case.more})
    (decided,), (row,) = found.decided, found.table.to_pylist()
    assert {name: row[name] for name in {**case.row, **case.more}} == {**case.row, **case.more}
    assert {name: after for name, (_, after) in decided.changes.items()} == case.more
    action, _, before, after = audited(registry, noun)[-1]
    assert action == "update"
    assert before.keys() == after.keys()
    assert {name for name in after if before[name] != after[name]} == set(case.more)


@EACH
def test_the_same_row_again_changes_nothing_and_leaves_no_audit(
    registry: Registry, noun: str, case: Case
) -> None:
    first = one(registry, noun, case.row)
    again = one(registry, noun, case.row)
    assert again == Decided({}, None, first.latest)
    assert one(registry, noun, _key(noun, case)) == again
    assert len(listed(registry, "audit", noun=noun)) == (3 if noun == "unit" else 1)


@pytest.mark.parametrize(
    ("noun", "empty"), [(noun, case.empty) for noun, case in CASES.items() if case.empty]
)
def test_null_empties_what_may_be_empty(registry: Registry, noun: str, empty: str) -> None:
    case = CASES[noun]
    full = {**case.row, **case.more}
    decide(registry, noun, full)
    found = decide(registry, noun, {**_key(noun, case), empty: None})
    assert found.decided[0].changes == {empty: (full[empty], None)}
    assert found.table.to_pylist()[0][empty] is None


def _key(noun: str, case: Case) -> dict[str, Any]:
    keys = {
        "unit": ["credit_code"],
        "platform": ["province"],
        "link": ["key"],
        "quarterly_report": ["province", "quarter"],
    }
    return {name: case.row[name] for name in keys.get(noun, list(case.row)[:2])}


def test_rows_come_back_in_their_order_and_the_same_row_twice_is_one(registry: Registry) -> None:
    found = decide(registry, "unit", unit(9), unit(3), {"credit_code": OWN}, unit(9))
    assert found.table.column("credit_code").to_pylist() == [code_of(9), code_of(3), OWN, code_of(9)]
    assert [decided.audit is not None for decided in found.decided] == [True, True, False, True]
    assert found.decided[0] == found.decided[3]
    numbers = [row["id"] for row in listed(registry, "audit", noun="unit")][2:]
    assert [decided.latest for decided in found.decided[:2]] == numbers
    assert [row["subject"] for row in listed(registry, "audit", noun="unit")][2:] == [code_of(9), code_of(3)]


def test_what_follows_from_a_cell_is_told_as_changed_with_it(registry: Registry) -> None:
    changes = one(registry, "unit", {"credit_code": OWN, "region": "970000", "industry": "D4411"}).changes
    assert changes == {
        "region": ("970101", "970000"),
        "industry": ("C311", "D4411"),
        "city": ("970100", None),
        "section": ("C", "D"),
    }


def test_whoever_mirrors_the_registry_notices_a_decision(registry: Registry) -> None:
    before = registry.revision()
    one(registry, "unit", {"credit_code": OWN, "tier": "hundred"})
    assert registry.revision() > before


# ---- faults ---------------------------------------------------------------------------------------------


def test_every_fault_of_every_row_is_told_and_nothing_is_written(registry: Registry) -> None:
    rows = [
        {"credit_code": "x", "name": "", "industry": "zz"},
        unit(3),
        {"credit_code": code_of(4), "name": None, "tier": "hundred"},
        {"credit_code": OWN, "roster_batch": 0, "name": None},
        unit(3, tier="hundred"),
    ]
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "unit", *rows)
    found = told(raised.value)
    assert sorted({(row, column) for row, column, _ in found}, key=str) == sorted(
        [(0, "credit_code"), (0, "name"), (0, "industry"), (2, "name"), (2, "region"), (2, "industry"),
         (3, "roster_batch"), (3, "name"), (4, None)],
        key=str,
    )  # fmt: skip
    assert (4, None, "has the key of row 1, and other values") in found
    assert [row for row, _, _ in found] == sorted(row for row, _, _ in found)
    assert len(listed(registry, "unit")) == len(audited(registry, "unit")) == 2


def test_a_model_says_where_in_its_own_words(registry: Registry) -> None:
    instrument = {**CASES["instrument"].row, "calibrated_on": "2026-02-02", "calibration_until": "2026-01-01"}
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "instrument", instrument)
    assert told(raised.value) == [
        (0, None, "calibrationUntil: calibration ends 2026-01-01, not after 2026-02-02")
    ]


def test_faults_beyond_the_first_hundred_are_counted(registry: Registry) -> None:
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "unit", *(unit(n, tier="huge", industry="zz") for n in range(60)))
    assert (len(raised.value.faults), raised.value.more) == (FAULTS_TOLD_MAX, 20)


def test_a_secret_given_for_its_name_is_not_repeated(registry: Registry) -> None:
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "link", {**CASES["link"].row, "credential": "s3cr3t/with+signs=="})
    assert "s3cr3t" not in str(raised.value) + str(told(raised.value))
    assert kinds(raised.value) == [(0, "credential", InvalidInput)]


# ---- who saw what ---------------------------------------------------------------------------------------


def test_who_has_seen_the_newest_audit_row_may_change_it_and_who_has_not_may_not(registry: Registry) -> None:
    first = one(registry, "unit", unit(5), seen=0)
    second = one(registry, "unit", unit(5, name="二"), seen=first.latest)
    with pytest.raises(FaultyRows) as raised:
        one(registry, "unit", unit(5, name="三"), seen=first.latest)
    assert kinds(raised.value) == [(0, "if_latest", Conflict)]
    assert str(second.latest) in told(raised.value)[0][2]
    assert one(registry, "unit", unit(5, name="三"), seen=second.latest).changes == {"name": ("二", "三")}


def test_who_believes_that_a_row_is_new_does_not_change_one_that_stands(registry: Registry) -> None:
    with pytest.raises(FaultyRows, match="changed meanwhile"):
        one(registry, "unit", unit(1, name="改"), seen=0)


def test_what_is_sent_again_changes_nothing_whatever_its_sender_had_seen(registry: Registry) -> None:
    sent = [unit(5), unit(6)]
    first = decide(registry, "unit", *sent, seen=0).decided
    again = decide(registry, "unit", *sent, seen=0).decided
    assert [each.audit for each in again] == [None, None]
    assert [each.latest for each in again] == [each.latest for each in first]
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "unit", unit(5), unit(6, name="改"), seen=0)
    assert kinds(raised.value) == [(1, "if_latest", Conflict)]


def test_of_two_that_saw_the_same_one_is_refused(registry: Registry) -> None:
    seen = one(registry, "unit", {"credit_code": OWN}).latest

    def rename(name: str) -> bool:
        try:
            one(registry, "unit", {"credit_code": OWN, "name": name}, seen=seen)
        except FaultyRows:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(rename, "甲乙丙丁")) == [False, False, False, True]


# ---- the law --------------------------------------------------------------------------------------------

_DAYS = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
_MILESTONES = st.fixed_dictionaries(
    {
        "unit": st.sampled_from([OWN, FOREIGN]),
        "stage": st.sampled_from(["surveyed", "contracted", "installed"]),
    },
    optional={"planned": _DAYS, "actual": _DAYS},
)


@given(st.lists(_MILESTONES, max_size=6))
def test_the_same_rows_twice_leave_the_audit_as_after_the_first_time(
    lasting: Registry, rows: list[dict[str, Any]]
) -> None:
    noun, decisions = "access_end_milestone", [Decision(row) for row in rows]
    before = len(listed(lasting, "audit", noun=noun))
    try:
        first = lasting.decide(noun, decisions, decider())
    except FaultyRows:
        assert len(listed(lasting, "audit", noun=noun)) == before
        return
    after = listed(lasting, "audit", noun=noun)
    assert len(after) - before == len({decided.audit.id for decided in first.decided if decided.audit})
    again = lasting.decide(noun, decisions, decider())
    assert listed(lasting, "audit", noun=noun) == after
    assert again.table == first.table
    assert again.decided == [Decided({}, None, decided.latest) for decided in first.decided]
