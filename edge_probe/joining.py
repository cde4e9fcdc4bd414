"""Puts together what meters used, as far as all of a data code's parts of a quarter-hour are there."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from itertools import groupby

from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.virtual import VirtualPoint, joined


class Joining:
    """The data codes of one probe that are made of several meters. Called beside the loop, one at a time."""

    def __init__(
        self, spool: Spool, unit: str, points: Sequence[VirtualPoint], tell: Callable[[Event], None]
    ) -> None:
        self._spool, self._unit, self._points, self._tell = spool, unit, points, tell
        self._one = threading.Lock()

    def join(self, at: dt.datetime) -> bool:
        """Write down what has all its parts by now; whether that gave readings. Raises StoreError."""
        with self._one:
            came = [self._join(point, at) for point in self._points]
        return any(came)

    def _join(self, point: VirtualPoint, at: dt.datetime) -> bool:
        readings, told, starts = [], list[Event](), []
        whole = self._spool.parts(point.data_code, len(point.formula.instruments))
        for start, parts in groupby(whole, key=lambda part: part.start):
            found = joined(point, self._unit, list(parts), at)
            if found is not None:
                starts.append(start)
                readings += [found[0]] if found[0] else []
                told += found[1]
        if starts:
            self._spool.settle(point.data_code, starts, readings, told)
        for event in told:
            self._tell(event)
        return bool(readings)
