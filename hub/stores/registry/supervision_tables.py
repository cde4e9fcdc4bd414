"""The registry's tables of supervision (督促监管): what is owed, what was found, what followed from it.

Agencies, inspections and orders are referred to by the keys they are known by, as provinces are by their codes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import link_tables
from hub.stores.registry.columns import Points
from hub.stores.registry.tables import KEY_MAX, NAME_MAX, WORD_MAX, Stored

NUMBER_MAX = 48  # characters of an order's number: its duty's key holds it behind the kind


class Duty(Stored, table=True):
    """What a province or a unit owes by a day (任务时限); derived from the facts beside it."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    kind: str = Field(max_length=WORD_MAX)
    province: str = Field(max_length=6, foreign_key="region.code", index=True)
    unit_id: int | None = Field(foreign_key="unit.id", index=True)
    subject: str = Field(max_length=KEY_MAX)
    due_on: dt.date = Field(index=True)
    done_on: dt.date | None
    clause: str = Field(max_length=NAME_MAX)


class Inspection(Stored, table=True):
    """An inspection of a unit (监督检查)."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    agency: str = Field(max_length=KEY_MAX, foreign_key="agency.key")
    held_on: dt.date
    basis: str = Field(max_length=NAME_MAX)
    findings: str = Field(sa_type=Text)
    outcome: str = Field(max_length=WORD_MAX)


class RectificationOrder(Stored, table=True):
    """An order to a unit to mend something by a deadline (责令限期整改)."""

    number: str = Field(max_length=NUMBER_MAX, unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    inspection: str | None = Field(max_length=KEY_MAX, foreign_key="inspection.key", index=True)
    issued_by: str = Field(max_length=KEY_MAX, foreign_key="agency.key")
    issued_on: dt.date
    deadline: dt.date
    grounds: str = Field(sa_type=Text)
    state: str = Field(max_length=WORD_MAX)
    closed_on: dt.date | None


class CreditEntry(Stored, table=True):
    """A unit's entry for the national credit platform (失信记录), with the day of each state."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    ground: str = Field(max_length=WORD_MAX)
    order_number: str | None = Field(
        max_length=NUMBER_MAX, foreign_key="rectification_order.number", index=True
    )
    state: str = Field(max_length=WORD_MAX)
    candidate_on: dt.date
    reviewed_on: dt.date | None
    listed_on: dt.date | None
    delisted_on: dt.date | None
    dismissed_on: dt.date | None
    evidence: str = Field(sa_type=Text)


class Score(Stored, table=True):
    """One index of a province in a quarter, by a formula's edition (评分)."""

    __table_args__ = (UniqueConstraint("province", "quarter", "formula", "edition", "index_name"),)
    province: str = Field(max_length=6, foreign_key="region.code")
    quarter: str = Field(max_length=6, index=True)
    formula: str = Field(max_length=KEY_MAX)
    edition: str = Field(max_length=KEY_MAX)
    index_name: str = Field(max_length=KEY_MAX)
    value: Decimal = Field(sa_type=Points)
    rank: int | None


class Bulletin(Stored, table=True):
    """One edition of a quarter's bulletin (通报); `as_of_batch` is a number of the readings' ledger."""

    __table_args__ = (UniqueConstraint("quarter", "edition"),)
    quarter: str = Field(max_length=6)
    edition: int
    title: str = Field(max_length=NAME_MAX)
    as_of_batch: int | None
    state: str = Field(max_length=WORD_MAX)
    ndrc_approved_on: dt.date | None
    samr_approved_on: dt.date | None
    published_on: dt.date | None
    text: str = Field(sa_type=Text)


T = link_tables.T  # all of them by name, these too
