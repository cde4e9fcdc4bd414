"""The access log (访问日志): what was granted is on the disk before it is answered; what is denied cannot flood it.

Anybody can have something denied in any number. The first of a kind is written at once; how often it came again within a
minute is one row more (hub/stores/door/denials.py).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, insert

from graph.errors import InvalidInput, StoreError
from graph.model.audit import TrailAction, TrailOutcome
from graph.ports import Clock
from hub.access.log import Entry
from hub.stores.door.denials import Again, Denials
from hub.stores.door.file import Writer
from hub.stores.door.tables import ADDRESS_MAX, SUBJECT_MAX, T
from hub.stores.registry.tables import NAME_MAX

DETAIL_MAX = 4_096  # characters of JSON
DETAILS_MAX = 32  # words of it
WORDS = frozenset(TrailAction) - {TrailAction.INSERT, TrailAction.UPDATE}  # what happens at the door
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ADDED = insert(T["log"])
Row: TypeAlias = dict[str, Any]


class AccessLog:
    """Writes what happened; any thread may call."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock, self._lock = writer, clock, threading.Lock()
        self._denials = Denials()

    def note(self, entry: Entry) -> None:
        """Write an entry, or count it where the like was just denied. Raises InvalidInput for a word that is none.

        Raises StoreError where it could not be written: what is not in the log must not be granted.
        """
        if entry.action not in WORDS:
            raise InvalidInput(
                f"came {entry.action[:32]!r}, expected one of {', '.join(sorted(WORDS))}", "action"
            )
        if entry.outcome == TrailOutcome.GRANTED:
            self._write([_row(entry, 1)])
        elif entry.outcome == TrailOutcome.DENIED:
            self._deny(entry)
        else:
            raise InvalidInput(f"came {entry.outcome[:32]!r}, expected granted or denied", "outcome")

    def postpone(self, entry: Entry) -> None:
        """Count what was denied, and write it when its minute is over: for what cannot wait for the disk."""
        with self._lock:
            self._denials.postpone(entry)

    def settle(self) -> None:
        """Write what was counted and comes no more: its minute is over. Raises StoreError."""
        with self._lock:
            over = self._denials.over(self._clock.now())
        self._write_counted(over)

    def close(self) -> None:
        """Write all that was counted. Raises StoreError."""
        with self._lock:
            counted = self._denials.all()
        self._write_counted(counted)

    def _deny(self, entry: Entry) -> None:
        with self._lock:
            over = self._denials.over(entry.at)
            is_first = self._denials.count(entry)
        if not is_first:
            self._write_counted(over)
            return
        try:
            self._write([*_rows(over), _row(entry, 1)])
        except StoreError:
            with self._lock:
                self._denials.forget(entry)
                self._denials.put_back(over)
            raise

    def _write_counted(self, counted: Sequence[Again]) -> None:
        """What cannot be written now is counted among the others. Raises StoreError."""
        try:
            self._write(list(_rows(counted)))
        except StoreError:
            with self._lock:
                self._denials.put_back(counted)
            raise

    def _write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return

        def work(connection: Connection) -> None:
            connection.execute(_ADDED, rows)

        self._writer.run(work)


def _rows(counted: Sequence[Again]) -> Iterator[Row]:
    return (_row(each.latest, each.times) for each in counted if each.times)


def _row(entry: Entry, times: int) -> Row:
    """An entry as it is kept: what is too long is cut, for a log refuses nothing."""
    return {
        "at": entry.at,
        "who": _cut(entry.who, NAME_MAX),
        "organisation": _cut(entry.organisation, NAME_MAX),
        "action": entry.action,
        "subject": _cut(entry.subject, SUBJECT_MAX),
        "outcome": entry.outcome,
        "code": _cut(entry.code, NAME_MAX),
        "times": times,
        "detail": _detail(entry.detail),
        "address": _cut(entry.address, ADDRESS_MAX),
        "request": _cut(entry.request, NAME_MAX),
        "province": entry.place.province,
        "region": entry.place.region,
        "unit": entry.place.unit,
    }


def _cut(text: str | None, most: int) -> str | None:
    """Text a database can keep; in the place of what is no character stands a question mark."""
    return None if text is None else _UNSTORABLE.sub("?", text[:most])


def _detail(detail: Mapping[str, str]) -> str | None:
    """As JSON, of a bounded length: a word that would pass it is left out."""
    kept: dict[str, str] = {}
    left = DETAIL_MAX
    for name, value in list(detail.items())[:DETAILS_MAX]:
        word, said = str(_cut(name, NAME_MAX)), str(_cut(value, NAME_MAX))
        left -= len(orjson.dumps({word: said}).decode())
        if left >= 0:
            kept[word] = said
    return orjson.dumps(kept).decode() if kept else None
