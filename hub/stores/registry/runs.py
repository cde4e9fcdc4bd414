"""The log of sync runs (同步记录), and how far each link came."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from graph.errors import LeaseLost, NotFound
from graph.model.daily_slot import DailySlot
from graph.model.region import RegionCode
from graph.model.sync_run import Link, RunState, SyncRun
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.known import Place
from hub.stores.registry.link_tables import T

ORPHANED = "the process ended before the run did"
ERROR_MAX = 4_000  # characters; what a source said beyond that helps nobody
_RUN, _LINK, _STATE = T["sync_run"], T["link"], T["link_state"]


class Held(Protocol):
    """Under which lease a run is made, and by whom."""

    @property
    def holder(self) -> str:
        """Who runs the link."""
        ...

    @property
    def number(self) -> int:
        """The number of the lease."""
        ...


def links(connection: Connection) -> tuple[Link, ...]:
    """Every link, in the order of their keys."""
    rows = connection.execute(select(_LINK).order_by(_LINK.c.key)).mappings()
    return tuple(link_of(dict(row)) for row in rows)


def link_of(row: Mapping[str, Any]) -> Link:
    """A row of links as what it is."""
    return Link(
        key=row["key"],
        dialect=row["dialect"],
        region=RegionCode(row["province"]),
        address=row["address"],
        credential=row["credential"],
        quirks=json.loads(row["quirks"]),
        cursor=row["cursor"],
        enabled=row["enabled"],
        every_s=row["every_seconds"],
        slot=None if row["slot"] is None else DailySlot.parse(row["slot"]),
        run_s_max=row["deadline_seconds"],
        paused_why=row["paused_why"],
    )


def id_of_link(connection: Connection, key: str) -> int:
    """The number of a link's row. Raises NotFound for one nobody registered."""
    found = connection.execute(select(_LINK.c.id).where(_LINK.c.key == key)).scalar()
    if found is None:
        raise NotFound(f"no link has the key {key!r}")
    return int(found)


def begin(connection: Connection, link: Link, at: dt.datetime, held: Held | None = None) -> int:
    """Store a running run and return its number. Raises NotFound for a link nobody registered."""
    row = _columns(SyncRun(link.key, at)) | {"link_id": id_of_link(connection, link.key)}
    if held is not None:
        row |= {"holder": held.holder, "lease": held.number}
    stored = connection.execute(insert(_RUN).values(row)).inserted_primary_key
    return int(stored[0]) if stored else 0


def replace(connection: Connection, number: int, run: SyncRun, at: dt.datetime) -> None:
    """Replace what is known of a run; its cursor becomes the link's, and so does the newest it brought. Raises NotFound.

    Of a run whose lease is another's by now only the end that says so is kept, and no cursor: LeaseLost for the rest.
    """
    wanted = select(_RUN.c.link_id, _RUN.c.lease).where(_RUN.c.id == number)
    found = connection.execute(wanted).first()
    if found is None:
        raise NotFound(f"no sync run has the number {number}")
    is_held = found.lease is None or _is_held(connection, found.link_id, found.lease)
    if not is_held and run.state is not RunState.FAILED:
        raise LeaseLost(f"link {run.link}: another hub runs it, run {number} was too long without a sign")
    connection.execute(update(_RUN).where(_RUN.c.id == number).values(_columns(run)))
    if run.cursor is not None and is_held:
        _advance(connection, found.link_id, run.cursor, Author(f"sync run {number}", at))
    if run.newest is not None:
        is_older = or_(_STATE.c.newest.is_(None), _STATE.c.newest < run.newest)
        of_link = update(_STATE).where(_STATE.c.link_id == found.link_id, is_older)
        connection.execute(of_link.values(newest=run.newest))


def _is_held(connection: Connection, link_id: int, lease: int) -> bool:
    """Whether a lease is still the last one of its link, and was not given back."""
    held = select(_STATE.c.id).where(_STATE.c.link_id == link_id, _STATE.c.lease == lease)
    return connection.execute(held.where(_STATE.c.holder.is_not(None))).first() is not None


def close_orphans(connection: Connection, at: dt.datetime, holder: str | None = None) -> int:
    """Mark running runs as failed whose holder is gone, and say how many.

    Gone is `holder`, for whom a process asks that took its place; who had no lease; and who has it no longer.
    """
    of_link = and_(_STATE.c.link_id == _RUN.c.link_id, _STATE.c.lease == _RUN.c.lease)
    is_held = select(_STATE.c.id).where(of_link, _STATE.c.holder == _RUN.c.holder).exists()
    gone = [_RUN.c.lease.is_(None), ~is_held]
    if holder is not None:
        gone.append(_RUN.c.holder == holder)
    return _close(connection, at, ORPHANED, or_(*gone))


def close_others(connection: Connection, link_id: int, lease: int, at: dt.datetime, holder: str) -> None:
    """Mark what runs of a link under another lease than this one as failed: its holder was taken for dead."""
    others = and_(_RUN.c.link_id == link_id, or_(_RUN.c.lease.is_(None), _RUN.c.lease != lease))
    _close(connection, at, f"{ORPHANED}, or gave no sign: {holder} took the link over", others)


def _close(connection: Connection, at: dt.datetime, why: str, which: ColumnElement[bool]) -> int:
    lost = update(_RUN).where(_RUN.c.state == RunState.RUNNING.value, which)
    ended = {"state": RunState.FAILED.value, "ended_at": at, "error": why}
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
    told = {"error": None if run.error is None else _storable(run.error)}
    told |= {name: _json(columns[name]) for name in ("faults", "refused")}
    return columns | told | {"state": run.state.value}


def _json(rows: tuple[Any, ...]) -> str | None:
    """Rows as JSON; orjson knows them, but not what a source may have put between surrogates."""
    if not rows:
        return None
    said = [
        {name: _storable(value) if isinstance(value, str) else value for name, value in vars(row).items()}
        for row in rows
    ]
    return orjson.dumps(said).decode()


def _storable(error: str) -> str:
    """A source's words as a database can keep them, whatever they held."""
    return error.encode(errors="replace").decode().replace("\x00", "")[:ERROR_MAX]
