"""Few rows of a device that wait, in the registry itself: they share a file that grows until it is full or read.

A device that says one record at a time would else leave thousands of files of one row, each with a delivery of its own
once its province approves it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select, update

from graph.model.access_device import DayOfDevice
from graph.model.quarantine import Quarantined, QuarantineState
from graph.model.reading import INSTANT
from graph.ports import RAW_CAME, RAW_ROW
from hub.stores.registry.quarantine_tables import T

PREFIX = "rows-"  # of the names of such files: a file on the disk is called by a digest alone
FILE_ROWS_MAX = (
    1_000  # rows of such a file: what one delivery to the intake names well, read in some milliseconds
)
ROW_BYTES = 150  # what a row takes beside its text: its digest twice, numbers and a moment
_DIGITS = 32  # of a digest: enough that no two rows share it
_FILE, _ROW, _LINK = T["quarantined"], T["held_row"], T["link"]

DaysOf = Callable[[Collection[int]], Sequence[DayOfDevice]]


@dataclass(frozen=True)
class Said:
    """A row as it came, under its number there; its digest is the same wherever it stood."""

    number: int
    text: str
    digest: str

    @property
    def bytes(self) -> int:
        """What it takes to keep it."""
        return len(self.text.encode()) + ROW_BYTES


def said(rows: pa.Table) -> list[Said]:
    """Rows of a source as they came, each once."""
    found: dict[str, Said] = {}
    for row in rows.to_pylist():
        number = row.pop(RAW_ROW)
        text = json.dumps(row, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
        found.setdefault(digest, Said(number, text, digest))
    return list(found.values())


def is_growing(file: Quarantined) -> bool:
    """Whether the rows of a file stand in the registry."""
    return file.name.startswith(PREFIX)


def not_held(connection: Connection, link: str, unit: str, rows: Sequence[Said]) -> list[Said]:
    """Those of a device's rows that no file of it that waits has."""
    held = set(connection.execute(select(_ROW.c.digest).where(_of(link, unit, rows))).scalars())
    return [row for row in rows if row.digest not in held]


def came_again(connection: Connection, link: str, unit: str, rows: Sequence[Said], now: dt.datetime) -> None:
    """These rows of a device came now: those that wait already count as of now."""
    connection.execute(update(_ROW).where(_of(link, unit, rows)).values(came_at=now))


def keep_rows(
    connection: Connection, link_id: int, unit: str, rows: Sequence[Said], now: dt.datetime
) -> None:
    """Keep rows that are new in the device's file that grows, or in a new one where it has no room or was read."""
    size = sum(row.bytes for row in rows)
    has_room = (_FILE.c.link_id == link_id, _FILE.c.unit == unit, _FILE.c.name.startswith(PREFIX))
    is_unread = (_FILE.c.state == QuarantineState.WAITING.value, _FILE.c.replayed_at.is_(None))
    wanted = select(_FILE.c.id).where(*has_room, *is_unread, _FILE.c.rows <= FILE_ROWS_MAX - len(rows))
    file = connection.execute(wanted.order_by(_FILE.c.id.desc()).limit(1)).scalar()
    if file is None:
        file = _new_file(connection, link_id, unit, now)
    grown = {
        "rows": _FILE.c.rows + len(rows),
        "waiting": _FILE.c.waiting + len(rows),
        "bytes": _FILE.c.bytes + size,
        "received_at": now,
    }
    connection.execute(update(_FILE).where(_FILE.c.id == file).values(grown))
    kept = [{"file_id": file, "digest": row.digest, "said": row.text, "came_at": now} for row in rows]
    connection.execute(insert(_ROW), kept)


def rows_of(connection: Connection, file: Quarantined) -> pa.Table:
    """The rows a file had when it was looked at, numbered in the order they came, and when each came last."""
    wanted = select(_ROW.c.said, _ROW.c.came_at).where(_ROW.c.file_id == file.id)
    found = connection.execute(wanted.order_by(_ROW.c.id).limit(file.rows)).all()
    texts = [json.loads(text) for text, _ in found]
    names = list(dict.fromkeys(name for text in texts for name in text))
    columns: Mapping[str, Any] = {name: [text.get(name) for text in texts] for name in names}
    numbers = pa.array(range(1, len(found) + 1), pa.int32())
    came = pa.array([moment for _, moment in found], INSTANT)
    return pa.table({RAW_ROW: numbers, **columns, RAW_CAME: came})


def let_go(connection: Connection, file_id: int) -> None:
    """The rows of a file go."""
    connection.execute(delete(_ROW).where(_ROW.c.file_id == file_id))


def _new_file(connection: Connection, link_id: int, unit: str, now: dt.datetime) -> int:
    empty = {"bytes": 0, "rows": 0, "waiting": 0, "state": QuarantineState.WAITING}
    row = {"link_id": link_id, "name": PREFIX + secrets.token_hex(_DIGITS // 2), "batch": 0, "unit": unit}
    made = connection.execute(insert(_FILE).values(**row, **empty, received_at=now).returning(_FILE.c.id))
    return int(made.scalar_one())


def _of(link: str, unit: str, rows: Sequence[Said]) -> Any:
    """Rows like these in files of the device that wait."""
    files = select(_FILE.c.id).join(_LINK).where(_LINK.c.key == link, _FILE.c.unit == unit)
    waits = files.where(_FILE.c.state == QuarantineState.WAITING.value)
    return _ROW.c.digest.in_([row.digest for row in rows]) & _ROW.c.file_id.in_(waits)
