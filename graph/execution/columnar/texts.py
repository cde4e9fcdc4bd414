"""A column of values as JSON, written by Arrow's kernels, which leave the interpreter to others meanwhile.

What has no kernel here is written value by value as graphql-core would, each different value once. Whatever graphql-core
would not write is Unusual: it says itself what is wrong, at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from graphql import GraphQLLeafType, GraphQLOutputType, is_leaf_type, is_list_type, is_non_null_type

from graph.execution.columnar.moments import beijing_texts
from graph.execution.rows import values
from graph.execution.scalars import COUNT_MAX, write_decimal

TEXT = pa.string()
NULL, QUOTE, COMMA = pa.scalar("null"), pa.scalar('"'), ","
INT_MIN, INT_MAX = -(2**31), 2**31 - 1
MILLIONTH = 6  # places


class Unusual(Exception):
    """What is not completed by columns, and why."""


@dataclass(frozen=True)
class Written:
    """A column as JSON, less what every text begins and ends with: that is written once, with the name of the column.

    Texts that want something around them hold no null.
    """

    texts: pa.Array
    before: str = ""
    after: str = ""

    @property
    def whole(self) -> pa.Array:
        """The column by itself."""
        return (
            joined(pa.scalar(self.before), self.texts, pa.scalar(self.after)) if self.before else self.texts
        )


def joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    """Texts put together, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def listed(texts: pa.Array, bounds: pa.Array) -> pa.Array:
    """A JSON list of each part of these texts; `bounds` are where parts begin, and at last where they end."""
    lists = pa.ListArray.from_arrays(bounds, texts)
    return joined(pa.scalar("["), pc.binary_join(lists, COMMA), pa.scalar("]"))


def whole_list(rows: pa.Array) -> bytes:
    """A JSON list of texts that begin with a comma each: as they lie in memory they are the list already."""
    offsets = np.frombuffer(rows.buffers()[1], np.int32)
    start, stop = int(offsets[rows.offset]), int(offsets[rows.offset + len(rows)])
    return b"".join((b"[", memoryview(rows.buffers()[2])[start + len(COMMA) : stop], b"]"))


def written(kind: GraphQLOutputType, column: pa.Array, enumeration: type[Enum] | None, place: str) -> Written:
    """A column of leaf values of a table. Raises Unusual."""
    leaf, nullable = (kind.of_type, False) if is_non_null_type(kind) else (kind, True)
    if column.null_count and not nullable:
        raise Unusual("null where there never is one")
    if not is_leaf_type(leaf):
        raise Unusual("lists within rows")
    kernel = None if enumeration else _KERNELS.get(leaf.name)
    found = kernel(column) if kernel else None
    if found is None:
        found = _by_value(leaf, column, enumeration, place)
    return found if not column.null_count else Written(pc.fill_null(found.whole, NULL))


def written_values(kind: GraphQLOutputType, found: Sequence[Any]) -> pa.Array:
    """Values that are objects already, each by itself. Raises Unusual."""
    return pa.array([_dumped(_said(kind, value)) for value in found], TEXT)


def _said(kind: GraphQLOutputType, value: Any) -> Any:
    """A leaf, or a list of leaves, as graphql-core has it."""
    if is_non_null_type(kind):
        if value is None:
            raise Unusual("null where there never is one")
        return _said(kind.of_type, value)
    if value is None:
        return None
    if is_list_type(kind):
        if not isinstance(value, list | tuple):
            raise Unusual("a list that is none")
        return [_said(kind.of_type, item) for item in value]
    return _leaf(kind, value)


def _leaf(kind: Any, value: Any) -> Any:
    try:
        said = kind.coerce_output_value(value)
    except Exception as fault:
        raise Unusual(f"a value that is no {kind.name}") from fault
    if said is None:
        raise Unusual(f"a value that is no {kind.name}")
    return said


def _dumped(said: Any) -> str:
    try:
        return orjson.dumps(said).decode()
    except orjson.JSONEncodeError as fault:
        raise Unusual("what JSON cannot say") from fault


def _by_value(leaf: GraphQLLeafType, column: pa.Array, enumeration: type[Enum] | None, place: str) -> Written:
    """Each different value is written once."""
    try:
        coded = column.dictionary_encode()
    except pa.ArrowException as fault:
        raise Unusual(f"columns of {column.type}") from fault
    each = values(coded.dictionary, enumeration, place)
    return Written(written_values(leaf, each).take(coded.indices))


def _quoted(texts: pa.Array, end: str = "") -> Written:
    return Written(texts, before='"', after=f'{end}"')


def _text(column: pa.Array) -> Written | None:
    if not pa.types.is_string(column.type):
        return None
    escaped = pc.match_substring_regex(column, r'["\\\x00-\x1f]')
    if not pc.any(escaped).as_py():
        return _quoted(column)
    texts = [orjson.dumps(text).decode() for text in column.filter(escaped).to_pylist()]
    return Written(pc.replace_with_mask(joined(QUOTE, column, QUOTE), escaped, pa.array(texts, TEXT)))


def _decimal(column: pa.Array) -> Written | None:
    if not pa.types.is_decimal(column.type) or column.type.scale < 0:
        return None
    texts = column.cast(TEXT)
    if column.type.scale:
        texts = pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".")
    # Arrow writes what is below a millionth with an exponent.
    if column.type.scale > MILLIONTH and pc.any(small := pc.match_substring(texts, "E")).as_py():
        exact = [write_decimal(value) for value in column.filter(small).to_pylist()]
        texts = pc.replace_with_mask(texts, small, pa.array(exact, TEXT))
    return _quoted(texts)


def _date(column: pa.Array) -> Written | None:
    return _quoted(column.cast(TEXT)) if pa.types.is_date32(column.type) else None


def _moment(column: pa.Array) -> Written | None:
    texts = beijing_texts(column)
    return None if texts is None else _quoted(texts, "+08:00")


def _whole(least: int, most: int) -> Callable[[pa.Array], Written | None]:
    """Whole numbers between two."""

    def write(column: pa.Array) -> Written | None:
        if not pa.types.is_integer(column.type):
            return None
        ends = pc.min_max(column)
        if ends["min"].is_valid and not least <= ends["min"].as_py() <= ends["max"].as_py() <= most:
            raise Unusual("a whole number out of bounds")
        return Written(column.cast(TEXT))

    return write


def _truth(column: pa.Array) -> Written | None:
    return Written(column.cast(TEXT)) if pa.types.is_boolean(column.type) else None


_KERNELS: Mapping[str, Callable[[pa.Array], Written | None]] = {
    "String": _text,
    "Boolean": _truth,
    "Int": _whole(INT_MIN, INT_MAX),
    "Count": _whole(0, COUNT_MAX),
    "Decimal": _decimal,
    "Date": _date,
    "DateTime": _moment,
}
