"""The registry's tables of what a source's changes cost: files of rows that wait, and how its columns drift."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import device_tables
from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import KEY_MAX, NAME_MAX, NEVER_REUSED, WORD_MAX, Stored


class Quarantined(Stored, table=True):
    """A file of rows that wait (隔离批); `name` is ours, made of the delivery's key, so that a delivery is kept once.

    `unit` is the credit code of whose device sent them, where one did; then `batch` is 0, for none brought them.
    """

    __table_args__ = NEVER_REUSED
    link_id: int = Field(foreign_key="link.id", index=True)
    name: str = Field(max_length=KEY_MAX, unique=True)
    batch: int = Field(sa_type=BigInteger)
    received_at: dt.datetime = Field(sa_type=Moment)
    written_at: dt.datetime | None = Field(sa_type=Moment)
    bytes: int = Field(sa_type=BigInteger)
    rows: int = Field(sa_type=BigInteger)
    waiting: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=WORD_MAX, index=True)
    replayed_at: dt.datetime | None = Field(sa_type=Moment)
    settled_at: dt.datetime | None = Field(sa_type=Moment)
    settled_by: str | None = Field(max_length=NAME_MAX)
    swept_at: dt.datetime | None = Field(sa_type=Moment)
    unit: str | None = Field(max_length=18, index=True)


class HeldRow(Stored, table=True):
    """A row of a device that waits here, in no file of the disk: JSON of its columns, and when it came last."""

    __table_args__ = NEVER_REUSED
    file_id: int = Field(foreign_key="quarantined.id", index=True)
    digest: str = Field(max_length=KEY_MAX, index=True)
    said: str = Field(sa_type=Text)
    came_at: dt.datetime = Field(sa_type=Moment)


class ColumnDrift(Stored, table=True):
    """How a column of a link's source differs from its mapping (来源变化). `batch` is the last it was seen in."""

    __table_args__ = (UniqueConstraint("link_id", "column", "kind"), NEVER_REUSED)
    link_id: int = Field(foreign_key="link.id")
    column: str = Field(max_length=NAME_MAX)
    kind: str = Field(max_length=WORD_MAX)
    came: str | None = Field(max_length=NAME_MAX)
    first_seen: dt.datetime = Field(sa_type=Moment)
    last_seen: dt.datetime = Field(sa_type=Moment)
    rows: int = Field(sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger)
    settled_at: dt.datetime | None = Field(sa_type=Moment)
    settled_by: str | None = Field(max_length=NAME_MAX)


T = device_tables.T  # all of them by name, these too
