"""Pages of the trail are pages of the sorted union, and SQLite finds them along its indexes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from graph.errors import InvalidInput
from graph.model.principal import NATION
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.door.tables import FIRST_LOG_ID
from hub.stores.door.trail import NOUN, Trail
from hub.stores.registry.database import reading
from tests.hub.stores.door.doors import MINUTE
from tests.hub.stores.door.trails import WHOS, among, listed
from tests.hub.stores.paging import (
    CUTS,
    FORGED,
    SIZES,
    Cut,
    check_cut,
    check_together,
    forged,
    from_side,
    ids_of,
    walked_backwards,
    walked_forwards,
)
from tests.hub.stores.registry_fakes import NOON, code_of, of_region, of_unit

NEWEST = Order("at", descending=True)


# ---- pages ----------------------------------------------------------------------------------------------

FILTERS: list[tuple[Condition, ...]] = [
    (),
    (among("who", "trial"),),
    (among("who", *WHOS, "nobody"),),
    (Condition("who", None),),
    (among("noun", "unit"),),
    (among("action", "token", "insert"),),
    (among("organisation", "office"),),
    (among("outcome", "denied"),),
    (among("province", "970000"), Condition("at", NOON + 2 * MINUTE, Compare.GE)),
    (Condition("at", NOON + 3 * MINUTE, Compare.LT), among("unit", code_of(0), code_of(3))),
]
ORDERS = ("id", "at", "who", "organisation", "action", "noun", "subject", "times", "province")


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Any filter in any order within any reach."""
    reach = draw(st.sampled_from([NATION, of_region("970000"), of_region("970100"), of_unit(0)]))
    order = draw(st.none() | st.builds(Order, st.sampled_from(ORDERS), st.booleans()))
    return Ask(NOUN, reach, draw(st.sampled_from(FILTERS)), order)


def in_plain_python(rows: list[dict[str, Any]], ask: Ask) -> list[int]:
    """The ids of the rows an ask means, found without SQL."""
    kept = [row for row in rows if within(row, ask) and all(holds(row, each) for each in ask.where)]
    order = ask.order or Order("id")
    kept.sort(key=lambda row: row["id"], reverse=order.descending)
    some = [row for row in kept if row[order.column] is not None]
    some.sort(key=lambda row: row[order.column], reverse=order.descending)
    return [row["id"] for row in [*some, *(row for row in kept if row[order.column] is None)]]


def within(row: dict[str, Any], ask: Ask) -> bool:
    """Whether a row lies within the reach."""
    if ask.reach.unit is not None:
        return bool(row["unit"] == str(ask.reach.unit))
    if ask.reach.region is None:
        return True
    region = str(ask.reach.region)
    here = row["province"] == region[:2] + "0000"
    return bool(here and (region.endswith("0000") or str(row["region"]).startswith(region[:4])))


def holds(row: dict[str, Any], condition: Condition) -> bool:
    """Whether a condition holds of a row."""
    value, wanted = row[condition.column], condition.value
    if condition.compare is Compare.IN:
        assert isinstance(wanted, tuple)
        return value in wanted
    if condition.compare is Compare.EQ:
        return bool(value == wanted)
    assert isinstance(wanted, dt.datetime)
    return bool(value >= wanted if condition.compare is Compare.GE else value < wanted)


@given(asks(), SIZES)
def test_pages_of_the_union_joined_are_the_sorted_union(trail: Trail, ask: Ask, sizes: list[int]) -> None:
    expected = in_plain_python(listed(trail), ask)
    assert ids_of(trail.rows(ask)) == expected
    assert walked_forwards(trail, ask, sizes) == expected
    assert walked_backwards(trail, ask, sizes) == expected


@given(asks(), CUTS)
def test_a_page_between_two_cursors_is_a_slice_of_the_union(trail: Trail, ask: Ask, cut: Cut) -> None:
    check_cut(trail, ask, cut)


@given(asks(), st.lists(st.sampled_from(FILTERS), min_size=1, max_size=4), CUTS)
def test_pages_asked_at_once_are_those_asked_one_by_one(
    trail: Trail, ask: Ask, wheres: list[tuple[Condition, ...]], cut: Cut
) -> None:
    check_together(trail, ask, wheres, cut)


@given(asks())
def test_the_total_and_the_counts_are_those_of_the_union(trail: Trail, ask: Ask) -> None:
    expected = in_plain_python(listed(trail), ask)
    page = trail.rows(replace(ask, first=1, want_total=True))
    assert page.total == len(expected)
    assert sum(trail.counts(ask, "province").column("rows").to_pylist()) == len(expected)


def test_numbers_are_unique_over_both(trail: Trail) -> None:
    numbers = ids_of(trail.rows(Ask(NOUN)))
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) < FIRST_LOG_ID < max(numbers)


@pytest.mark.parametrize(
    "cursor", ["", "x", forged(NOUN), *(forged(f"{NOUN}.times-", each, 1) for each in FORGED)]
)
def test_a_cursor_of_no_or_another_order_is_refused(trail: Trail, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="after"):
        trail.rows(Ask(NOUN, order=NEWEST, first=1, after=cursor))


def test_the_past_of_the_trail_is_not_told(trail: Trail) -> None:
    with pytest.raises(InvalidInput, match="asOf"):
        trail.rows(Ask(NOUN, as_of=NOON))
    with pytest.raises(InvalidInput, match="noun"):
        trail.rows(Ask("audit"))


def test_nothing_is_known_without_asking(trail: Trail) -> None:
    assert trail.known(Ask(NOUN, where=(among("who", "trial"),))) is None


# ---- nothing is scanned ---------------------------------------------------------------------------------

BUSY: dict[str, tuple[Condition, ...]] = {
    "all": (),
    "who": (among("who", "trial"),),
    "two whos": (among("who", "trial", "tester"),),
    "what": (among("action", "token"),),
    "noun": (among("noun", "unit"),),
    "subject": (among("subject", "x"),),
    "province": (among("province", "970000"),),
    "unit": (among("unit", code_of(0)),),
    "time": (Condition("at", NOON, Compare.GE), Condition("at", NOON + MINUTE, Compare.LT)),
    "who in a time": (among("who", "trial"), Condition("at", NOON, Compare.GE)),
    "denied in a province": (among("outcome", "denied"), among("province", "970000")),
}


OF_ROWS, ALONG = re.compile(r"(SCAN|SEARCH) (log|registry\.audit)"), re.compile("USING (COVERING )?INDEX")


def plans(trail: Trail, ask: Ask) -> list[list[str]]:
    """How SQLite goes about each statement of a page."""
    said: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            said.append((statement, parameters))

    event.listen(trail._engine, "before_cursor_execute", note)
    trail.rows(ask)
    event.remove(trail._engine, "before_cursor_execute", note)
    with reading(trail._engine) as connection:
        asked = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values) for each, values in said]
        return [[row[3] for row in found.all()] for found in asked]


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("cursor", [None, "after", "before"])
def test_a_page_is_merged_along_indexes(trail: Trail, name: str, cursor: str | None) -> None:
    ask = Ask(NOUN, where=BUSY[name], order=NEWEST, first=50)
    if cursor is not None:
        place = trail.rows(replace(ask, where=())).cursors[20]
        ask = from_side(ask, cursor, place)
    *cut_off, page = plans(trail, ask)
    assert "MERGE (UNION ALL)" in page
    steps = [step for plan in (page, *cut_off) for step in plan if OF_ROWS.match(step)]
    assert len(steps) == 2 * (1 + len(cut_off))
    assert [step for step in steps if not ALONG.search(step)] == []
    if cursor is not None:
        assert all("at>" in step or "at<" in step for step in steps), (
            "an index is entered where the cursor is"
        )
