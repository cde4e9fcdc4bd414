"""The registry's tables of access devices (接入端设备): who registered, what each says of itself, how good its days are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import supervision_tables
from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import KEY_MAX, NAME_MAX, NEVER_REUSED, WORD_MAX, Stored


class AccessDevice(Stored, table=True):
    """A unit's device on a link; `place` counts from 0 in the order of registering on that link, and never changes."""

    __table_args__ = (
        UniqueConstraint("unit_id", "link"),
        UniqueConstraint("link", "place"),
        NEVER_REUSED,
    )
    unit_id: int = Field(foreign_key="unit.id")
    link: str = Field(max_length=KEY_MAX, foreign_key="link.key")
    place: int
    state: str = Field(max_length=WORD_MAX, index=True)
    why: str | None = Field(sa_type=Text)
    registered_at: dt.datetime = Field(sa_type=Moment)
    decided_at: dt.datetime | None = Field(sa_type=Moment)
    decided_by: str | None = Field(max_length=NAME_MAX)


class DeviceSaid(Stored, table=True):
    """What a device said of itself last (设备自报), as JSON; no decision, so the audit says nothing of it."""

    device_id: int = Field(foreign_key="access_device.id", unique=True)
    said: str = Field(sa_type=Text)
    telephones: str = Field(sa_type=Text)  # of its persons, apart from the rest: not everybody may see them
    problems: str = Field(sa_type=Text)
    said_at: dt.datetime = Field(sa_type=Moment)


class DeviceDay(Stored, table=True):
    """What of a Beijing day came while it waited (首日质量): rows, how many fit, and JSON of how many were found by what."""

    __table_args__ = (UniqueConstraint("device_id", "day"), NEVER_REUSED)
    device_id: int = Field(foreign_key="access_device.id")
    day: dt.date
    rows: int = Field(sa_type=BigInteger)
    fitting: int = Field(sa_type=BigInteger)
    refused: str = Field(sa_type=Text)
    suspected: str = Field(sa_type=Text)
    last_at: dt.datetime = Field(sa_type=Moment)


class DevicePassword(Stored, table=True):
    """What a device of the AK dialect shows for a token (接入密码): a digest of what its password makes, sealed."""

    device_id: int = Field(foreign_key="access_device.id", unique=True)
    sealed: str = Field(sa_type=Text)
    set_at: dt.datetime = Field(sa_type=Moment)


T = supervision_tables.T  # all of them by name, these too
