"""Lists walked page by page from either end, and what a page is in plain Python: for the law of pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from hypothesis import strategies as st

from graph.ports import Ask, Condition, Page, RowSource

SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=4)  # of pages, one after the other and over again


def from_side(ask: Ask, side: str, cursor: str) -> Ask:
    """What is asked for, with a cursor as its `after` or its `before`."""
    return replace(ask, after=cursor) if side == "after" else replace(ask, before=cursor)


def ids_of(page: Page) -> list[Any]:
    """Which rows a page has, in its order."""
    ids: list[Any] = page.table["id"].to_pylist()
    return ids


def walked_forwards(source: RowSource, ask: Ask, sizes: Iterable[int]) -> list[Any]:
    """All pages joined, each asked for after the last row of the one before."""
    joined: list[Any] = []
    for size in cycle(sizes):
        page = source.rows(replace(ask, first=size))
        assert page.has_previous is bool(joined)
        assert page.table.num_rows == size or not page.has_next
        joined += ids_of(page)
        if not page.has_next:
            break
        ask = replace(ask, after=page.cursors[-1])
    return joined


def walked_backwards(source: RowSource, ask: Ask, sizes: Iterable[int]) -> list[Any]:
    """All pages joined, each asked for before the first row of the one that follows it."""
    joined: list[Any] = []
    for size in cycle(sizes):
        page = source.rows(replace(ask, last=size))
        assert page.has_next is bool(joined)
        assert page.table.num_rows == size or not page.has_previous
        joined = ids_of(page) + joined
        if not page.has_previous:
            break
        ask = replace(ask, before=page.cursors[0])
    return joined


@dataclass(frozen=True)
class Cut:
    """A page as a draw tells it: cursors are places in a longer list, if that has so many rows."""

    after: int | None
    before: int | None
    first: int | None
    last: int | None


_PLACES = st.none() | st.integers(0, 60)
CUTS = st.builds(Cut, _PLACES, _PLACES, st.integers(1, 50), st.none()) | st.builds(
    Cut, _PLACES, _PLACES, st.none(), st.integers(1, 50)
)


def check_cut(source: RowSource, ask: Ask, cut: Cut) -> None:
    """A page between two cursors is what slicing makes of the whole list, and tells truly what lies beside it.

    The cursors are of rows that the ask's filters may leave out.
    """
    unfiltered = source.rows(replace(ask, where=()))
    order = {row: place for place, row in enumerate(ids_of(unfiltered))}
    whole = ids_of(source.rows(ask))
    after, before = (_within(place, unfiltered.cursors) for place in (cut.after, cut.before))
    between = [row for row in whole if after is None or order[row] > after]
    between = [row for row in between if before is None or order[row] < before]
    expected = between[: cut.first] if cut.last is None else between[-cut.last :]
    page = source.rows(_cut_by(ask, cut, unfiltered.cursors))
    assert ids_of(page) == expected
    if expected:
        assert page.has_previous is (expected[0] != whole[0])
        assert page.has_next is (expected[-1] != whole[-1])
    else:
        assert page.has_previous is (after is not None and any(order[row] <= after for row in whole))
        assert page.has_next is (before is not None and any(order[row] >= before for row in whole))


def _cut_by(ask: Ask, cut: Cut, cursors: Sequence[str]) -> Ask:
    after, before = (_at(cursors, _within(place, cursors)) for place in (cut.after, cut.before))
    return replace(ask, after=after, before=before, first=cut.first, last=cut.last)


def _within(place: int | None, cursors: Sequence[str]) -> int | None:
    return place if place is not None and place < len(cursors) else None


def _at(cursors: Sequence[str], place: int | None) -> str | None:
    return None if place is None else cursors[place]


def check_together(source: RowSource, ask: Ask, wheres: Sequence[tuple[Condition, ...]], cut: Cut) -> None:
    """Pages of several lists asked at once are those asked one by one, whatever cuts all of them."""
    cursors = source.rows(replace(ask, where=())).cursors
    asked = replace(_cut_by(ask, cut, cursors), want_total=True)
    asks = [replace(asked, where=where) for where in wheres]
    for page, alone in zip(source.pages(asks), map(source.rows, asks), strict=True):
        assert page.table.equals(alone.table)
        assert list(page.cursors) == list(alone.cursors)
        assert (page.has_next, page.has_previous, page.total) == (
            alone.has_next,
            alone.has_previous,
            alone.total,
        )


# Values no list of ours put into a cursor.
FORGED = [
    "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "0001-01-01", "2026-01-01T00:00:00", "1e400", "NaN",
    "-1", "\ud800", "\0", 10**30, -(10**30), 1.5, True, None, [], {},
]  # fmt: skip


def forged(*parts: Any) -> str:
    """A cursor of these parts, as we write ours."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
