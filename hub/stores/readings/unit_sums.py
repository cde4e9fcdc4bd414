"""Sums of all units, of the question that was asked last: who compares a nation asks it once for each of its provinces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class UnitSums:
    """One answer, for as long as nothing is written; any thread may ask.

    Two that ask at once wait for one another: the second finds what the first has summed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._question: Hashable = None
        self._answer: pa.Table | None = None

    def of(self, question: Hashable, summed: Callable[[], pa.Table]) -> pa.Table:
        """The answer of a question, which names the state of the store, too."""
        with self._lock:
            if self._answer is None or self._question != question:
                self._answer, self._question = summed(), question
            return self._answer


def within_bounds(units: pa.Table, bound: Mapping[str, Any]) -> pa.Table:
    """The units of a division: rows of `province`, `region` and `unit`, bound as statements are."""
    if (province := bound["province_reach"]) is not None:
        units = units.filter(pc.equal(units["province"], province))
    if (region := bound["region_reach"]) is not None:
        units = units.filter(pc.starts_with(units["region"], region))
    if (unit := bound["unit_reach"]) is not None:
        units = units.filter(pc.equal(units["unit"], unit))
    return units
