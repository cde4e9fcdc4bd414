"""The audit trail (审计记录): every change of the registry and everything at the door, as one list.

The two stand in files of their own, each with its own writer. This only reads: over the door's file, with the registry's
attached, by connections that can write neither. The log's ids begin where no number of the registry's audit comes to, so
that an id says by itself of which of the two its row is, and SQLite merges both along their own indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Engine,
    FromClause,
    Select,
    String,
    Text,
    case,
    cast,
    column,
    event,
    func,
    literal_column,
    null,
    select,
    table,
    type_coerce,
    union_all,
)
from sqlalchemy.types import TypeEngine

from graph.errors import InvalidInput, StoreError
from graph.model.audit import TrailOutcome
from graph.ports import Ask, Page
from hub.stores.door.masking import TOLD, masked
from hub.stores.door.tables import T
from hub.stores.registry import rows
from hub.stores.registry.access_tables import T as REGISTRYS
from hub.stores.registry.account_rows import PERSON
from hub.stores.registry.columns import Moment, arrow_type
from hub.stores.registry.database import open_engine, reading
from hub.stores.registry.nouns import Noun, Nouns, ReachColumns, Shown
from hub.stores.registry.tables import NAME_MAX, WORD_MAX

NOUN: Final = "audit_entry"
STORE = "the audit trail"  # as a refusal calls it
_WORD, _NAME = String(WORD_MAX), String(NAME_MAX)
_TYPES: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "at": Moment(),
    "who": _NAME,
    "organisation": _NAME,
    "action": _WORD,
    "noun": _WORD,
    "subject": T["log"].c.subject.type,
    "outcome": _WORD,
    "code": _NAME,
    "times": BigInteger(),
    "before": Text(),
    "after": Text(),
    "detail": Text(),
    "address": T["log"].c.address.type,
    "request": _NAME,
    "province": String(6),
    "region": String(6),
    "unit": String(18),
}
_ALWAYS = ("id", "at", "action", "subject", "outcome", "times")  # never null


class Trail:
    """A row source of the noun `audit_entry`; any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, door: Path, registry: Path) -> Trail:
        """Over two files that are there and have their tables. Raises StoreError where one is not there."""
        for file in (door, registry):
            if not file.is_file():
                raise StoreError(f"{STORE} needs {file}, which is not there")
        url = URL.create("sqlite", database=door.resolve().as_uri(), query={"mode": "ro", "uri": "true"})
        engine = open_engine(url)

        def attach(connection: Any, _record: Any) -> None:
            connection.execute("ATTACH DATABASE ? AS registry", (f"{registry.resolve().as_uri()}?mode=ro",))
            connection.execute("PRAGMA query_only = ON")

        event.listen(engine, "connect", attach)
        return cls(engine)

    def rows(self, ask: Ask) -> Page:
        """One page, within the asker's reach, nothing secret in it. Raises InvalidInput, StoreError."""
        return self.pages([ask])[0]

    def known(self, ask: Ask) -> Page | None:
        """Nothing is known of a list that grows with each request."""

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Pages that differ in their conditions alone. Raises InvalidInput, StoreError."""
        for ask in asks:
            _check(ask)
        with reading(self._engine, STORE) as connection:
            found = rows.pages(connection, asks, NOUNS)
        return [Page(masked(p.table), p.cursors, p.has_next, p.has_previous, p.total) for p in found]

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows by a column's values. Raises InvalidInput, StoreError."""
        _check(ask)
        for name in (by, latest):
            _check_not_told(name)
        with reading(self._engine, STORE) as connection:
            return rows.counts(connection, ask, by, latest, NOUNS)

    def close(self) -> None:
        """Let go of both files."""
        self._engine.dispose()


def _check(ask: Ask) -> None:
    for condition in ask.where:
        _check_not_told(condition.column)


def _check_not_told(name: str | None) -> None:
    """Raise InvalidInput for a column of JSON: who may look for a text in it finds out what is masked."""
    if name in TOLD:
        raise InvalidInput(f"the audit trail is not searched by {name}", "column")


def _log() -> Select[Any]:
    """What happened at the door."""
    log = T["log"].c
    return _shown({name: log[name] for name in _TYPES if name in log})


def _changes() -> Select[Any]:
    """What was changed in the registry, whose each row was granted, and once."""
    audit = _attached("audit")
    said: dict[str, ColumnElement[Any]] = {
        "organisation": cast(_organisation(audit.c.who), _NAME),
        "outcome": cast(literal_column(f"'{TrailOutcome.GRANTED.value}'"), _WORD),
        "times": cast(literal_column("1"), BigInteger()),
    }
    return _shown({**{name: audit.c[name] for name in _TYPES if name in audit.c}, **said})


def _shown(said: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """One of the two lists: what it says of each column, and null of the column's kind where it says nothing.

    SQLite merges two lists by their indexes only where their columns are alike and stand for themselves.
    """
    columns = {name: said.get(name, cast(null(), type_)) for name, type_ in _TYPES.items()}
    return select(*(type_coerce(each, _TYPES[name]).label(name) for name, each in columns.items()))


def _organisation(who: ColumnElement[Any]) -> ColumnElement[Any]:
    """The organisation that a client or a person is of now."""
    is_person = func.substr(who, 1, len(PERSON)) == PERSON
    of_person = _of_key("account", func.substr(who, len(PERSON) + 1))
    return case((is_person, of_person), else_=_of_key("client", who))


def _of_key(noun: str, key: ColumnElement[Any]) -> ColumnElement[Any]:
    asker, organisation = _attached(noun), _attached("organisation")
    of = asker.c.organisation_id == organisation.c.id
    found = select(organisation.c.key).select_from(asker.join(organisation, of))
    return found.where(asker.c.key == key).scalar_subquery()


def _attached(name: str) -> Any:
    """A table of the registry, as it is called where that is attached."""
    return table(name, *(column(c.name, c.type) for c in REGISTRYS[name].c), schema="registry")


def _noun(source: FromClause) -> Noun:
    shown = [
        Shown(name, source.c[name], name not in _ALWAYS, pa.int64() if name == "id" else arrow_type(type_))
        for name, type_ in _TYPES.items()
    ]
    reach = ReachColumns(source.c.province, source.c.region, source.c.unit)
    return Noun(NOUN, T["log"], source, MappingProxyType({each.name: each for each in shown}), reach)


NOUNS: Nouns = MappingProxyType({NOUN: _noun(union_all(_log(), _changes()).subquery("entry"))})
