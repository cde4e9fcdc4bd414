"""A witness that knows what a test had it know, and stores of the readings fakes beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from graph.model.period import UTC
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.witness import ASKED, DIFFERENCES, DIRECT, HEARD, SPANS, Witnessed
from tests.hub.stores.readings_fakes import POINTS, START, UNITS, FakeDimensions, StillClock

HOUR = dt.timedelta(hours=1)
ONE, CODE = UNITS[0], POINTS[0][2]


@dataclass
class FakeWitness:
    """Tells what a test had it know."""

    known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def testimony(self, _first: dt.date, _last: dt.date, _units: Sequence[str]) -> Witnessed:
        """All of it, whatever is asked."""
        forms = {
            "spans": SPANS,
            "heard": HEARD,
            "direct": DIRECT,
            "asked": ASKED,
            "differences": DIFFERENCES,
        }
        return Witnessed(
            **{name: pa.Table.from_pylist(self.known.get(name, []), form) for name, form in forms.items()}
        )

    def knows(self, name: str, **row: object) -> None:
        """One more fact."""
        self.known.setdefault(name, []).append(row)

    def span(self, kind: str, first: int, last: int, code: str | None = CODE) -> None:
        """A probe's report of some quarter-hours."""
        begins, ends = START + first * HOUR / 4, START + last * HOUR / 4 - dt.timedelta(seconds=1)
        told = {"what": kind, "source": "probe", "reported_at": bare(ends)}
        self.knows("spans", unit=ONE, data_code=code, kind=kind, begins=bare(begins), ends=bare(ends), **told)

    def asked(self, province: str, at: dt.datetime | None, failed: str | None = None) -> None:
        """A link's last run."""
        self.knows("asked", link="jia", province=province, asked_at=at and bare(at), run=7, failed=failed)


def bare(moment: dt.datetime) -> dt.datetime:
    """As the store keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def store_of(witness: FakeWitness, **dimensions: Any) -> ReadingsStore:
    """An empty store in memory with a witness."""
    return ReadingsStore(None, FakeDimensions(**dimensions), StillClock(), witness=witness)
