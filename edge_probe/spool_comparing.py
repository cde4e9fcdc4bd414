"""What a spool keeps of being compared: what goes to a platform once more, what differs, how the last comparison went."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from edge_probe.readings import Event, Spooled
from edge_probe.spool import Spool
from edge_probe.spool_digests import digest_in
from edge_probe.spool_rows import event_row, moment_text, required, spooled, when
from edge_probe.statements import statement
from graph.model.digest import Digest
from graph.model.period import MICROSECOND, midnight

PointDay: TypeAlias = tuple[dt.date, str]  # a Beijing day and a data code
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Difference:
    """A data code's day of which the spool and a platform do not hold the same."""

    day: dt.date
    data_code: str
    here: Digest
    there: Digest

    @property
    def place(self) -> PointDay:
        """Which day of which data code."""
        return self.day, self.data_code

    @property
    def figures(self) -> str:
        """What both ends hold, in one text: as long as it is the same, nothing came of offering it."""
        return " ".join(f"{end.readings} {end.total} {end.hex}" for end in (self.here, self.there))


@dataclass(frozen=True)
class Own:
    """What the spool counts as a platform's own: digests, and data codes' days that are still on their way."""

    digests: Mapping[PointDay, Digest]
    unsettled: Collection[PointDay]


@dataclass(frozen=True)
class Comparison:
    """How a platform was compared last: tried at, last compared whole at, the unit's days that differ, why it broke off."""

    at: dt.datetime
    compared_at: dt.datetime | None
    differing: int
    fault: str | None


class SpoolComparing:
    """A spool, as far as it is compared with platforms. Safe to call from several threads."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def span(self, unit: str) -> tuple[dt.date, dt.date] | None:
        """The first and last day of a unit that is kept whole."""
        (row,) = self._spool.rows("span_of_digests", unit=unit)
        if row["last"] is None:
            return None
        first, last = (dt.date.fromisoformat(row[name]) for name in ("first", "last"))
        whole = dt.date.fromisoformat(row["thinned"]) + _ONE_DAY if row["thinned"] else first
        return (max(first, whole), last) if max(first, whole) <= last else None

    def own(self, uplink: str, unit: str, first: dt.date, last: dt.date) -> Own:
        """What is kept of a unit's days."""
        days = {"first": first.isoformat(), "last": last.isoformat()}
        with self._spool.writing() as db:
            kept = db.execute(statement("digests"), {"unit": unit, **days}).fetchall()
            open_still = db.execute(statement("unsettled"), {"uplink": uplink}).fetchall()
        return Own({_place(row): digest_in(row) for row in kept}, {_place(row) for row in open_still})

    def offer(self, uplink: str, unit: str, places: Collection[PointDay], tick: int) -> int:
        """What holds of a unit's days goes there once more, so many microseconds newer. How many readings those are."""
        named = {"uplink": uplink, "unit": unit, "tick": tick}
        with self._spool.writing() as db:
            return sum(
                db.execute(statement("offer"), named | {"data_code": code, **_moments(day)}).rowcount
                for day, code in sorted(places)
            )

    def again(self, uplink: str, limit: int) -> tuple[Spooled, ...]:
        """The next readings that go to the platform once more."""
        found = []
        for row in self._spool.rows("again", uplink=uplink, limit=limit):
            kept = spooled(row)
            newer = replace(kept.reading, written_at=kept.reading.written_at + row["tick"] * MICROSECOND)
            found.append(replace(kept, reading=newer, again=row["number"]))
        return tuple(found)

    def settle_again(self, uplink: str, upto: int, events: Sequence[Event] = ()) -> None:
        """The platform was handed these once more, and said this about it."""
        with self._spool.writing() as db:
            db.execute(statement("settle_again"), {"uplink": uplink, "upto": upto})
            db.executemany(statement("add_event"), [event_row(event) for event in events])

    def offered(self, uplink: str, since: dt.datetime) -> dict[PointDay, str]:
        """What differed when it was offered last, since a moment, by its figures."""
        rows = self._spool.rows("differences", uplink=uplink, since=moment_text(since))
        return {_place(row): row["figures"] for row in rows}

    def keep(
        self,
        uplink: str,
        days: tuple[dt.date, dt.date],
        differing: Sequence[Difference],
        offered: Collection[PointDay],
        at: dt.datetime,
    ) -> None:
        """These days were compared; what differs still, of which some were offered just now."""
        first, last = (day.isoformat() for day in days)
        named = {"uplink": uplink, "first": first, "last": last}
        with self._spool.writing() as db:
            before = db.execute(statement("differences"), {"uplink": uplink, "since": ""}).fetchall()
            when_offered = {_place(row): row["offered_at"] for row in before}
            db.execute(statement("drop_differences"), named)
            for each in differing:
                since = moment_text(at) if each.place in offered else when_offered.get(each.place, "")
                kept = {"day": each.day.isoformat(), "data_code": each.data_code, "figures": each.figures}
                db.execute(statement("keep_difference"), {"uplink": uplink, "at": since, **kept})
            (count,) = db.execute(statement("count_differences"), {"uplink": uplink}).fetchone()
            db.execute(statement("keep_comparison"), _kept(uplink, at, compared_at=at, differing=count))

    def keep_fault(self, uplink: str, fault: str, at: dt.datetime) -> None:
        """A comparison broke off."""
        with self._spool.writing() as db:
            db.execute(statement("keep_comparison"), _kept(uplink, at, fault=fault))

    def comparisons(self) -> dict[str, Comparison]:
        """How each uplink's platform was compared last."""
        return {
            row["uplink"]: Comparison(
                required(row["at"]), when(row["compared_at"]), row["differing"], row["fault"]
            )
            for row in self._spool.rows("comparisons")
        }


def _kept(
    uplink: str,
    at: dt.datetime,
    compared_at: dt.datetime | None = None,
    differing: int | None = None,
    fault: str | None = None,
) -> dict[str, object]:
    compared = None if compared_at is None else moment_text(compared_at)
    return {
        "uplink": uplink,
        "at": moment_text(at),
        "compared_at": compared,
        "differing": differing,
        "fault": fault,
    }


def _place(row: sqlite3.Row) -> PointDay:
    return dt.date.fromisoformat(row["day"]), row["data_code"]


def _moments(day: dt.date) -> dict[str, str]:
    return {"begin": moment_text(midnight(day)), "end": moment_text(midnight(day + _ONE_DAY))}
