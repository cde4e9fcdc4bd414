"""The registry's tables of what comparing links' two ends came to, and where they differ."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import quarantine_tables
from hub.stores.registry.columns import Moment, Share
from hub.stores.registry.tables import NEVER_REUSED, WORD_MAX, Stored


class Reconciliation(Stored, table=True):
    """A comparison of a link's two ends (对账记录); `differing` unit-days differed still when it ended."""

    __table_args__ = NEVER_REUSED
    link_id: int = Field(foreign_key="link.id", index=True)
    started_at: dt.datetime = Field(sa_type=Moment)
    ended_at: dt.datetime = Field(sa_type=Moment)
    first_day: dt.date
    last_day: dt.date
    as_of: int | None = Field(sa_type=BigInteger)
    buckets: int = Field(sa_type=BigInteger)
    bytes_read: int = Field(sa_type=BigInteger)
    rows_read: int = Field(sa_type=BigInteger)
    recounted: int = Field(sa_type=BigInteger)
    missing: int = Field(sa_type=BigInteger)
    changed: int = Field(sa_type=BigInteger)
    newer_here: int = Field(sa_type=BigInteger)
    taken_back: int = Field(sa_type=BigInteger)
    gone_there: int = Field(sa_type=BigInteger)
    given_back: int = Field(sa_type=BigInteger)
    differing: int = Field(sa_type=BigInteger)
    fault: str | None = Field(sa_type=Text)
    method: str | None = Field(max_length=WORD_MAX)
    share: Decimal | None = Field(sa_type=Share)
    seed: int | None = Field(sa_type=BigInteger)


class Difference(Stored, table=True):
    """A unit's day on which a link's two ends differ (差异); sums are text, for they are exact and larger than a number."""

    __table_args__ = (UniqueConstraint("link_id", "unit", "granularity", "day"), NEVER_REUSED)
    link_id: int = Field(foreign_key="link.id")
    unit: str = Field(max_length=18, index=True)
    granularity: str = Field(max_length=WORD_MAX)
    day: dt.date
    here_readings: int = Field(sa_type=BigInteger)
    here_total: str = Field(sa_type=Text)
    there_readings: int = Field(sa_type=BigInteger)
    there_total: str = Field(sa_type=Text)
    first_seen: dt.datetime = Field(sa_type=Moment)
    last_seen: dt.datetime = Field(sa_type=Moment)
    settled_at: dt.datetime | None = Field(sa_type=Moment)


T = quarantine_tables.T  # all of them by name, these too
