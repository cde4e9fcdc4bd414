"""Columns become objects in one place: by name, enumerations as members, nothing guessed."""

from __future__ import annotations

import datetime as dt
from typing import cast

import pyarrow as pa
import pytest
import strawberry

from graph.errors import StoreError
from graph.execution.rows import columns, rows
from graph.types._enums import Tier


@strawberry.type
class Thing:
    """A row with one attribute of each sort."""

    place: strawberry.Private[int]
    name: str
    tier: Tier | None
    seen: dt.datetime | None
    note: str | None = None

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()


def _table(**changes: pa.Array) -> pa.Table:
    given = {
        "place": pa.array([1, 2]),
        "name": pa.array(["a", "b"]),
        "tier": pa.array(["hundred", None]),
        "seen": pa.array([dt.datetime(2026, 1, 1), None], pa.timestamp("us")),  # noqa: DTZ001  # a store's own
        "other": pa.array([0, 0]),
    }
    return pa.table({**given, **changes})


def test_a_row_is_an_object_with_the_columns_of_its_attributes() -> None:
    first, second = rows(_table(), Thing)
    assert (first.place, first.name, first.tier, first.note) == (1, "a", Tier.HUNDRED, None)
    assert first.seen == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert (second.tier, second.seen) == (None, None)


def test_the_columns_are_there_without_the_objects() -> None:
    assert columns(_table(note=pa.array(["x", "y"])), Thing).keys() == {
        "place",
        "name",
        "tier",
        "seen",
        "note",
    }


def test_an_empty_table_has_no_rows() -> None:
    assert rows(_table().slice(0, 0), Thing) == []


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(StoreError, match="Thing needs the column 'name'"):
        rows(_table().drop_columns(["name"]), Thing)


def test_an_unknown_word_is_an_error_where_it_stands_and_never_a_default() -> None:
    known, unknown = rows(_table(tier=pa.array(["hundred", "million"])), Thing)
    assert known.tier is Tier.HUNDRED
    with pytest.raises(StoreError, match=r"Thing\.tier: 'million' is none of"):
        raise cast("StoreError", unknown.tier)


def test_a_moment_that_has_a_zone_keeps_its_instant() -> None:
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    (first, _) = rows(_table(seen=pa.array([noon, noon], pa.timestamp("us", tz="Asia/Shanghai"))), Thing)
    assert first.seen == noon
