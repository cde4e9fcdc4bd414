"""Writes the audit (审计) of changes, in the transaction that makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from hub.stores.registry.known import Place
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


def record(connection: Connection, author: Author, noun: str, changes: Iterable[Change]) -> None:
    """One audit row a change, all in one statement."""
    if rows := [_row(author, noun, change) for change in changes]:
        connection.execute(insert(T["audit"]), rows)


def _row(author: Author, noun: str, change: Change) -> dict[str, Any]:
    return {
        "at": author.at,
        "who": author.who,
        "action": "insert" if change.before is None else "update",
        "noun": noun,
        "subject": SEPARATOR.join("" if part is None else str(part) for part in change.key),
        "before": None if change.before is None else _json(change.before),
        "after": _json(change.after),
        "province": change.place.province,
        "region": change.place.region,
        "unit": change.place.unit,
    }


def _json(values: Mapping[str, Any]) -> str:
    """Decimals as text, as everywhere in JSON here."""
    return orjson.dumps(dict(values), default=str).decode()
