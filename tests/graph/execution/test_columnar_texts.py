"""Columns written by Arrow's kernels are the texts graphql-core's values have, to the last character."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pytest
from graphql import GraphQLNonNull, GraphQLOutputType
from hypothesis import given
from hypothesis import strategies as st

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
