"""The log of sync runs (同步记录), and how far each link came."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from sqlalchemy import Connection, insert, select, update

from graph.errors import NotFound
from graph.model.region import RegionCode
from graph.model.sync_run import Link, RunState, SyncRun
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.known import Place
from hub.stores.registry.tables import T

ORPHANED = "the process ended before the run did"
ERROR_MAX = 4_000  # characters; what a source said beyond that helps nobody
_RUN, _LINK = T["sync_run"], T["link"]


def links(connection: Connection) -> tuple[Link, ...]:
    """Every link, in the order of their keys."""
    rows = connection.execute(select(_LINK).order_by(_LINK.c.key)).mappings()
    return tuple(
        Link(
            key=row["key"],
            dialect=row["dialect"],
            region=RegionCode(row["province"]),
            address=row["address"],
            credential=row["credential"],
            quirks=json.loads(row["quirks"]),
            cursor=row["cursor"],
            enabled=row["enabled"],
        )
        for row in rows
    )


def begin(connection: Connection, link: Link, at: dt.datetime) -> int:
    """Store a running run and return its number. Raises NotFound for a link nobody registered."""
    link_id = connection.execute(select(_LINK.c.id).where(_LINK.c.key == link.key)).scalar()
    if link_id is None:
        raise NotFound(f"no link has the key {link.key!r}")
    row = _columns(SyncRun(link.key, at)) | {"link_id": link_id}
    stored = connection.execute(insert(_RUN).values(row)).inserted_primary_key
    return int(stored[0]) if stored else 0


def replace(connection: Connection, number: int, run: SyncRun, at: dt.datetime) -> None:
    """Replace what is known of a run; a cursor in it becomes the link's. Raises NotFound."""
    found = connection.execute(select(_RUN.c.link_id).where(_RUN.c.id == number)).scalar()
    if found is None:
        raise NotFound(f"no sync run has the number {number}")
    connection.execute(update(_RUN).where(_RUN.c.id == number).values(_columns(run)))
    if run.cursor is not None:
        _advance(connection, found, run.cursor, Author(f"sync run {number}", at))


def close_orphans(connection: Connection, at: dt.datetime) -> int:
    """Mark running runs as failed and say how many; for a process that starts and finds those of a dead one."""
    lost = update(_RUN).where(_RUN.c.state == RunState.RUNNING.value)
    ended = {"state": RunState.FAILED.value, "ended_at": at, "error": ORPHANED}
    return connection.execute(lost.values(ended)).rowcount


def _advance(connection: Connection, link_id: int, cursor: str, author: Author) -> None:
    """Move a link's cursor, which is a change of the link like any other."""
    row = connection.execute(select(_LINK).where(_LINK.c.id == link_id)).mappings().one()
    if row["cursor"] == cursor:
        return
    connection.execute(update(_LINK).where(_LINK.c.id == link_id).values(cursor=cursor))
    before = {name: value for name, value in row.items() if name != "id"}
    place = Place(row["province"], row["province"])
    record(connection, author, "link", [Change((row["key"],), before, before | {"cursor": cursor}, place)])


def _columns(run: SyncRun) -> dict[str, Any]:
    """A run as its table's columns; the link is a reference there."""
    columns = {
        field.name: getattr(run, field.name) for field in dataclasses.fields(run) if field.name != "link"
    }
    return columns | {"state": run.state.value, "error": None if run.error is None else _storable(run.error)}


def _storable(error: str) -> str:
    """A source's words as a database can keep them, whatever they held."""
    return error.encode(errors="replace").decode().replace("\x00", "")[:ERROR_MAX]
