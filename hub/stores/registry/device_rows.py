"""What the registry keeps of access devices beside what people decide: that they registered, and what they say.

That a device registered is audited, once: no more than one row a unit and link. What it says after that is its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from graph.model.access_device import DayOfDevice, DeviceSays, DeviceState
from graph.model.credit_code import CreditCode
from graph.ports import Clock
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.device_tables import T
from hub.stores.registry.known import Place

_DEVICE, _SAID, _DAY, _UNIT, _LINK = (
    T[name] for name in ("access_device", "device_said", "device_day", "unit", "link")
)


@dataclass(frozen=True)
class NewDevice:
    """A device that registers: by which link, for which unit, and how it stands from the start."""

    link: str
    unit: CreditCode
    state: DeviceState = DeviceState.AWAITING
    decided_by: str | None = None


class DeviceRows:
    """The registry's part of access devices; any thread may call."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def enrol(self, device: NewDevice) -> None:
        """Enter a device under the next place of its link, unless it is there. Raises StoreError."""
        with writing(self._engine) as connection:
            unit = _unit(connection, device.unit)
            if unit is None or _id_of(connection, device.link, unit.id) is not None:
                return
            now = self._clock.now()
            last = select(func.max(_DEVICE.c.place)).where(_DEVICE.c.link == device.link)
            highest = connection.execute(last).scalar()
            row = {
                "link": device.link,
                "place": 0 if highest is None else highest + 1,
                "state": device.state.value,
                "registered_at": now,
                "decided_at": None if device.decided_by is None else now,
                "decided_by": device.decided_by,
            }
            connection.execute(insert(_DEVICE).values(unit_id=unit.id, **row))
            key, place = (str(device.unit), device.link), Place(unit.province, unit.region, str(device.unit))
            change = Change(key, None, {"unit": str(device.unit), **row}, place)
            record(connection, Author(f"device of {device.unit}", now), "access_device", [change])

    def say(self, link: str, unit: CreditCode, said: DeviceSays) -> None:
        """Keep what a device says of itself in place of what it said before; the same once more writes nothing."""
        with writing(self._engine) as connection:
            found = _unit(connection, unit)
            device = None if found is None else _id_of(connection, link, found.id)
            if device is None:
                return
            is_it = _SAID.c.device_id == device
            stands = select(*(_SAID.c[name] for name in vars(said))).where(is_it)
            if connection.execute(stands).first() == tuple(vars(said).values()):
                return
            values = {**vars(said), "said_at": self._clock.now()}
            if connection.execute(update(_SAID).where(is_it).values(values)).rowcount == 0:
                connection.execute(insert(_SAID).values(device_id=device, **values))

    def units(self, dialect: str) -> list[tuple[CreditCode, str]]:
        """Every unit that has a device on a link of a dialect, with the link's key."""
        of = _DEVICE.join(_UNIT).join(_LINK, _LINK.c.key == _DEVICE.c.link)
        wanted = select(_UNIT.c.credit_code, _DEVICE.c.link).select_from(of).where(_LINK.c.dialect == dialect)
        with reading(self._engine) as connection:
            return [(CreditCode(code), link) for code, link in connection.execute(wanted)]


def add_days(
    connection: Connection, link: str, unit: str, days: Iterable[DayOfDevice], now: dt.datetime
) -> None:
    """Count what came of a device's days, in the transaction that keeps it."""
    found = _unit(connection, CreditCode(unit))
    device = None if found is None else _id_of(connection, link, found.id)
    if device is None:
        return
    for day in days:
        is_it = (_DAY.c.device_id == device) & (_DAY.c.day == day.day)
        held = connection.execute(select(_DAY).where(is_it)).mappings().first()
        if held is None:
            connection.execute(insert(_DAY).values(device_id=device, day=day.day, **_columns(day, now)))
        else:
            both = _columns(day_of(held) + day, now)
            connection.execute(update(_DAY).where(_DAY.c.id == held["id"]).values(both))


def day_of(row: RowMapping) -> DayOfDevice:
    """A row of days as what it is."""
    refused, suspected = json.loads(row["refused"]), json.loads(row["suspected"])
    return DayOfDevice(row["day"], row["rows"], row["fitting"], refused, suspected)


def _columns(day: DayOfDevice, now: dt.datetime) -> dict[str, object]:
    counted = {"refused": json.dumps(day.refused), "suspected": json.dumps(day.suspected)}
    return {"rows": day.rows, "fitting": day.fitting, **counted, "last_at": now}


def _unit(connection: Connection, unit: CreditCode) -> Any:
    wanted = select(_UNIT.c.id, _UNIT.c.province, _UNIT.c.region).where(_UNIT.c.credit_code == str(unit))
    return connection.execute(wanted).first()


def _id_of(connection: Connection, link: str, unit_id: int) -> int | None:
    is_it = (_DEVICE.c.link == link) & (_DEVICE.c.unit_id == unit_id)
    return connection.execute(select(_DEVICE.c.id).where(is_it)).scalar()
