"""Texts that dictionaries repeat, cut before they are spelt out in every row: 2 kB of Arrow or Parquet became gigabytes."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody

CELL_MAX = 128  # characters of a repeated text; no code, word, label or number is longer
_TEXTS = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
    pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
)  # fmt: skip
_OTHERS = (pa.types.is_primitive, pa.types.is_decimal, pa.types.is_null, pa.types.is_dictionary)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text, of whatever kind."""
    return any(test(kind) for test in _TEXTS)


def texts_of(schema: pa.Schema, names: Iterable[str]) -> list[str]:
    """Those of a Parquet file's columns that are to be read as dictionaries, as they lie there.

    Raises MalformedBody for a column of anything else that may be much larger than it lies there.
    """
    found = []
    for name in names:
        kind = schema.types[schema.names.index(name)]
        if is_text(kind):
            found.append(name)
        elif not any(is_it(kind) for is_it in _OTHERS):
            raise MalformedBody(f"expected text, numbers or moments, came {kind}", name)
    return found


def cut(table: pa.Table) -> pa.Table:
    """The table with short texts in its dictionaries, whatever kind of text they came as. Raises MalformedBody."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and not pa.types.is_primitive(field.type.value_type):
            chunks = [
                pa.DictionaryArray.from_arrays(chunk.indices, _short(chunk.dictionary, field.name))
                for chunk in table.column(place).chunks
            ]
            kind = pa.dictionary(field.type.index_type, pa.string())
            table = table.set_column(place, field.name, pa.chunked_array(chunks, kind))
    return table


def _short(words: pa.Array, name: str) -> pa.Array:
    try:
        return pc.utf8_slice_codeunits(words.cast(pa.string()), 0, CELL_MAX)
    except pa.ArrowException as fault:
        raise MalformedBody(f"expected text or numbers, came {words.type}: {fault}", name) from fault
