"""Rows that stay columns read as the lists they stand for."""

from __future__ import annotations

import pyarrow as pa
import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from graph.execution.levels import Mixed, Parted, Picked, Rows, keys_of, part_of, together


@strawberry.type
class Thing:
    """A row with a part of a group."""

    group: int
    name: str
    note: str | None = None


@strawberry.type
class Held:
    """A row that holds another."""

    place: int
    thing: Thing | None = None


def things(*groups: int | None) -> Rows[Thing]:
    """Things of these groups, named by their place."""
    names = [str(place) for place in range(len(groups))]
    return Rows(pa.table({"group": pa.array(groups, pa.int64()), "name": names}), Thing)


def names(found: object) -> object:
    """The names of things, however they are held."""
    return [each.name for each in found]  # type: ignore[attr-defined]


def test_rows_are_a_list_of_objects_once_somebody_wants_them() -> None:
    found = things(1, 2, 2)
    assert len(found) == 3
    assert found[1] == Thing(group=2, name="1")
    assert names(found[1:]) == ["1", "2"]
    assert found[0] is found.made[0]
    assert "made" not in vars(things(1))


def test_no_rows_have_no_columns_to_miss() -> None:
    assert list(Rows.none(Thing)) == []
    assert Rows.none(Thing).values("name") == []


def test_an_attribute_is_read_without_objects() -> None:
    found = things(1, 2)
    assert found.values("name") == ["0", "1"]
    assert keys_of(found, "group", "name") == [(1, "0"), (2, "1")]
    assert "made" not in vars(found)
    assert found.values("note") == [None, None]
    assert keys_of(list(found), "group") == [(1,), (2,)]


def test_what_stands_beside_is_each_rows_own_in_every_part() -> None:
    held = Rows(pa.table({"place": [0, 1, 2]}), Held, {"thing": Picked(things(7, 8), pa.array([1, None, 0]))})
    assert [each.thing and each.thing.group for each in held] == [8, None, 7]
    assert [each.thing and each.thing.group for each in held.part(1, 3)] == [None, 7]


def test_what_several_have_is_one_object() -> None:
    first, none, again = Picked(things(1), pa.array([0, None, 0]))
    assert none is None
    assert first is again


@given(
    groups=st.lists(st.integers(0, 3) | st.none(), max_size=12),
    parents=st.lists(st.integers(0, 4), max_size=4),
)
def test_each_parent_has_the_rows_of_its_key_in_their_order(
    groups: list[int | None], parents: list[int]
) -> None:
    parted = Parted.by(things(*groups), ("group",), [(parent,) for parent in parents])
    expected = [[str(place) for place, group in enumerate(groups) if group == parent] for parent in parents]
    assert [names(part) for part in parted] == expected
    assert parted.lengths == list(map(len, expected))


def test_rows_in_their_parents_order_are_not_copied() -> None:
    found = things(1, 1, 2)
    assert Parted.by(found, ("group",), [(1,), (2,), (3,)]).rows is found


def test_parts_are_found_from_both_ends_and_no_further() -> None:
    parted = Parted.by(things(1, 2), ("group",), [(1,), (2,)])
    assert names(parted[-1]) == ["1"]
    assert [len(part) for part in parted[:]] == [1, 1]
    with pytest.raises(IndexError):
        parted[2]


def test_parts_found_apart_are_put_together_with_what_stands_beside() -> None:
    parts = [
        Rows(pa.table({"place": [0]}), Held, {"thing": Picked(things(7), pa.array([0]))}),
        Rows(pa.table({"place": [1, 2]}), Held, {"thing": Picked(things(8, 9), pa.array([1, None]))}),
    ]
    together = Parted.concatenated(parts, Held)
    assert [[each.thing and each.thing.group for each in part] for part in together] == [[7], [9, None]]


def test_rows_of_several_types_come_in_the_order_they_were_named() -> None:
    held = Rows(pa.table({"place": [5]}), Held)
    mixed = Mixed.of([Picked(things(1, 2), pa.array([0, None])), Picked(held, pa.array([0]))], [[0, 2], [1]])
    first, second, third = mixed
    assert isinstance(first, Thing)
    assert isinstance(second, Held)
    assert third is None


def test_lists_put_together_stay_columns_where_their_columns_are_alike() -> None:
    whole = together([things(1, 2), Rows.none(Thing), things(3)])
    assert isinstance(whole, Rows)
    assert "made" not in vars(whole)
    assert names(whole) == ["0", "1", "0"]


@pytest.mark.parametrize(
    "other",
    [
        [Thing(group=9, name="x")],
        Rows(pa.table({"group": pa.array([9], pa.int8()), "name": ["x"]}), Thing),
        Rows(pa.table({"group": [9], "name": ["x"], "note": ["y"]}), Thing),
    ],
    ids=["objects", "another width", "more columns"],
)
def test_lists_of_other_columns_are_put_together_as_objects(other: list[Thing]) -> None:
    assert names(together([things(1), other])) == ["0", "x"]


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_part_of_what_was_found_is_what_it_is_of_a_list(start: int, stop: int) -> None:
    start, stop = sorted((start, stop))
    picked = Picked(things(1, 2), pa.array([1, None, 0]))
    parted = Parted.by(things(1, 2, 2), ("group",), [(1,), (2,), (3,)])
    assert list(part_of(picked, start, stop)) == list(picked)[start:stop]
    assert [names(part) for part in part_of(parted, start, stop)] == [
        names(part) for part in list(parted)[start:stop]
    ]
    assert part_of([1, 2, 3], start, stop) == [1, 2, 3][start:stop]
