"""The registry's tables of how links are run (链路): how each stands, and what each of its runs brought."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import METADATA, NAME_MAX, NEVER_REUSED, WORD_MAX, Stored


class LinkState(Stored, table=True):
    """How a link that is run stands (链路状态), and which hub runs it: no decision, so the audit says nothing of it.

    `lease` is the number of its last lease, which only grows; `beats` counts how often that was renewed.
    """

    link_id: int = Field(foreign_key="link.id", unique=True)
    due_at: dt.datetime = Field(sa_type=Moment)
    failures: int
    breaker: str = Field(max_length=WORD_MAX)
    breaker_since: dt.datetime | None = Field(sa_type=Moment)
    breaker_until: dt.datetime | None = Field(sa_type=Moment)
    last_success_at: dt.datetime | None = Field(sa_type=Moment)
    newest: dt.datetime | None = Field(sa_type=Moment)
    holder: str | None = Field(max_length=NAME_MAX)
    held_until: dt.datetime | None = Field(sa_type=Moment)
    lease: int = Field(sa_type=BigInteger)
    beats: int = Field(sa_type=BigInteger)


_NONE_YET = {"server_default": "0"}  # of runs before these were counted


class LinkDay(Stored, table=True):
    """A day that a link's source was asked for (数据日), with what came of it last."""

    __table_args__ = (UniqueConstraint("link_id", "day"),)
    link_id: int = Field(foreign_key="link.id")
    day: dt.date
    state: str = Field(max_length=WORD_MAX)
    asked_at: dt.datetime = Field(sa_type=Moment)
    said: str = Field(sa_type=Text)


class SyncRun(Stored, table=True):
    """One run of a link (同步), which is its own record of what happened.

    `faults` and `refused` are JSON; `holder` ran it under the `lease` of that number, none: without one.
    """

    __table_args__ = NEVER_REUSED
    link_id: int = Field(foreign_key="link.id", index=True)
    started_at: dt.datetime = Field(sa_type=Moment)
    ended_at: dt.datetime | None = Field(sa_type=Moment)
    state: str = Field(max_length=WORD_MAX, index=True)
    rows: int = Field(sa_type=BigInteger)
    accepted: int = Field(sa_type=BigInteger)
    duplicate: int = Field(sa_type=BigInteger)
    corrected: int = Field(sa_type=BigInteger)
    rejected: int = Field(sa_type=BigInteger)
    quarantined: int = Field(sa_type=BigInteger, sa_column_kwargs=_NONE_YET)
    drift: str | None = Field(sa_type=Text)
    cursor: str | None = Field(sa_type=Text)
    error: str | None = Field(sa_type=Text)
    superseded: int = Field(sa_type=BigInteger, sa_column_kwargs=_NONE_YET)
    suspect: int = Field(sa_type=BigInteger, sa_column_kwargs=_NONE_YET)
    bytes: int = Field(sa_type=BigInteger, sa_column_kwargs=_NONE_YET)
    duration_ms: int | None = Field(sa_type=BigInteger)
    newest: dt.datetime | None = Field(sa_type=Moment)
    lag_s: int | None = Field(sa_type=BigInteger)
    faults: str | None = Field(sa_type=Text)
    refused: str | None = Field(sa_type=Text)
    holder: str | None = Field(max_length=NAME_MAX)
    lease: int | None = Field(sa_type=BigInteger)


T = METADATA.tables  # all of them by name, these too
