"""What the registry knows of rows that wait in quarantine, and how sources' columns drift.

Neither is a decision, so the audit says nothing of it: each row says itself who settled it and when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, func, insert, select, update

from graph.model.access_device import DayOfDevice, DeviceState
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.quarantine import Quarantined, QuarantineState
from graph.model.sync_run import Link, Receipt
from graph.ports import Clock, Delivery
from hub.stores.registry import held_rows
from hub.stores.registry.database import reading, writing
from hub.stores.registry.device_rows import add_days
from hub.stores.registry.held_rows import DaysOf, Said
from hub.stores.registry.quarantine_tables import T
from hub.stores.registry.runs import id_of_link
from hub.stores.registry.tables import NAME_MAX

COLUMNS_MAX = (
    1_000  # of a link's drift: a source that calls its columns otherwise each day is told of by its last ones
)
BASELINE = "the first run"  # what a source showed then besides what is mapped is no news
_FILE, _DRIFT, _LINK, _RUN = T["quarantined"], T["column_drift"], T["link"], T["sync_run"]
_DEVICE, _UNIT = T["access_device"], T["unit"]
_APPROVED = (
    select(_DEVICE.c.id)
    .select_from(_DEVICE.join(_UNIT))
    .where(_UNIT.c.credit_code == _FILE.c.unit, _DEVICE.c.link == _LINK.c.key)
    .where(_DEVICE.c.state == DeviceState.APPROVED.value)
    .correlate(_FILE, _LINK)
    .exists()
)
_HELD = _FILE.c.unit.is_not(None) & ~_APPROVED
_SHOWN = ("id", "name", "batch", "received_at", "written_at", "bytes", "rows", "waiting", "state", "unit")
_IS_THERE = _FILE.c.swept_at.is_(None)
_IS_SETTLED = _FILE.c.state != QuarantineState.WAITING.value


@dataclass(frozen=True)
class NewFile:
    """A file that was written, whose rows all wait."""

    name: str
    bytes: int
    rows: int


class WaitingRows:
    """The registry's part of the quarantine."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def add(
        self, link: Link, delivery: Delivery, receipt: Receipt, file: NewFile | None
    ) -> tuple[ColumnDrift, ...]:
        """Keep a delivery's drift and its file, in one transaction and once; the drift that is worth telling.

        Raises NotFound for a link nobody registered.
        """
        with writing(self._engine) as connection:
            link_id = id_of_link(connection, link.key)
            if file is not None and _named(connection, file.name) is None:
                came = {"received_at": receipt.received_at, "written_at": delivery.written_at}
                waits = {"waiting": file.rows, "state": QuarantineState.WAITING}
                row = {**vars(file), **came, **waits, "link_id": link_id, "batch": receipt.batch}
                connection.execute(insert(_FILE).values(row))
            rows = 0 if delivery.raw is None else delivery.raw.num_rows
            told = [_see(connection, link_id, each, receipt, rows) for each in delivery.drift]
            _bound(connection, link_id)
        return tuple(each for each, is_news in zip(delivery.drift, told, strict=True) if is_news)

    def add_of_device(self, link: Link, unit: str, file: NewFile, days: Sequence[DayOfDevice]) -> None:
        """Keep a file of a device, in one transaction and once, and count what was made of its days."""
        now = self._clock.now()
        with writing(self._engine) as connection:
            if _named(connection, file.name) is not None:
                return
            came = {"received_at": now, "batch": 0, "unit": unit}
            waits = {"waiting": file.rows, "state": QuarantineState.WAITING}
            row = {**vars(file), **came, **waits, "link_id": id_of_link(connection, link.key)}
            connection.execute(insert(_FILE).values(row))
            add_days(connection, link.key, unit, days, now)

    def not_held(self, link: Link, unit: str, rows: Sequence[Said]) -> list[Said]:
        """Those of a device's rows that do not wait yet."""
        with reading(self._engine) as connection:
            return held_rows.not_held(connection, link.key, unit, rows)

    def add_rows(self, link: Link, unit: str, rows: Sequence[Said], days: DaysOf) -> bool:
        """Keep few rows of a device, in one transaction and each once; whether any was new.

        Those that are new are counted in their days; those that wait already count as of now.
        """
        now = self._clock.now()
        with writing(self._engine) as connection:
            new = held_rows.not_held(connection, link.key, unit, rows)
            if len(new) < len(rows):
                held_rows.came_again(connection, link.key, unit, rows, now)
            if new:
                link_id = id_of_link(connection, link.key)
                held_rows.keep_rows(connection, link_id, unit, new, now)
                add_days(connection, link.key, unit, days({row.number for row in new}), now)
        return bool(new)

    def rows_of(self, file: Quarantined) -> pa.Table:
        """The rows of a file that grows, as far as it had grown when it was looked at."""
        with reading(self._engine) as connection:
            return held_rows.rows_of(connection, file)

    def bookable(self) -> list[Quarantined]:
        """What waits of devices that are approved, of all links, in the order it came."""
        return self._files(_FILE.c.id, _FILE.c.unit.is_not(None), ~_HELD, ~_IS_SETTLED, _IS_THERE)

    def came_again(self, file: Quarantined, receipt: Receipt, written_at: dt.datetime | None) -> None:
        """The rows of a file came again just as they are: they count as of then."""
        if receipt.batch <= file.batch:
            return
        written = max(filter(None, (file.written_at, written_at)), default=None)
        came = {"batch": receipt.batch, "received_at": receipt.received_at, "written_at": written}
        with writing(self._engine) as connection:
            connection.execute(update(_FILE).where(_FILE.c.id == file.id).values(came))

    def settle_drift(self, link: Link, seen: Collection[ColumnDrift], who: str) -> None:
        """Settle what is open of a link's drift and is not among this."""
        still = {(_short(each.column), each.kind.value) for each in seen}
        with writing(self._engine) as connection:
            found = connection.execute(_open_drift(link.key)).mappings().all()
            gone = [row["id"] for row in found if (row["column"], row["kind"]) not in still]
            settled = {"settled_at": self._clock.now(), "settled_by": who}
            if gone:
                connection.execute(update(_DRIFT).where(_DRIFT.c.id.in_(gone)).values(settled))

    def open_drift(self, link: Link) -> tuple[ColumnDrift, ...]:
        """What is open of a link's drift, in the order it was first seen."""
        with reading(self._engine) as connection:
            rows = connection.execute(_open_drift(link.key)).mappings().all()
        return tuple(ColumnDrift(row["column"], DriftKind(row["kind"]), row["came"]) for row in rows)

    def find(self, name: str) -> Quarantined | None:
        """The file of a name, if it was kept."""
        with reading(self._engine) as connection:
            return _named(connection, name)

    def waiting(self, link: Link) -> list[Quarantined]:
        """What waits of a link, in the order it came."""
        return self._files(_FILE.c.id, _LINK.c.key == link.key, ~_IS_SETTLED, _IS_THERE)

    def settled(self, link: Link | None = None, unit: str | None = None) -> list[Quarantined]:
        """What was settled and is still there, of all, of a link or of a device on it; in the order it was settled."""
        return self._files(_FILE.c.settled_at, _IS_SETTLED, _IS_THERE, *_whose(link, unit))

    def names(self) -> set[str]:
        """The names of all files that are to be there."""
        with reading(self._engine) as connection:
            return set(connection.execute(select(_FILE.c.name).where(_IS_THERE)).scalars())

    def bytes_kept(self, link: Link | None = None, unit: str | None = None) -> int:
        """Bytes of all files that are there, or of a link's, or of a unit's device on it."""
        summed = select(func.coalesce(func.sum(_FILE.c.bytes), 0)).select_from(_FILE.join(_LINK))
        with reading(self._engine) as connection:
            return int(connection.execute(summed.where(_IS_THERE, *_whose(link, unit))).scalar_one())

    def settled_before(self, moment: dt.datetime) -> list[Quarantined]:
        """What was settled before a moment and is still there."""
        return self._files(_FILE.c.settled_at, _IS_SETTLED, _IS_THERE, _FILE.c.settled_at < moment)

    def replayed(self, file: Quarantined, waiting: int, who: str) -> None:
        """A replay left so many rows of a file waiting; with none it is booked. What it has grown by since waits, too."""
        with writing(self._engine) as connection:
            rows = connection.execute(select(_FILE.c.rows).where(_FILE.c.id == file.id)).scalar_one()
            left = waiting + rows - file.rows
            state = QuarantineState.WAITING if left else QuarantineState.BOOKED
            self._settle(connection, file.id, state, left, who)

    def give_up(self, number: int, who: str) -> None:
        """Nobody will book the rest of a file."""
        with writing(self._engine) as connection:
            self._settle(connection, number, QuarantineState.GIVEN_UP, 0, who)

    def sweep(self, number: int) -> None:
        """The file of a number is about to go; rows of it that stand here go at once."""
        with writing(self._engine) as connection:
            held_rows.let_go(connection, number)
            gone = update(_FILE).where(_FILE.c.id == number).values(swept_at=self._clock.now())
            connection.execute(gone)

    def _settle(
        self, connection: Connection, number: int, state: QuarantineState, waiting: int, who: str
    ) -> None:
        now = self._clock.now()
        cells: dict[str, Any] = {"state": state, "waiting": waiting}
        if state is not QuarantineState.GIVEN_UP:
            cells["replayed_at"] = now
        if state is not QuarantineState.WAITING:
            cells |= {"settled_at": now, "settled_by": who}
        connection.execute(update(_FILE).where(_FILE.c.id == number).values(cells))

    def _files(self, order: ColumnElement[Any], *where: ColumnElement[bool]) -> list[Quarantined]:
        with reading(self._engine) as connection:
            rows = connection.execute(_files().where(*where).order_by(order, _FILE.c.id)).mappings()
            return [_quarantined(row) for row in rows]


def _whose(link: Link | None, unit: str | None) -> tuple[ColumnElement[bool], ...]:
    """All files, those of a link, or of a unit's device on it."""
    of_link = () if link is None else (_LINK.c.key == link.key,)
    return of_link if unit is None else (*of_link, _FILE.c.unit == unit)


def _see(connection: Connection, link_id: int, drift: ColumnDrift, receipt: Receipt, rows: int) -> bool:
    """Note that a delivery showed this; whether it is worth telling. A delivery that comes again is counted once."""
    column = _short(drift.column)
    is_it = (_DRIFT.c.link_id == link_id, _DRIFT.c.column == column, _DRIFT.c.kind == drift.kind.value)
    held = connection.execute(select(_DRIFT).where(*is_it)).mappings().first()
    seen: dict[str, Any] = {
        "came": None if drift.came is None else _short(drift.came),
        "last_seen": receipt.received_at,
        "batch": receipt.batch,
    }
    if held is None:
        is_news = drift.keeps_rows_out or not _is_first(connection, link_id)
        settled = {} if is_news else {"settled_at": receipt.received_at, "settled_by": BASELINE}
        row = {
            "link_id": link_id,
            "column": column,
            "kind": drift.kind.value,
            "first_seen": receipt.received_at,
        }
        connection.execute(insert(_DRIFT).values({**row, **seen, "rows": rows, **settled}))
        return is_news
    is_known = held["settled_by"] == BASELINE
    if receipt.batch > held["batch"]:
        reopened = {} if is_known else {"settled_at": None, "settled_by": None}
        counted = {**seen, "rows": held["rows"] + rows, **reopened}
        connection.execute(update(_DRIFT).where(_DRIFT.c.id == held["id"]).values(counted))
    return not is_known


def _is_first(connection: Connection, link_id: int) -> bool:
    """Whether no run of the link that brought anything has ended."""
    brought = (_RUN.c.link_id == link_id, _RUN.c.rows > 0, _RUN.c.ended_at.is_not(None))
    return connection.execute(select(_RUN.c.id).where(*brought).limit(1)).first() is None


def _bound(connection: Connection, link_id: int) -> None:
    """Let go of what was seen longest ago, past COLUMNS_MAX."""
    lasting = select(_DRIFT.c.id).where(_DRIFT.c.link_id == link_id)
    newest = lasting.order_by(_DRIFT.c.last_seen.desc(), _DRIFT.c.id.desc())
    old = connection.execute(newest.offset(COLUMNS_MAX)).scalars().all()
    if old:
        connection.execute(delete(_DRIFT).where(_DRIFT.c.id.in_(old)))


def _open_drift(key: str) -> Any:
    is_open = (_LINK.c.key == key, _DRIFT.c.settled_at.is_(None))
    return select(_DRIFT).select_from(_DRIFT.join(_LINK)).where(*is_open).order_by(_DRIFT.c.id)


def _files() -> Any:
    shown = (_FILE.c[name] for name in _SHOWN)
    beside = (_FILE.c.swept_at, _LINK.c.key, _HELD.label("held"))
    return select(*shown, *beside).select_from(_FILE.join(_LINK))


def _named(connection: Connection, name: str) -> Quarantined | None:
    row = connection.execute(_files().where(_FILE.c.name == name)).mappings().first()
    return None if row is None else _quarantined(row)


def _quarantined(row: RowMapping) -> Quarantined:
    cells = {name: value for name, value in row.items() if name not in ("key", "swept_at", "state")}
    return Quarantined(
        **{**cells, "held": bool(row["held"])},
        link=row["key"],
        state=QuarantineState(row["state"]),
        swept=row["swept_at"] is not None,
    )


def _short(text: str) -> str:
    """A source's words as a database can keep them."""
    return text.encode(errors="replace").decode().replace("\x00", "")[:NAME_MAX]
