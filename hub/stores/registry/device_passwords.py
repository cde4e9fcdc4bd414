"""What the registry keeps of devices' passwords, sealed. That one was set is audited, and never what it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from graph.errors import NotFound
from graph.ports import Clock
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.device_tables import T
from hub.stores.registry.known import Place

NOUN = "device_password"
_PASSWORD, _DEVICE, _UNIT = (T[name] for name in (NOUN, "access_device", "unit"))


class DevicePasswords:
    """The sealed digests, by link and unit; any thread may call."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def find(self, link: str, unit: str) -> str | None:
        """What is kept, sealed; None where the device has no password yet. Raises StoreError."""
        of = _PASSWORD.join(_DEVICE).join(_UNIT)
        wanted = select(_PASSWORD.c.sealed).select_from(of)
        with reading(self._engine) as connection:
            found = connection.execute(wanted.where(_DEVICE.c.link == link, _UNIT.c.credit_code == unit))
            sealed: str | None = found.scalar()
            return sealed

    def keep(self, link: str, unit: str, sealed: str) -> None:
        """Keep one in place of the one before. Raises NotFound for no device, StoreError."""
        with writing(self._engine) as connection:
            device = _device(connection, link, unit)
            now = self._clock.now()
            values = {"sealed": sealed, "set_at": now}
            is_it = _PASSWORD.c.device_id == device.id
            before = connection.execute(select(_PASSWORD.c.set_at).where(is_it)).scalar()
            if before is None:
                connection.execute(insert(_PASSWORD).values(device_id=device.id, **values))
            else:
                connection.execute(update(_PASSWORD).where(is_it).values(values))
            told = None if before is None else {"set_at": before}
            place = Place(device.province, device.region, unit)
            change = Change((unit, link), told, {"set_at": now}, place)
            record(connection, Author(f"device of {unit}", now), NOUN, [change])

    def forget(self, link: str, unit: str, who: str) -> bool:
        """Let a device set another: whether it had one. Raises NotFound for no device, StoreError."""
        with writing(self._engine) as connection:
            device = _device(connection, link, unit)
            is_it = _PASSWORD.c.device_id == device.id
            before = connection.execute(select(_PASSWORD.c.set_at).where(is_it)).scalar()
            if before is None:
                return False
            connection.execute(delete(_PASSWORD).where(is_it))
            place = Place(device.province, device.region, unit)
            change = Change((unit, link), {"set_at": before}, {"set_at": None}, place)
            record(connection, Author(who, self._clock.now()), NOUN, [change])
            return True


def _device(connection: Connection, link: str, unit: str) -> Row[Any, Any, Any]:
    wanted = select(_DEVICE.c.id, _UNIT.c.province, _UNIT.c.region).select_from(_DEVICE.join(_UNIT))
    found = connection.execute(wanted.where(_DEVICE.c.link == link, _UNIT.c.credit_code == unit)).first()
    if found is None:
        raise NotFound(f"unit {unit} has no device on link {link}")
    return found
