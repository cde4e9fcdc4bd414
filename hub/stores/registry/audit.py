"""Writes the audit (审计) of changes, in the transaction that makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select

from hub.stores.registry.known import Place, in_chunks
from hub.stores.registry.personal import kept
from hub.stores.registry.tables import T

SEPARATOR = "|"  # between the parts of a natural key


@dataclass(frozen=True)
class Author:
    """Who changes something, and when."""

    who: str
    at: dt.datetime


@dataclass(frozen=True)
class Change:
    """One row's change; `before` is None for a new one."""

    key: tuple[Any, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    place: Place

    @property
    def action(self) -> str:
        """What the audit calls it."""
        return "insert" if self.before is None else "update"


def record(connection: Connection, author: Author, noun: str, changes: Iterable[Change]) -> None:
    """One audit row a change, all in one statement."""
    if rows := [_row(author, noun, change) for change in changes]:
        connection.execute(insert(T["audit"]), rows)


def recorded(connection: Connection, author: Author, noun: str, changes: Iterable[Change]) -> list[int]:
    """The same, and the numbers of the audit rows, in the order of the changes."""
    rows = [_row(author, noun, change) for change in changes]
    if not rows:
        return []
    numbered = insert(T["audit"]).returning(T["audit"].c.id, sort_by_parameter_order=True)
    return list(connection.execute(numbered, rows).scalars())


def newest(connection: Connection, noun: str, subjects: Collection[str]) -> dict[str, int]:
    """The number of the newest audit row of each of these subjects that has any."""
    audit, found = T["audit"].c, dict[str, int]()
    for some in in_chunks(sorted(subjects)):
        last = select(audit.subject, func.max(audit.id)).where(audit.noun == noun, audit.subject.in_(some))
        found.update(tuple(row) for row in connection.execute(last.group_by(audit.subject)))
    return found


def subject_of(key: tuple[Any, ...]) -> str:
    """A natural key as the audit writes it."""
    return SEPARATOR.join("" if part is None else str(part) for part in key)


def _row(author: Author, noun: str, change: Change) -> dict[str, Any]:
    before, after = kept(noun, change.before, change.after)
    return {
        "at": author.at,
        "who": author.who,
        "action": change.action,
        "noun": noun,
        "subject": subject_of(change.key),
        "before": None if before is None else _json(before),
        "after": _json(after),
        "province": change.place.province,
        "region": change.place.region,
        "unit": change.place.unit,
    }


def _json(values: Mapping[str, Any]) -> str:
    """Decimals as text, as everywhere in JSON here."""
    return orjson.dumps(dict(values), default=str).decode()
