"""What the probe has written down and not everybody has yet: a SQLite file that survives a cut of power.

Readings, the counters they were made from, and events are written in one transaction and are on the disk when
`append` returns (WAL, synchronous=FULL). Every uplink has a cursor of its own.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from edge_probe.counters import CounterState
from edge_probe.meter_events import MeterEventLog
from edge_probe.readings import Event, Reading, Spooled
from edge_probe.spool_digests import add_readings, drop_readings
from edge_probe.spool_file import SpoolFull, connected, prepare, translated
from edge_probe.spool_rows import (
    counter_row,
    counter_state,
    event_row,
    moment_text,
    part_row,
    required,
    spooled,
    when,
)
from edge_probe.spool_spans import SpanLog, span_row
from edge_probe.spooled_rows import SpooledRows, rows_told, run_told
from edge_probe.statements import statement
from edge_probe.virtual import PartEnergy
from graph.errors import StoreError
from graph.model.probe_span import ProbeSpan

KEPT = dt.timedelta(days=184)  # 不少于6个月 (NHJC-06): the longest six months have 184 days
BYTES_MAX = 512 * 1024 * 1024  # twenty points for six months take 82 MB; a small box has a card of 4 GB
EVENTS_MAX = 10_000  # months of a bad line; the newest are the ones read
THINNED_AT_ONCE = 5_000  # rows in one transaction, so that writing readings never waits long
_FORGETTING = ("forget_uplinks", "forget_live", "forget_again", "forget_difference", "forget_comparison")


@dataclass(frozen=True)
class Backlog:
    """What an uplink still has to hand over."""

    uplink: str
    acknowledged: int
    waiting: int
    oldest: dt.datetime | None


class Spool:
    """One probe's file. Safe to call from several threads; every call is a transaction of its own."""

    def __init__(self, file: Path, *, create: bool = True) -> None:
        """Open or make the file. Raises StoreError, also when it is missing and must not be made."""
        self._lock = threading.Lock()
        self._file = file
        self.spans = SpanLog(self.writing, self.rows)
        self.meters = MeterEventLog(self.writing, self.rows)
        if not create and not file.is_file():
            raise StoreError(f"spool {file}: there is none yet; `nengshu probe run` makes it")
        with self._translated():
            self._db = connected(file)
            prepare(self._db, file)

    def append(
        self,
        readings: Sequence[Reading] = (),
        counters: Mapping[str, CounterState] | None = None,
        events: Sequence[Event] = (),
        parts: Sequence[PartEnergy] = (),
        spans: Sequence[ProbeSpan] = (),
        said: Sequence[tuple[str, Mapping[str, object]]] = (),
    ) -> int:
        """Write all of it or nothing; on the disk when this returns. The number of the last reading ever written.

        `said` are other statements with what is bound to them.
        """
        with self.writing() as db:
            add_readings(db, readings)
            db.executemany(
                statement("keep_counter"), [counter_row(*item) for item in (counters or {}).items()]
            )
            db.executemany(statement("add_event"), [event_row(event) for event in events])
            db.executemany(statement("add_part"), [part_row(part) for part in parts])
            db.executemany(statement("add_span"), [span_row(span) for span in spans])
            for name, values in said:
                db.execute(statement(name), values)
            row = db.execute(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'reading'"
            ).fetchone()
            return int(row[0])

    def add_uplinks(self, names: Iterable[str]) -> None:
        """Make cursors for new uplinks, which begin with the oldest reading kept, and drop those of others."""
        wanted = list(names)
        with self.writing() as db:
            db.executemany("INSERT OR IGNORE INTO uplink (name) VALUES (?)", [(name,) for name in wanted])
            gone = [name for (name,) in db.execute("SELECT name FROM uplink") if name not in wanted]
            db.executemany("DELETE FROM uplink WHERE name = ?", [(name,) for name in gone])
            for forget in _FORGETTING:
                db.execute(statement(forget))

    def unsent(self, uplink: str, limit: int, ahead: SpooledRows | None = None) -> SpooledRows:
        """The oldest readings, at most `limit`, that the uplink has not acknowledged.

        The same ones each time until `acknowledge`, whatever was written meanwhile or happened to the power. Where they are
        those read `ahead`, they are not read again.
        """
        with self.writing() as db:
            for step in ("catch_up", "claim"):
                db.execute(statement(step), {"uplink": uplink, "limit": limit})
            run = run_told(db, "claimed_run", {"uplink": uplink}) if ahead else None
            return ahead if ahead and ahead.run == run else rows_told(db, "unsent", {"uplink": uplink})

    def oldest(self, uplink: str) -> dt.datetime | None:
        """When the first of the readings was written that the uplink has not acknowledged; None: it has all."""
        rows = self.rows("oldest", uplink=uplink)
        return when(rows[0]["written_at"]) if rows else None

    def between(self, data_code: str, begin: dt.datetime, end: dt.datetime) -> tuple[Spooled, ...]:
        """What is kept of a data code between two moments, in their order, each quarter-hour as it was written last."""
        moments = {"begin": moment_text(begin), "end": moment_text(end)}
        return tuple(spooled(row) for row in self.rows("quarters", data_code=data_code, **moments))

    def take_note(self, uplink: str, sequences: Iterable[int]) -> None:
        """The platform has these, whatever becomes of the others."""
        with self.writing() as db:
            db.executemany(
                statement("take_note"), [{"uplink": uplink, "sequence": number} for number in sequences]
            )
            db.execute(statement("advance"), {"uplink": uplink})

    def acknowledge(self, uplink: str, upto: int, events: Sequence[Event] = ()) -> None:
        """The platform has everything up to this number, and said this about it."""
        with self.writing() as db:
            db.execute(statement("acknowledge"), {"uplink": uplink, "upto": upto})
            db.execute(statement("forget_taken"), {"uplink": uplink, "upto": upto})
            db.executemany(statement("add_event"), [event_row(event) for event in events])

    def set_aside(self, uplink: str, sequences: Iterable[int], at: dt.datetime) -> None:
        """The platform refused these while it took others."""
        said = [{"uplink": uplink, "sequence": number, "at": moment_text(at)} for number in sequences]
        with self.writing() as db:
            db.executemany(statement("set_aside"), said)

    def aside(self, uplink: str, before: dt.datetime, limit: int) -> tuple[Spooled, ...]:
        """Some of what a platform refused and was not tried since a moment."""
        rows = self.rows("aside", uplink=uplink, before=moment_text(before), limit=limit)
        return tuple(spooled(row) for row in rows)

    def take_back(self, uplink: str, sequences: Iterable[int], events: Sequence[Event] = ()) -> None:
        """The platform took these after all."""
        with self.writing() as db:
            said = [{"uplink": uplink, "sequence": number} for number in sequences]
            db.executemany(statement("not_aside"), said)
            db.executemany(statement("add_event"), [event_row(event) for event in events])

    def give_up(self, uplink: str, before: dt.datetime) -> int:
        """Try no more what a platform refuses since before a moment. How many those are."""
        with self.writing() as db:
            return db.execute(
                statement("give_up"), {"uplink": uplink, "before": moment_text(before)}
            ).rowcount

    def thin(self, now: dt.datetime, kept: dt.timedelta = KEPT, bytes_max: int = BYTES_MAX) -> int:
        """Make room: aged readings, then the oldest acknowledged, at last the oldest. How many unsent were lost.

        Nothing that an uplink still wants goes for its age, only when the file would pass `bytes_max`.
        """
        lost = 0
        before = moment_text(now - kept)
        with self.writing() as db:
            db.execute(statement("thin_events"), {"kept": EVENTS_MAX})
            db.execute(statement("thin_parts"), {"before": before})
            db.execute(statement("thin_spans"), {"before": before})
        while self._drop("thin_aged", before=before):
            pass
        while self._bytes() > bytes_max:
            if self._drop("thin_acknowledged"):
                continue
            gone = self._drop("thin_oldest")
            if not gone:
                break
            lost += gone
        return lost

    def make_room(self) -> int:
        """On a full disk: the oldest readings that everybody has go though they are not aged. How many went."""
        try:
            return self._drop("thin_acknowledged")
        except SpoolFull:
            return 0

    def parts(self, data_code: str, count: int) -> tuple[PartEnergy, ...]:
        """What waits of a data code made of so many parts, of quarter-hours that have them all, in their order."""
        return tuple(
            PartEnergy(data_code, row["part"], required(row["start"]), Decimal(row["value"]), row["origin"])
            for row in self.rows("parts", data_code=data_code, count=count)
        )

    def settle(
        self,
        data_code: str,
        starts: Sequence[dt.datetime],
        readings: Sequence[Reading],
        events: Sequence[Event],
    ) -> None:
        """These quarter-hours are put together: readings in place of parts, all of it or nothing."""
        gone = [{"data_code": data_code, "start": moment_text(start)} for start in starts]
        with self.writing() as db:
            add_readings(db, readings)
            db.executemany(statement("add_event"), [event_row(event) for event in events])
            db.executemany(statement("drop_parts"), gone)

    def counters(self) -> dict[str, CounterState]:
        """Every counter's state by its point's key."""
        return {row["point"]: counter_state(row) for row in self.rows("counters")}

    def latest(self) -> dict[str, Spooled]:
        """The newest reading of each data code."""
        return {row["data_code"]: spooled(row) for row in self.rows("latest")}

    def backlogs(self) -> tuple[Backlog, ...]:
        """What each uplink has still to do."""
        return tuple(
            Backlog(row["name"], row["acknowledged"], row["waiting"], when(row["oldest"]))
            for row in self.rows("backlogs")
        )

    def events(self, limit: int) -> tuple[Event, ...]:
        """The newest events first."""
        rows = self.rows("events", limit=limit)
        return tuple(Event(required(row["at"]), row["source"], row["kind"], row["detail"]) for row in rows)

    def recall(self, uplink: str) -> str | None:
        """What an uplink keeps of its platform."""
        rows = self.rows("recall", uplink=uplink)
        return rows[0]["said"] if rows else None

    def keep(self, uplink: str, said: str) -> None:
        """Keep this of an uplink's platform, in place of what was kept before."""
        with self.writing() as db:
            db.execute(statement("keep"), {"uplink": uplink, "said": said})

    @property
    def identity(self) -> str:
        """A random name this file was given when it was made: batch keys made from it never mean two batches."""
        return str(self._one("SELECT value FROM about WHERE key = 'identity'"))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _drop(self, query: str, **values: object) -> int:
        with self.writing() as db:
            return drop_readings(db, query, {**values, "limit": THINNED_AT_ONCE})

    def rows(self, query: str, **values: object) -> list[sqlite3.Row]:
        with self._lock, self._translated():
            return self._db.execute(statement(query), values).fetchall()

    def _one(self, query: str) -> Any:
        with self._lock, self._translated():
            return self._db.execute(query).fetchone()[0]

    def _bytes(self) -> int:
        used = int(self._one("PRAGMA page_count")) - int(self._one("PRAGMA freelist_count"))
        return used * int(self._one("PRAGMA page_size"))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._db.execute("ROLLBACK")
                raise

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._file)
