"""A source's rows as the source has them: its columns, each row with its number, and rows that are none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from graph.model.verdict import Rejection
from graph.ports import RAW_ROW

READINGS_A_DELIVERY = 200_000  # about 30 MB as columns, and a transaction of under a second


@dataclass(frozen=True)
class Lines:
    """Some consecutive rows of a source. `numbers` (int32) has one entry for each row of `table`.

    `refused` stand in the order of their rows. `others` are columns the source has beside those of `table`: nobody
    mapped them, so nobody read them.
    """

    numbers: pa.Array
    table: pa.Table
    refused: tuple[Rejection, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def raw(self) -> pa.Table:
        """The rows as they came with their numbers, as a delivery carries them."""
        return self.table.add_column(0, RAW_ROW, self.numbers)

    @classmethod
    def of_raw(cls, raw: pa.Table) -> Lines:
        """The same rows again."""
        return cls(raw.column(RAW_ROW).combine_chunks(), raw.drop_columns([RAW_ROW]))


def regrouped(parts: Iterable[Lines], rows_max: int) -> Iterator[Lines]:
    """The same rows in groups of exactly `rows_max`, whatever the pieces they were read in.

    So the n-th group of a source is the same whenever it is read, and a delivery's key means its content.
    """
    waiting: list[Lines] = []
    for part in parts:
        waiting.append(part)
        while sum(lines.table.num_rows for lines in waiting) >= rows_max:
            group, rest = _parted(_joined(waiting), rows_max)
            yield group
            waiting = [rest]
    last = _joined(waiting) if waiting else None
    if last is not None and (last.table.num_rows or last.refused):
        yield last


def _joined(parts: list[Lines]) -> Lines:
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        numbers=pa.concat_arrays([lines.numbers for lines in parts]),
        table=pa.concat_tables([lines.table for lines in parts]),
        refused=tuple(refused for lines in parts for refused in lines.refused),
    )


def _parted(whole: Lines, rows: int) -> tuple[Lines, Lines]:
    """The first rows and the rest, refused ones with those they stand among."""
    last = whole.numbers[rows - 1].as_py()
    there = bisect_right(whole.refused, last, key=lambda refused: refused.row)
    first = replace(
        whole, numbers=whole.numbers[:rows], table=whole.table[:rows], refused=whole.refused[:there]
    )
    rest = replace(
        whole, numbers=whole.numbers[rows:], table=whole.table[rows:], refused=whole.refused[there:]
    )
    return first, rest
