"""Pages: joined they are the whole list; what is no cursor, column or value of one is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput, TooLarge
from graph.model.principal import NATION
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.registry import Registry
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
from tests.hub.stores.registry_fakes import NOON, fill, invented_registry, listed, of_region, of_unit


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path_factory.mktemp("rows")):
        fill(registry)
        yield registry


# ---- the law of pages -----------------------------------------------------------------------------------

SIDES = ("before", "after")
COLUMNS = {
    "unit": ("id", "credit_code", "name", "city", "roster_batch", "region", "province"),
    "data_point": ("id", "code", "kind", "low", "until", "scope", "unit", "point_id"),
    "link": ("id", "key", "credential", "enabled"),
    "audit": ("at", "noun", "subject"),
}
FILTERS: dict[str, list[tuple[Condition, ...]]] = {
    "unit": [
        (),
        (Condition("name", ("单位1", "单位2"), Compare.IN),),
        (Condition("city", None),),
        (Condition("roster_batch", 2, Compare.GE), Condition("name", "单位5", Compare.LT)),
    ],
    "data_point": [
        (),
        (Condition("low", 1, Compare.LT),),
        (Condition("kind", ("natural_gas", None), Compare.IN),),
        (Condition("until", dt.date(2027, 1, 3), Compare.GE),),
    ],
    "link": [(), (Condition("enabled", value=False),)],
    "audit": [(Condition("noun", "agency"),), (Condition("at", NOON, Compare.GE), Condition("noun", "unit"))],
}


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    noun = draw(st.sampled_from(sorted(COLUMNS)))
    order = draw(st.none() | st.builds(Order, st.sampled_from(COLUMNS[noun]), st.booleans()))
    where = draw(st.sampled_from(FILTERS[noun]))
    reach = draw(st.sampled_from([NATION, of_region("970000"), of_region("970100"), of_unit(4)]))
    return Ask(noun, reach, where, order)


def in_plain_python(rows: list[dict[str, Any]], ask: Ask) -> list[int]:
    """The ids of the rows an ask means, found without SQL."""
    kept = [row for row in rows if all(_holds(row[c.column], c) for c in ask.where)]
    order = ask.order or Order("id")
    kept.sort(key=lambda row: row["id"], reverse=order.descending)
    known = [row for row in kept if row[order.column] is not None]
    known.sort(key=lambda row: row[order.column], reverse=order.descending)
    return [row["id"] for row in known] + [row["id"] for row in kept if row[order.column] is None]


def _holds(value: Any, condition: Condition) -> bool:
    wanted: Any = condition.value
    if condition.compare is Compare.IN:
        return value in wanted
    if condition.compare is Compare.EQ:
        return bool(value == wanted)
    return value is not None and bool(value >= wanted if condition.compare is Compare.GE else value < wanted)


@given(ask=asks(), sizes=SIZES)
def test_pages_joined_from_either_end_are_the_whole_list_in_its_order(
    registry: Registry, ask: Ask, sizes: list[int]
) -> None:
    everything: list[dict[str, Any]] = registry.rows(Ask(ask.noun, ask.reach)).table.to_pylist()
    whole = in_plain_python(everything, ask)
    assert ids_of(registry.rows(ask)) == whole
    assert walked_forwards(registry, ask, sizes) == whole
    assert walked_backwards(registry, ask, sizes) == whole


@given(ask=asks(), cut=CUTS)
def test_a_page_between_two_cursors_tells_what_lies_beside_it(registry: Registry, ask: Ask, cut: Cut) -> None:
    check_cut(registry, ask, cut)


@given(ask=asks(), cut=CUTS, data=st.data())
def test_pages_of_several_lists_asked_at_once_are_those_asked_one_by_one(
    registry: Registry, ask: Ask, cut: Cut, data: st.DataObject
) -> None:
    wheres = data.draw(st.lists(st.sampled_from(FILTERS[ask.noun]), min_size=1, max_size=4))
    check_together(registry, ask, wheres, cut)


def test_a_cursor_where_no_row_stands_any_more_cuts_the_list_at_its_place(registry: Registry) -> None:
    ask, place = Ask("unit", order=Order("name")), forged("unit.name+", "单位3 and later", 1)
    smaller, larger = (ids_of(registry.rows(from_side(ask, side, place))) for side in SIDES)
    assert smaller + larger == ids_of(registry.rows(ask))
    assert (len(smaller), len(larger)) == (21, 15)


def test_rows_without_a_value_follow_a_cursor_that_has_one(registry: Registry) -> None:
    ask = Ask("data_point", order=Order("until"))
    known = registry.rows(replace(ask, first=1)).cursors[0]
    without = replace(ask, where=(Condition("until", None),))
    assert registry.rows(replace(without, after=known)).table.num_rows == 72
    nothing = registry.rows(replace(without, last=3, before=known))
    assert (ids_of(nothing), nothing.has_previous, nothing.has_next) == ([], False, True)


def test_any_cursor_of_a_page_goes_on_right_after_its_row(registry: Registry) -> None:
    page = registry.rows(Ask("unit", order=Order("name", descending=True), first=10))
    for cursor, row_id in zip(page.cursors[3:5], page.table["id"].to_pylist()[4:6], strict=True):
        after = registry.rows(Ask("unit", order=Order("name", descending=True), first=1, after=cursor))
        assert ids_of(after) == [row_id]
        before = registry.rows(
            Ask("unit", order=Order("name", descending=True), last=1, before=after.cursors[0])
        )
        assert list(before.cursors) == [cursor]


# ---- the wrong side -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "hello",
        "=",
        "é",
        forged(),
        forged("unit.id+", 1),
        forged("unit.name+", "a", 1),
        forged("unit.id-", 1, 1),
        forged("agency.id+", 1, 1),
        forged("unit.id+", "one", 1),
        forged("unit.id+", 1, "1"),
        forged("unit.id+", 1, 10**30),
        forged("unit.id+", None, 1),
        forged("unit.id+", [1], 1),
        forged("unit.id+", 1, True),
        "A" * 5_000,
    ],
)
@pytest.mark.parametrize("side", SIDES)
def test_what_is_no_cursor_of_this_list_is_refused(registry: Registry, side: str, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        registry.rows(from_side(Ask("unit"), side, cursor))
    assert refused.value.place in (side, "id")


@given(cursor=st.text(max_size=60))
def test_no_text_as_a_cursor_is_more_than_refused(registry: Registry, cursor: str) -> None:
    for side in SIDES:
        with pytest.raises(InvalidInput):
            registry.rows(from_side(Ask("data_point", order=Order("until")), side, cursor))


@pytest.mark.parametrize("value", ["2026-13-01", "now", 7, True, [], "2026-01-01T00:00:00"])
def test_a_forged_cursor_with_a_value_of_another_kind_is_refused(registry: Registry, value: Any) -> None:
    for side in SIDES:
        cursor = forged("data_point.until+", value, 1)
        with pytest.raises(InvalidInput):
            registry.rows(from_side(Ask("data_point", order=Order("until")), side, cursor))


@pytest.mark.parametrize("noun", NOUNS)
def test_a_forged_cursor_of_any_list_is_refused_or_answered_but_never_fails(
    registry: Registry, noun: str
) -> None:
    for column in (each for each in NOUNS[noun].columns.values() if each.is_orderable):
        ask = Ask(noun, order=Order(column.name))
        for side in SIDES:
            for value in FORGED:
                with contextlib.suppress(InvalidInput):
                    cursor = forged(f"{noun}.{column.name}+", value, 1)
                    registry.rows(from_side(ask, side, cursor))


@pytest.mark.parametrize(
    ("first", "last", "place"),
    [
        (0, None, "first"),
        (None, 0, "last"),
        (None, -1, "last"),
        (10_001, None, "first"),
        (None, 10_001, "last"),
        (3, 3, "last"),
    ],
)
def test_a_page_has_one_size_within_bounds(first: int | None, last: int | None, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Ask("unit", first=first, last=last)
    assert refused.value.place == place


def test_an_unknown_noun_or_column_is_refused_by_name(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="noun: came 'moon', expected one of region, agency"):
        registry.rows(Ask("moon"))
    with pytest.raises(InvalidInput, match="a unit has no column 'secret_hash'"):
        registry.rows(Ask("unit", order=Order("secret_hash")))
    with pytest.raises(InvalidInput, match="a client has no column 'secret_hash'"):
        registry.rows(Ask("client", where=(Condition("secret_hash", "0", Compare.GE),)))


@pytest.mark.parametrize(
    ("noun", "condition"),
    [
        ("unit", Condition("name", 7)),
        ("unit", Condition("name", "\x00")),
        ("unit", Condition("name", "\ud800", Compare.CONTAINS)),
        ("unit", Condition("roster_batch", "2")),
        ("unit", Condition("roster_batch", value=True)),
        ("unit", Condition("roster_batch", 10**30)),
        ("unit", Condition("roster_batch", 2, Compare.CONTAINS)),
        ("unit", Condition("name", None, Compare.GE)),
        ("unit", Condition("name", "x", Compare.IN)),
        ("data_point", Condition("until", NOON)),
        ("data_point", Condition("low", "1")),
        ("audit", Condition("at", NOON.replace(tzinfo=None), Compare.GE)),
        ("link", Condition("enabled", 1)),
    ],
)
def test_a_value_of_another_kind_is_refused(registry: Registry, noun: str, condition: Condition) -> None:
    with pytest.raises(InvalidInput, match=condition.column):
        registry.rows(Ask(noun, where=(condition,)))


def test_too_many_values_at_once_are_refused(registry: Registry) -> None:
    many = tuple(str(n) for n in range(10_001))
    with pytest.raises(TooLarge):
        registry.rows(Ask("unit", where=(Condition("name", many, Compare.IN),)))
    assert listed(registry, "unit", of_region("970000"))


def test_no_value_of_an_empty_list_of_values_fits(registry: Registry) -> None:
    assert registry.rows(Ask("unit", where=(Condition("name", (), Compare.IN),))).table.num_rows == 0


def test_prose_orders_nothing(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="after is prose"):
        registry.rows(Ask("audit", order=Order("after")))
