"""When access devices were last heard of (设备在线): noted in memory as they call, written every few seconds.

A process that is killed forgets what it noted in those seconds, and no more: nothing rests on it but what a page shows.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import URL, Connection, Engine, func
from sqlalchemy.dialects.sqlite import insert

from graph.ports import Ask, Clock, Condition, Page
from hub.stores.door.file import STORE, Writer
from hub.stores.door.tables import T
from hub.stores.registry import rows
from hub.stores.registry.columns import arrow_type
from hub.stores.registry.database import open_engine, reading
from hub.stores.registry.nouns import Noun, Nouns, ReachColumns, Shown
from hub.stores.registry.tables import WORD_MAX

NOUN: Final = "device_seen"
WAITING_MAX = 4_096  # devices that are noted and not written yet: then whoever notes one more writes them
_SEEN = T[NOUN]
_WORDS: Mapping[str, tuple[str | None, str]] = MappingProxyType(
    {
        "registered": (None, "registered_at"),
        "checked": (None, "checked_at"),
        "uploaded": (None, "uploaded_at"),
        "told": ("dictionary_told", "told_at"),
        "downloaded": ("dictionary_taken", "taken_at"),
    }
)
_SAID = tuple(name for pair in _WORDS.values() for name in pair if name is not None)


@dataclass(frozen=True)
class SeenDevice:
    """Whose device is noted: its unit's place is who may read of it."""

    unit: str
    link: str
    province: str
    region: str


@dataclass
class DevicesSeen:
    """A row source of the noun `device_seen`, and where it is noted; any thread may call."""

    engine: Engine
    writer: Writer
    clock: Clock
    _noted: dict[SeenDevice, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, device: SeenDevice, said: Mapping[str, str | None]) -> None:
        """Remember that a device was seen now, by these words. Raises StoreError when that is to be written and cannot."""
        now = self.clock.now()
        columns = {
            name: value for word, version in said.items() for name, value in _columns(word, version, now)
        }
        with self._lock:
            self._noted.setdefault(device, {}).update(columns)
            is_much = len(self._noted) >= WAITING_MAX
        if is_much:
            self.settle()

    def settle(self) -> None:
        """Write what was noted. Raises StoreError, and then it is still noted."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            self.writer.run(lambda connection: _write(connection, noted))
        except BaseException:
            with self._lock:
                for device, columns in noted.items():
                    self._noted[device] = {**columns, **self._noted.get(device, {})}
            raise

    def rows(self, ask: Ask) -> Page:
        """One page, within the asker's reach. Raises InvalidInput, StoreError."""
        return self.pages([ask])[0]

    def known(self, ask: Ask) -> Page | None:
        """Nothing is known of what changes with each request."""

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Pages that differ in their conditions alone. Raises InvalidInput, StoreError."""
        self.settle()
        with reading(self.engine, STORE) as connection:
            return rows.pages(connection, asks, NOUNS)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows by a column's values. Raises InvalidInput, StoreError."""
        self.settle()
        with reading(self.engine, STORE) as connection:
            return rows.counts(connection, ask, by, latest, NOUNS)


def _columns(word: str, version: str | None, now: dt.datetime) -> list[tuple[str, Any]]:
    """What one word of a note means. Raises KeyError for a word that is none."""
    kept, moment = _WORDS[word]
    said = None if version is None else version[:WORD_MAX]
    return [(moment, now)] if kept is None else [(kept, said), (moment, now)]


def _write(connection: Connection, noted: Mapping[SeenDevice, Mapping[str, Any]]) -> None:
    blank = dict.fromkeys(_SAID)
    connection.execute(_KEPT, [{**vars(device), **blank, **said} for device, said in noted.items()])


_NEW = insert(_SEEN)
_KEPT = _NEW.on_conflict_do_update(
    index_elements=[_SEEN.c.unit, _SEEN.c.link],
    set_={
        "province": _NEW.excluded.province,
        "region": _NEW.excluded.region,
        **{name: func.coalesce(_NEW.excluded[name], _SEEN.c[name]) for name in _SAID},
    },
)


def _noun() -> Noun:
    shown = {
        column.name: Shown(
            column.name,
            column,
            bool(column.nullable),
            pa.int64() if column.name == "id" else arrow_type(column.type),
        )
        for column in _SEEN.c
    }
    reach = ReachColumns(_SEEN.c.province, _SEEN.c.region, _SEEN.c.unit)
    return Noun(NOUN, _SEEN, _SEEN, MappingProxyType(shown), reach)


NOUNS: Nouns = MappingProxyType({NOUN: _noun()})


def looking(path: Path, unit: str | None = None, link: str | None = None) -> list[dict[str, Any]]:
    """What a door's file has of all devices or of one, for who only looks: none where there is none. Raises StoreError."""
    if not path.is_file():
        return []
    where = {"unit": unit, "link": link}
    conditions = tuple(Condition(name, value) for name, value in where.items() if value is not None)
    url = URL.create("sqlite", database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})
    engine = open_engine(url, only_look=True)
    try:
        with reading(engine, STORE) as connection:
            found: list[dict[str, Any]] = rows.page(
                connection, Ask(NOUN, where=conditions), NOUNS
            ).table.to_pylist()
    finally:
        engine.dispose()
    return found
