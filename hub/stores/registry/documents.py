"""Documents that may be asked by their name (可信文档): who registered which text when, and which count no longer."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from graph.errors import NotFound, TooLarge
from graph.model.document import Document, id_of
from graph.ports import Clock
from hub.stores.registry import cells
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.conditions import clean
from hub.stores.registry.database import reading, writing
from hub.stores.registry.directory import revision
from hub.stores.registry.known import Place
from hub.stores.registry.tables import T

NOUN = "document"
DOCUMENTS_MAX = 5_000  # trusted at once: each process keeps them all, a few kilobytes each
_TABLE = T[NOUN]
_EVERYWHERE = Place(None, None, None)


class Documents:
    """The documents of a registry."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def register(self, title: str, text: str, who: str) -> Document:
        """Trust a text from now on; one that is trusted stays as it is. Raises InvalidInput, TooLarge.

        Whether it can be asked is looked at by who registers it.
        """
        said, key = cells.words()(title), id_of(clean(text, "document"))
        with writing(self._engine) as connection:
            author = Author(cells.words()(who), self._clock.now())
            before = _found(connection, key)
            if before is not None and before.withdrawn_at is None:
                return before
            trusted = select(func.count()).select_from(_TABLE).where(_TABLE.c.withdrawn_at.is_(None))
            if connection.execute(trusted).scalar_one() >= DOCUMENTS_MAX:
                raise TooLarge(f"at most {DOCUMENTS_MAX} documents are trusted at once: withdraw some")
            after = Document(key, said, text, author.who, author.at)
            self._write(connection, author, before, after)
        return after

    def withdraw(self, key: str, who: str) -> None:
        """From now on it is trusted no longer; withdrawn twice is withdrawn once. Raises NotFound."""
        with writing(self._engine) as connection:
            author = Author(cells.words()(who), self._clock.now())
            before = _found(connection, key)
            if before is None:
                raise NotFound(f"no document {key[:80]!r} was registered")
            if before.withdrawn_at is None:
                self._write(connection, author, before, replace(before, withdrawn_at=author.at))

    def find(self, key: str) -> Document:
        """A document, withdrawn or not. Raises NotFound."""
        with reading(self._engine) as connection:
            found = _found(connection, key)
        if found is None:
            raise NotFound(f"no document {key[:80]!r} was registered")
        return found

    def list(self) -> builtins.list[Document]:
        """All of them by their titles, withdrawn ones too."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_TABLE).order_by(_TABLE.c.title, _TABLE.c.key)).mappings()
            return [_document(row) for row in rows]

    def revision(self) -> int:
        """A number that grows whenever one is registered or withdrawn, by whatever process; asking is cheap."""
        with reading(self._engine) as connection:
            return revision(connection, [NOUN])

    def trusted(self) -> tuple[int, Mapping[str, str]]:
        """The revision with all trusted texts of it, by their names."""
        wanted = select(_TABLE.c.key, _TABLE.c.text).where(_TABLE.c.withdrawn_at.is_(None))
        with reading(self._engine) as connection:
            found = revision(connection, [NOUN])
            return found, {row.key: row.text for row in connection.execute(wanted)}

    def _write(
        self, connection: Connection, author: Author, before: Document | None, after: Document
    ) -> None:
        row = {**_told(after), "text": after.text}
        if before is None:
            connection.execute(insert(_TABLE).values(row))
        else:
            connection.execute(update(_TABLE).where(_TABLE.c.key == after.id).values(row))
        told = None if before is None else _told(before)
        change = Change((after.id,), told, _told(after), _EVERYWHERE)
        record(connection, author, NOUN, [change])


def _found(connection: Connection, key: str) -> Document | None:
    row = connection.execute(select(_TABLE).where(_TABLE.c.key == key)).mappings().first()
    return None if row is None else _document(row)


def _document(row: RowMapping) -> Document:
    return Document(
        row["key"],
        row["title"],
        row["text"],
        row["registered_by"],
        row["registered_at"],
        row["withdrawn_at"],
    )


def _told(document: Document) -> dict[str, Any]:
    """What the audit says of a document; its name says which text it is."""
    return {
        "key": document.id,
        "title": document.title,
        "registered_by": document.registered_by,
        "registered_at": document.registered_at,
        "withdrawn_at": document.withdrawn_at,
    }
