"""The registry's table of what units' probes report of time: when they ran, when not, when a meter gave nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import reconciliation_tables
from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import KEY_MAX, NEVER_REUSED, WORD_MAX, Stored

ALL_POINTS = ""  # in place of a data code: null is unequal to itself, and the same span would be two


class ProbeSpan(Stored, table=True):
    """A span of time as a unit's probe reported it last (采集端自报); no decision, so the audit says nothing of it."""

    __table_args__ = (UniqueConstraint("unit_id", "kind", "data_code", "begins"), NEVER_REUSED)
    unit_id: int = Field(foreign_key="unit.id")
    kind: str = Field(max_length=WORD_MAX)
    data_code: str = Field(max_length=16)
    begins: dt.datetime = Field(sa_type=Moment)
    ends: dt.datetime = Field(sa_type=Moment)
    what: str = Field(sa_type=Text)
    source: str = Field(max_length=KEY_MAX)
    reported_at: dt.datetime = Field(sa_type=Moment)


T = reconciliation_tables.T  # all of them by name, this too
