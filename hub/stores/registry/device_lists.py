"""What lists show of access devices: the table that a row is about, the tables joined, and the columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table

from hub.stores.registry.device_tables import T

_DEVICE, _SAID, _DAY, _UNIT = T["access_device"], T["device_said"], T["device_day"], T["unit"]
_OF_UNIT = {"unit": _UNIT.c.credit_code, "province": _UNIT.c.province}
_Columns = Mapping[str, ColumnElement[Any]]

DEVICES: tuple[Table, FromClause, _Columns] = (
    _DEVICE,
    _DEVICE.join(_UNIT).join(_SAID, _SAID.c.device_id == _DEVICE.c.id, isouter=True),
    {
        **{name: _DEVICE.c[name] for name in ("id", "link", "place", "state", "why", "registered_at")},
        **{name: _DEVICE.c[name] for name in ("decided_at", "decided_by")},
        **{name: _SAID.c[name] for name in ("said", "telephones", "problems", "said_at")},
        **_OF_UNIT,
    },
)
DAYS: tuple[Table, FromClause, _Columns] = (
    _DAY,
    _DAY.join(_DEVICE).join(_UNIT),
    {
        **{
            name: _DAY.c[name] for name in ("id", "day", "rows", "fitting", "refused", "suspected", "last_at")
        },
        "device": _DEVICE.c.id,
        "link": _DEVICE.c.link,
        **_OF_UNIT,
    },
)
