"""What the spool keeps of time: when the probe ran, when not, when a meter gave nothing, and who was told of it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from edge_probe.spool_rows import moment_text, required, when
from graph.model.probe_span import ProbeSpan, SpanKind

REPORTED_AT_ONCE = 500  # spans of one report, half of what a hub takes
ALL_POINTS = ""  # in place of a data code: null is unequal to itself, and the same span would be two


def span_row(span: ProbeSpan) -> dict[str, str]:
    """A span's columns."""
    return {
        "kind": span.kind.value,
        "data_code": span.data_code or ALL_POINTS,
        "begins": moment_text(span.begins),
        "ends": moment_text(span.ends),
        "what": span.what,
    }


def span_of(row: sqlite3.Row) -> ProbeSpan:
    """A span of a row."""
    moments = required(row["begins"]), required(row["ends"])
    return ProbeSpan(SpanKind(row["kind"]), *moments, row["what"], row["data_code"] or None)


@dataclass(frozen=True)
class SpanLog:
    """The spool's spans, by the order in which they changed last; every call is a transaction of its own."""

    transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]
    rows: Callable[..., list[sqlite3.Row]]

    def unreported(self, uplink: str, limit: int = REPORTED_AT_ONCE) -> tuple[tuple[ProbeSpan, ...], int]:
        """The spans that changed since a platform was told, the first of them, and up to which change that is."""
        found = self.rows("unreported", uplink=uplink, limit=limit)
        return tuple(map(span_of, found)), max((row["changed"] for row in found), default=0)

    def reported(self, uplink: str, upto: int) -> None:
        """A platform was told of everything up to this change."""
        said = "INSERT INTO reported VALUES (?, ?) ON CONFLICT (uplink) DO UPDATE SET upto = excluded.upto"
        with self.transaction() as db:
            db.execute(said, (uplink, upto))

    def alive_at(self) -> dt.datetime | None:
        """When the probe was last known to run; None: never."""
        (row,) = self.rows("alive")
        return when(row["ends"])

    def lately(self, since: dt.datetime, limit: int) -> tuple[ProbeSpan, ...]:
        """What was amiss since a moment, the latest first."""
        return tuple(map(span_of, self.rows("lately", since=moment_text(since), limit=limit)))
