"""Which units' values anything stands beside: a verdict, or a value that replaced them. Of most periods nothing does.

Whoever reads a unit's values need not ask what stands beside them where it is known that nothing does. It is known here
because one process owns the file: what stood in it when it was opened, and what this process wrote since.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from hub.stores.readings.lanes import integers


class Marked:
    """Of each unit the first and the last start of such a value, in microseconds. Any thread may ask; one at a time adds.

    What is added before its commit is known before anybody can read it. So whoever has read values and then finds that
    nothing stands beside them has read all there was to know of them.
    """

    def __init__(self) -> None:
        self._spans: dict[int, tuple[int, int]] = {}

    def add(self, rows: pa.Table) -> None:
        """Know these: unit_id and start, one row a value or one of each unit's ends."""
        units, starts = integers(rows["unit_id"]), integers(rows["start"])
        order = np.lexsort((starts, units))
        units, starts = units[order], starts[order]
        begins = np.flatnonzero(np.diff(units, prepend=-1))
        ends = np.flatnonzero(np.diff(units, append=-1))
        for unit, low, high in zip(
            units[begins].tolist(), starts[begins].tolist(), starts[ends].tolist(), strict=True
        ):
            first, last = self._spans.get(unit, (low, high))
            self._spans[unit] = (min(first, low), max(last, high))

    def any_between(self, unit: int, low: int, high: int) -> bool:
        """Whether there may be one that starts at `low` or later, and before `high`."""
        span = self._spans.get(unit)
        return span is not None and span[0] < high and low <= span[1]
