"""Columns written by Arrow's kernels are the texts graphql-core's values have, to the last character."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from graphql import GraphQLNonNull, GraphQLOutputType
from hypothesis import given
from hypothesis import strategies as st

from graph.execution.columnar.moments import MANY, follows, whole_minutes
from graph.execution.columnar.texts import Unusual, listed, written, written_values
from graph.model.unit import Tier
from tests.graph.fakes import schema

UTC = dt.UTC


def kind(name: str) -> GraphQLOutputType:
    """A leaf of the schema."""
    found: Any = schema()._schema.get_type(name)
    return found  # type: ignore[no-any-return]


def texts(name: str, column: pa.Array, enumeration: Any = None) -> list[str]:
    """A column as it is written."""
    found: list[str] = written(kind(name), column, enumeration, "Thing.column").whole.to_pylist()
    return found


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Some values, some of them null."""
    return st.lists(st.none() | values, max_size=12)


def decimals(scale: int) -> st.SearchStrategy[Decimal]:
    """Numbers of a column of decimals, small ones among them."""
    whole = st.integers(-(10**17), 10**17) | st.integers(-30, 30)
    return whole.map(lambda number: Decimal(number).scaleb(-scale))


MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001 - as columns keep them
COLUMNS = {
    "String": (pa.string(), st.text(st.characters(exclude_categories=["Cs"]))),
    "Boolean": (pa.bool_(), st.booleans()),
    "Int": (pa.int64(), st.integers(-(2**31), 2**31 - 1)),
    "Count": (pa.int64(), st.integers(0, 2**53 - 1)),
    "Float": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "Decimal": (pa.decimal128(38, 4), decimals(4)),
    "Date": (pa.date32(), st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))),
    "DateTime": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
}
OTHERS = [
    ("Decimal", pa.decimal128(38, 0), decimals(0)),
    ("Decimal", pa.decimal128(38, 10), decimals(10)),
    ("Decimal", pa.decimal256(76, 6), decimals(6)),
    (
        "DateTime",
        pa.timestamp("s", "UTC"),
        MOMENTS.map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC)),
    ),
    ("DateTime", pa.timestamp("us", "Asia/Shanghai"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    ("Int", pa.int8(), st.integers(-128, 127)),
]


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [*((name, *rest) for name, rest in COLUMNS.items()), *OTHERS],
    ids=lambda given: str(given) if isinstance(given, str | pa.DataType) else "",
)
def test_a_column_is_written_as_its_values_are(
    name: str, column: pa.DataType, values: st.SearchStrategy[Any]
) -> None:
    @given(nullable(values))
    def law(found: list[Any]) -> None:
        came = texts(name, pa.array(found, column))
        assert came == written_values(kind(name), found).to_pylist()

    law()


@given(nullable(MOMENTS))
def test_a_moment_without_a_zone_is_utc(found: list[Any]) -> None:
    came = texts("DateTime", pa.array(found, pa.timestamp("us")))
    said = [None if moment is None else moment.replace(tzinfo=UTC) for moment in found]
    assert came == written_values(kind("DateTime"), said).to_pylist()


def test_a_word_becomes_the_name_of_its_enumeration() -> None:
    column = pa.array(["hundred", None, "hundred"])
    assert texts("Tier", column, Tier) == ['"HUNDRED"', "null", '"HUNDRED"']


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("Int", pa.array([2**31]), "out of bounds"),
        ("Count", pa.array([-1]), "out of bounds"),
        ("Count", pa.array([2**53]), "out of bounds"),
        ("Float", pa.array([float("nan")]), "no Float"),
        ("Float", pa.array([float("inf")]), "no Float"),
        ("Decimal", pa.array(["one"]), "no Decimal"),
        ("Date", pa.array(["2026-01-01"]), "no Date"),
        ("DateTime", pa.array([1]), "no DateTime"),
        ("Boolean", pa.array(["yes"]), "no Boolean"),
        ("String", pa.array([["a"]]), "columns of list"),
    ],
)
def test_what_graphql_core_would_not_write_is_left_to_it(name: str, column: pa.Array, why: str) -> None:
    with pytest.raises(Unusual, match=why):
        texts(name, column)


def test_an_unknown_word_is_left_to_graphql_core() -> None:
    with pytest.raises(Unusual, match="no Tier"):
        texts("Tier", pa.array(["million"]), Tier)


def test_null_where_there_never_is_one_is_left_to_graphql_core() -> None:
    with pytest.raises(Unusual, match="null"):
        written(GraphQLNonNull(kind("Int")), pa.array([1, None]), None, "Thing.column")  # type: ignore[arg-type]


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=5))
def test_parts_become_lists(parts: list[list[int]]) -> None:
    flat = pa.array([str(item) for part in parts for item in part], pa.string())
    bounds = [sum(map(len, parts[:place])) for place in range(len(parts) + 1)]
    came = listed(flat, pa.array(bounds, pa.int32())).to_pylist()
    assert [orjson.loads(text) for text in came] == parts


MINUTES = st.integers(-1_036_800_000, 4_200_000_000)  # since 1970; some before the year 0, some after 9999


@given(st.lists(MINUTES, min_size=1, max_size=9), st.sampled_from([0, 1, 15, 1440]), st.booleans())
def test_whole_minutes_are_a_date_and_a_time(starts: list[int], step: int, with_seconds: bool) -> None:
    minutes = [start + step * place for start in starts for place in range(3)]
    moments = np.array(minutes, np.int64) * 60_000_000 + (7_000_000 if with_seconds else 0)
    by_arrow = pa.array(moments, pa.timestamp("us")).cast(pa.timestamp("s")).cast(pa.string()).to_pylist()
    found = whole_minutes(moments)
    if with_seconds or any(len(text) != len("2026-06-01 00:00:00") for text in by_arrow):
        assert found is None
    else:
        assert found is not None
        assert [text.replace("T", " ") for text in found.to_pylist()] == by_arrow


def test_many_moments_are_written_as_few_are() -> None:
    start = dt.datetime(2026, 2, 27, 23, 45, tzinfo=UTC)
    found = [start + dt.timedelta(minutes=15 * place) for place in range(MANY)]
    for seconds in (0, 1):
        moments = [moment + dt.timedelta(seconds=seconds) for moment in found]
        few = [text for moment in moments for text in texts("DateTime", pa.array([moment]))]
        assert texts("DateTime", pa.array(moments)) == few


@given(
    st.lists(st.none() | st.integers(0, 3), max_size=5),
    st.lists(st.none() | st.integers(0, 3), max_size=5),
    st.sampled_from(["us", "s"]),
)
def test_a_column_follows_another_that_it_is_from_the_second_row_on(
    ours: list[int | None], theirs: list[int | None], unit: str
) -> None:
    column, other = pa.array(ours, pa.timestamp("us")), pa.array(theirs, pa.timestamp(unit))
    is_moved = len(ours) == len(theirs) > 1 and ours[:-1] == theirs[1:]
    expected = is_moved and None not in ours + theirs and unit == "us"
    assert follows(column, other) == expected
