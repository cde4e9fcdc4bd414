"""What a readings file holds: its tables with their rows, and its ledger, whose chain is followed from the first batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from hub.stores.readings.receipts import GENESIS, chained
from hub.stores.readings.statements import run

ROWS_AT_ONCE = 1_000  # a batch's row is a few hundred bytes


@dataclass(frozen=True)
class Contents:
    """Rows of each table, and the ledger's last batch with its head: 0 and zeros before any batch."""

    rows: Mapping[str, int]
    last_batch: int
    head: str


@dataclass(frozen=True)
class Walk:
    """How far the chain holds: batches that fit, the head after the last of them, and the first that does not."""

    batches: int
    head: str
    misfit: int | None = None


@dataclass(frozen=True)
class Link:
    """A batch in the chain: its head as kept and as it follows from the head before, and whether it stands in its place."""

    batch: int
    head: str
    expected: str
    in_place: bool

    @property
    def fits(self) -> bool:
        """Whether the row is what was written, and where."""
        return self.in_place and self.head == self.expected


def contents(cursor: duckdb.DuckDBPyConnection) -> Contents:
    """What the cursor's file holds, as of the cursor's transaction where it is in one."""
    rows = {name: _count(cursor, name) for name in tables(cursor)}
    last = run(cursor, "newest_batch", {"upto": None}).fetchone()
    return Contents(rows, *(last or (0, GENESIS)))


def tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the file's tables."""
    return [name for (name,) in run(cursor, "tables").fetchall()]


def links(rows: Iterable[Mapping[str, Any]]) -> Iterator[Link]:
    """The chain over the rows of batches, in the order of their numbers; each is held against the one before as it is."""
    head, number = GENESIS, 0
    for row in rows:
        yield Link(row["id"], row["head"], chained(head, row), row["id"] == number + 1)
        head, number = row["head"], row["id"]


def walked(rows: Iterable[Mapping[str, Any]]) -> Walk:
    """Follow the chain to the first batch that does not fit."""
    walk = Walk(0, GENESIS)
    for link in links(rows):
        if not link.fits:
            return replace(walk, misfit=link.batch)
        walk = Walk(link.batch, link.head)
    return walk


def ledger_rows(
    cursor: duckdb.DuckDBPyConnection, told: Callable[[int], object] = lambda _: None
) -> Iterator[dict[str, Any]]:
    """Every batch's row in order; `told` hears how many more there were."""
    found = cursor.execute("SELECT * FROM batch ORDER BY id")
    names = [column[0] for column in found.description]
    while some := found.fetchmany(ROWS_AT_ONCE):
        yield from (dict(zip(names, row, strict=True)) for row in some)
        told(len(some))


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    found = cursor.execute("SELECT count(*) FROM query_table($table)", {"table": table}).fetchone()
    return int(found[0]) if found else 0
