"""Columns of few different texts as dictionaries, and where their words stand among those that are known.

A word is looked up once and its rows by number, so that the points of a province's day are found in a few milliseconds.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

WORD = pa.dictionary(pa.int32(), pa.string())
PAIRS_MAX = 4_000_000  # of unit and code: a province's, each four bytes; more are looked up one by one
Numbers: TypeAlias = npt.NDArray[Any]


def worded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text as one dictionary."""
    return pa.chunked_array([whole(column)], WORD)


def whole(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """The same; what came as a dictionary is not spelt out, and a row without a word has none in it either."""
    spelt = not pa.types.is_dictionary(column.type)
    if spelt or any(chunk.dictionary.null_count for chunk in column.chunks):
        column = column.cast(pa.string()).dictionary_encode()
    return column.cast(WORD).unify_dictionaries().combine_chunks()


def numbers_among(words: pa.DictionaryArray, known: pa.DictionaryArray) -> Numbers:
    """The number each row's word has among those known; -1 for none, and for one that is not."""
    numbers = integers(pc.index_in(words.dictionary, value_set=known.dictionary))
    with_none = np.append(numbers, np.int32(-1))  # which stands for a row without a word
    found: Numbers = with_none[integers(words.indices)]
    return found


def integers(places: pa.Array) -> Numbers:
    """Places as numbers of numpy, -1 where there is none."""
    found: Numbers = pc.fill_null(places, -1).to_numpy(zero_copy_only=False)
    return found


def at(numbers: Numbers, known: Numbers, many: int) -> pa.Array:
    """Where each number, below `many`, stands first among those known; null where it does not."""
    first = np.full(many + 1, -1, np.int32)  # the last one stands for what has no number
    first[known[::-1]] = np.arange(len(known), dtype=np.int32)[::-1]
    first[many] = -1
    found = first[numbers]
    return pa.array(found, mask=found < 0)


def at_both(rows: tuple[Numbers, Numbers], known: tuple[Numbers, Numbers]) -> pa.Array:
    """The same of pairs: one number is made of both, of codes that rows name alone, so that there are few."""
    named = np.unique(rows[1])
    renumbered = np.full(int(max(known[1].max(initial=-1), named.max(initial=-1))) + 2, -1, np.int64)
    renumbered[named[named >= 0]] = np.arange(np.count_nonzero(named >= 0))
    width = len(named)
    each = []
    for units, codes in (rows, known):
        code = renumbered[codes]
        each.append(np.where((units < 0) | (code < 0), -1, units.astype(np.int64) * width + code))
    many = int(max(rows[0].max(initial=-1), known[0].max(initial=-1)) + 1) * width
    if many <= PAIRS_MAX:
        return at(each[0], each[1], many)
    value_set = pa.array(each[1], mask=each[1] < 0)
    return pc.index_in(pa.array(each[0], mask=each[0] < 0), value_set=value_set, skip_nulls=True)


def taken(column: pa.ChunkedArray, places: pa.Array) -> pa.ChunkedArray:
    """The column's values at these places; where it has none at all, that takes no look."""
    if column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(places), column.type)])
    return column.take(places)
