"""What becomes of each row of a group when it meets what holds: pure columns, no database.

For each key the greatest (version, value, origin) holds. Without a source version, arrival decides. The same value
said again is a duplicate, unless its source says it under a newer version: then it holds harder than before. A batch
ends as its rows would, said one after the other from the least to the greatest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.stores.readings.lanes import integers, scaled

Numbers: TypeAlias = npt.NDArray[np.int64]
Marks: TypeAlias = npt.NDArray[np.bool_]

# `new` and `newer` come to hold, `confirmed` is the same value under a newer version, `superseded` is history on
# arrival, `duplicate` was known: the same value, said by this version or a newer one.
DUPLICATE, CONFIRMED, SUPERSEDED, NEW, NEWER = range(5)
KEY = ("granularity", "unit_id", "point_id", "start")


@dataclass(frozen=True)
class Rows:
    """Rows as columns of numbers, sorted by KEY; `table` has them in the same order."""

    table: pa.Table
    version: Numbers
    value: Numbers
    origin: Numbers

    @classmethod
    def of(cls, table: pa.Table, versions: pa.ChunkedArray) -> Rows:
        """From a table sorted by KEY and the version each of its rows counts with."""
        return cls(table, integers(versions), scaled(table["value"]), integers(table["origin"]))

    @cached_property
    def keys(self) -> list[Numbers]:
        """The columns of KEY."""
        return [integers(self.table[name]) for name in KEY]

    def __len__(self) -> int:
        return int(self.table.num_rows)


def in_order(table: pa.Table) -> pa.Table:
    """The table sorted by KEY, itself if it is already."""
    keys = [integers(table[name]) for name in KEY]
    return table if _ascends(keys) else table.take(np.lexsort(keys[::-1]))


def _ascends(keys: list[Numbers]) -> bool:
    """Whether rows are sorted by these columns, the first one first."""
    settled: Marks = np.zeros(max(len(keys[0]) - 1, 0), np.bool_)
    for key in keys:
        step = key[1:] >= key[:-1]
        if not (settled | step).all():
            return False
        settled |= key[1:] > key[:-1]
    return True


@dataclass(frozen=True)
class Judgement:
    """The fate of each row that came, and for those whose key was known the row it met."""

    fate: npt.NDArray[np.int8]
    met: Numbers

    def rows_of(self, *fates: int) -> Numbers:
        """Where rows of these fates stand."""
        return np.flatnonzero(np.isin(self.fate, fates))


def judge(came: Rows, versioned: Marks, held: Rows) -> Judgement:
    """The fate of each row of `came`, given what holds of their keys; `met` is -1 where nothing is known."""
    met = places(came, held)
    known = met >= 0
    if len(held):
        agrees = known & (held.value[met] == came.value) & (held.origin[met] == came.origin)
        fresher = came.version > held.version[met]
        wins = known & _greater(came, held, met)
    else:
        agrees = fresher = wins = known
    again = ~versioned & agrees
    if _like_the_one_before(came.keys).any():
        first, echoes, copies = _siblings(came, versioned, agrees, known & ~wins)
    else:
        first, echoes, copies = np.ones_like(known), np.zeros_like(known), again
    found = np.select(
        [
            copies,
            agrees & first & fresher,
            agrees & (first | again | ~fresher),
            ~first & echoes,
            ~first,
            ~known,
            wins,
        ],
        [DUPLICATE, CONFIRMED, DUPLICATE, DUPLICATE, SUPERSEDED, NEW, NEWER],
        SUPERSEDED,
    )
    return Judgement(found.astype(np.int8), met)


def _greater(came: Rows, held: Rows, met: Numbers) -> Marks:
    """Whether (version, value, origin) of a row is greater than that of the row it met."""
    version, value, origin = held.version[met], held.value[met], held.origin[met]
    same_version = came.version == version
    greater: Marks = (came.version > version) | (
        same_version & ((came.value > value) | ((came.value == value) & (came.origin > origin)))
    )
    return greater


def _siblings(came: Rows, versioned: Marks, agrees: Marks, loses: Marks) -> tuple[Marks, Marks, Marks]:
    """Of rows of one key: which may come to hold, which say what that one says, and which say nothing new.

    Nothing new says what another says altogether, and what has no version and says the value that holds just before it.
    """
    rank = [integers(came.table["row"]), ~versioned, -came.origin, -came.value, -came.version]
    order = np.lexsort([*rank, *came.keys[::-1]])  # within a key the greatest first
    order = order[~_like_the_one_before([column[order] for column in [*came.keys, *rank[2:]]])]
    order = order[versioned[order] | ~_said_just_before(came, order, agrees, loses)]
    copies: Marks = np.ones(len(came), np.bool_)
    copies[order] = False

    leads = ~_like_the_one_before([key[order] for key in came.keys])
    leader = order[np.flatnonzero(leads)[np.cumsum(leads) - 1]]
    first, echoes = np.zeros(len(came), np.bool_), np.zeros(len(came), np.bool_)
    first[order] = leads
    echoes[order] = (came.value[leader] == came.value[order]) & (came.origin[leader] == came.origin[order])
    return first, echoes, copies


def _said_just_before(came: Rows, order: Numbers, agrees: Marks, loses: Marks) -> Marks:
    """Whether each row says the value of the greatest before it: the next in this order, or what holds if that loses."""
    below = np.append(order[1:], order[-1:])
    has_below = np.append(_like_the_one_before([key[order] for key in came.keys])[1:], [False])
    like_below = (came.value[below] == came.value[order]) & (came.origin[below] == came.origin[order])
    said: Marks = np.where(has_below & ~loses[below], like_below, agrees[order])
    return said


def _like_the_one_before(columns: list[Numbers]) -> Marks:
    """Whether each row equals the one before it in all columns."""
    like: Marks = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    return np.concatenate([np.zeros(min(len(columns[0]), 1), np.bool_), like])


def places(came: Rows, held: Rows) -> Numbers:
    """Where in `held` each key of `came` stands, -1 where it does not."""
    if not len(held) or not len(came):
        return np.full(len(came), -1, np.int64)
    if len(came) == len(held) and all(
        np.array_equal(a, b) for a, b in zip(came.keys, held.keys, strict=True)
    ):
        return np.arange(len(came))
    columns: list[Any] = [np.concatenate(pair) for pair in zip(held.keys, came.keys, strict=True)]
    order = np.lexsort(columns[::-1])  # stable: a held row stands before those that came with its key
    begins = ~_like_the_one_before([column[order] for column in columns])
    first = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
    found = np.empty(len(order), np.int64)
    found[order] = np.where(first < len(held), first, -1)
    return found[len(held) :]
