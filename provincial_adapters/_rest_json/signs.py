"""Signs in an answer: by status or by a word, that it went well, that there is nothing, or that it is not ready yet."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from graph.errors import MalformedBody
from provincial_adapters._mapping.selectors import NOTHING, Selector
from provincial_adapters._mapping.settings_table import Table

SIGNS_MAX = 20  # of one kind: a platform has a handful of codes
STATUSES = (200, 599)
ALL_RIGHT = range(200, 300)


class Number(str):
    """A number of a document, digit for digit as it was written."""

    __slots__ = ()


@dataclass(frozen=True)
class Sign:
    """One way an answer says something (应答标志): a status, a word at a place, or both together."""

    status: int | None = None
    place: Selector | None = None
    words: tuple[str, ...] = ()

    def is_given(self, status: int, document: Any) -> bool:
        """Whether an answer says so; without a status of its own, only one that went well can."""
        if status not in (ALL_RIGHT if self.status is None else (self.status,)):
            return False
        return self.place is None or word(self.place.found(document)) in self.words


@dataclass(frozen=True)
class Success:
    """What an answer that went well says at a place, and where one that did not tells why."""

    place: Selector
    words: tuple[str, ...]
    message: Selector | None = None

    def refusal(self, document: Any) -> str | None:
        """Why an answer says no, in its own words; None where it says yes. Raises MalformedBody where it says neither."""
        came = word(self.place.found(document))
        if came is None:
            raise MalformedBody(f"has no word at {self.place}, expected {' or '.join(self.words)}", "body")
        if came in self.words:
            return None
        told = None if self.message is None else word(self.message.found(document))
        return f"{self.place} is {came!r:.64}" + ("" if told is None else f": {told}")


def word(value: Any) -> str | None:
    """A text, number, true, false or null of a document as one word; None where nothing or no single value stands."""
    if value is NOTHING or isinstance(value, dict | list):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def read_signs(table: Table, key: str) -> tuple[Sign, ...]:
    """A list of signs; its faults stay with the table."""
    entries = table.tables(key)
    if len(entries) > SIGNS_MAX:
        table.fault(key, f"came {len(entries)}, at most {SIGNS_MAX}")
    return tuple(_sign(entry) for entry in entries)


def _sign(entry: Table) -> Sign:
    status = entry.number("status", *STATUSES)
    place = entry.parsed("selector", Selector.of_one)
    words = entry.texts("words", SIGNS_MAX)
    if status is None and place is None:
        entry.fault("status", "give a status, a selector with words, or both")
    if (place is None) != (not words):
        entry.fault("words", "selector and words belong together")
    return Sign(status, place, words)


def read_success(table: Table) -> Success | None:
    """How an answer says that it went well; None where only its status does."""
    place = table.parsed("selector", Selector.of_one)
    words = table.texts("words", SIGNS_MAX)
    message = table.parsed("message", Selector.of_one)
    if (place is None) != (not words):
        table.fault("words", "selector and words belong together")
    return Success(place, words, message) if place and words else None


def statuses(signs: Collection[Sign]) -> set[int]:
    """The statuses beside those that went well which mean something."""
    return {sign.status for sign in signs if sign.status is not None}
