"""Lines of a CSV that Arrow could not read: each is kept with its number, and the good rows keep theirs."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import csv as arrow_csv

from graph.errors import MalformedBody
from graph.model.verdict import Rejection
from provincial_adapters._toolkit.rejected import rejection

MALFORMED_LINES_MAX = 100_000  # of one body or file: beyond it the delimiter is wrong, not the lines


class MalformedLines:
    """Collects what Arrow hands over as it parses ahead of the batches it returns, in one thread.

    Arrow counts the header as line 1; `uncounted` lines at the top are none of the rows' numbers.
    """

    def __init__(self, uncounted: int = 0) -> None:
        self._uncounted = uncounted
        self._found: list[Rejection] = []
        self._seen = 0

    def take(self, line: arrow_csv.InvalidRow) -> str:
        """Arrow's handler: keep the line's text, skip the line. Must not raise: Arrow would go on."""
        self._seen += 1
        if self._seen <= MALFORMED_LINES_MAX:
            why = f"expected {line.expected_columns} fields, came {line.actual_columns}"
            self._found.append(rejection(line.number - self._uncounted, "malformed-row", why, line.text))
        return "skip"

    def check(self, place: str) -> None:
        """Raise MalformedBody when it is no longer a matter of some lines."""
        if self._seen > MALFORMED_LINES_MAX:
            why = f"more than {MALFORMED_LINES_MAX} lines have a wrong number of fields: is the delimiter right?"
            raise MalformedBody(why, place)

    def numbers_after(self, past: int, rows: int) -> tuple[pa.Array, int]:
        """The numbers (int32) of the next `rows` good rows after number `past`, and the last of them."""
        pieces = []
        for malformed in self._found:
            run = min(malformed.row - past - 1, rows)
            if rows <= 0 or run < 0:
                continue
            pieces.append(pa.arange(past + 1, past + 1 + run))
            rows -= run
            past = malformed.row if rows > 0 else past + run
        pieces.append(pa.arange(past + 1, past + 1 + rows))
        return pa.concat_arrays(pieces).cast(pa.int32()), past + rows

    def taken_up_to(self, last: int | None) -> tuple[Rejection, ...]:
        """Hand out, and forget, the malformed lines up to number `last`; None means all."""
        out = tuple(found for found in self._found if last is None or found.row <= last)
        self._found = self._found[len(out) :]
        return out
