"""The registry's table of exchange (数据交换): the batches that held rows of the registry, each with the receipt it got."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import access_tables
from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import NAME_MAX, NEVER_REUSED, WORD_MAX, Stored

KEY_CHARACTERS_MAX = 128  # of an idempotency key


class ReceivedBatch(Stored, table=True):
    """A batch of registry rows (登记批次): who sent it under which key, what it held, and its receipt as JSON.

    `head` chains it to the one before it. Where it lies is where its sender reaches.
    """

    __table_args__ = (UniqueConstraint("source", "key"), NEVER_REUSED)
    source: str = Field(max_length=NAME_MAX)
    key: str = Field(max_length=KEY_CHARACTERS_MAX)
    digest: str = Field(max_length=64)
    kind: str = Field(max_length=WORD_MAX)
    received_at: dt.datetime = Field(sa_type=Moment)
    receipt: str = Field(sa_type=Text)
    head: str = Field(max_length=64)
    province: str | None = Field(max_length=6)
    region: str | None = Field(max_length=6)
    unit: str | None = Field(max_length=18)


T = access_tables.T  # all of them by name, this too
