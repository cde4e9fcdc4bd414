"""The access log (访问日志): what was granted is on the disk before it is answered; what is denied cannot flood it.

Anybody can have something denied in any number. The first of a kind is written at once; how often it came again within a
minute is one row more. So many kinds are told apart at a time; what comes beside them is one row of "others".
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, insert

from graph.errors import InvalidInput, StoreError
from graph.model.audit import TrailAction, TrailOutcome
from graph.ports import Clock
from hub.access.log import Entry
from hub.stores.door.file import Writer
from hub.stores.door.tables import ADDRESS_MAX, SUBJECT_MAX, T
from hub.stores.registry.known import Place
from hub.stores.registry.tables import NAME_MAX

AGAIN = dt.timedelta(seconds=60)  # in which what comes again is counted
KINDS_MAX = 100  # told apart at a time: a flood of them is 200 rows a minute, 150 MB a day if it never ends
DETAIL_MAX = 4_096  # characters of JSON
DETAILS_MAX = 32  # words of it
OTHERS = "others"  # the subject of what was denied beside so many kinds
WORDS = frozenset(TrailAction) - {TrailAction.INSERT, TrailAction.UPDATE}  # what happens at the door
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ADDED = insert(T["log"])
Kind: TypeAlias = tuple[str, str, str | None]
Row: TypeAlias = dict[str, Any]


@dataclass
class _Again:
    """How often a kind came again since its first, and the latest of them."""

    since: dt.datetime
    latest: Entry
    times: int = 0


class AccessLog:
    """Writes what happened; any thread may call."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock, self._lock = writer, clock, threading.Lock()
        self._kinds: dict[Kind, _Again] = {}  # in the order in which they began
        self._others: _Again | None = None

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

    def settle(self) -> None:
        """Write what was counted and comes no more: its minute is over. Raises StoreError."""
        with self._lock:
            over = self._over(self._clock.now())
        self._write_counted(over)

    def close(self) -> None:
        """Write all that was counted. Raises StoreError."""
        with self._lock:
            counted = list(self._kinds.values())
            self._kinds.clear()
            counted += self._without_others()
        self._write_counted(counted)

    def _deny(self, entry: Entry) -> None:
        kind = ((entry.who or entry.address or "")[:NAME_MAX], entry.subject[:SUBJECT_MAX], entry.code)
        with self._lock:
            over = self._over(entry.at)
            is_first = self._count(kind, entry)
        if not is_first:
            self._write_counted(over)
            return
        try:
            self._write([*_rows(over), _row(entry, 1)])
        except StoreError:
            with self._lock:
                self._kinds.pop(kind, None)  # the next one of it is the first
            raise

    def _count(self, kind: Kind, entry: Entry) -> bool:
        """Whether an entry is the first of its kind, and has to be written; any other is counted here."""
        known = self._kinds.get(kind)
        if known is None and len(self._kinds) < KINDS_MAX:
            self._kinds[kind] = _Again(entry.at, entry)
            return True
        if known is None:
            known = self._others = self._others or _Again(entry.at, entry)
        known.times += 1
        known.latest = entry
        return False

    def _over(self, now: dt.datetime) -> list[_Again]:
        """What is not counted any longer, taken away."""
        over = []
        for kind, counted in self._kinds.items():
            if now < counted.since + AGAIN:
                break
            over.append((kind, counted))
        for kind, _ in over:
            del self._kinds[kind]
        found = [counted for _, counted in over]
        if self._others is not None and now >= self._others.since + AGAIN:
            found += self._without_others()
        return found

    def _without_others(self) -> list[_Again]:
        """What came beside the kinds, as one, taken away."""
        others, self._others = self._others, None
        if others is None:
            return []
        latest = others.latest
        anybody = Entry(
            latest.at, None, latest.action, OTHERS, latest.outcome, None, None, Place(), None, None, {}
        )
        return [_Again(others.since, anybody, others.times)]

    def _write_counted(self, counted: Sequence[_Again]) -> None:
        """What cannot be written now is counted among the others. Raises StoreError."""
        try:
            self._write(list(_rows(counted)))
        except StoreError:
            with self._lock:
                for each in counted:
                    self._others = self._others or _Again(each.since, each.latest)
                    self._others.times += each.times
            raise

    def _write(self, rows: Sequence[Row]) -> None:
        if not rows:
            return

        def work(connection: Connection) -> None:
            connection.execute(_ADDED, rows)

        self._writer.run(work)


def _rows(counted: Sequence[_Again]) -> Iterator[Row]:
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
