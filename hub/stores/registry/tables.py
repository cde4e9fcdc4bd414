"""The registry's tables (基础信息库): one class a noun, references by small integers, nothing that can be computed later.

What a row says of its place (province, city, section, variety, kind, scope) is computed when it is written and kept
where lists are filtered or ordered by it.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sqlalchemy import Index, MetaData, Text, UniqueConstraint, text
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from hub.stores.registry.columns import Bound, CoalEquivalent, Moment

NAME_MAX = 200  # characters of a name; the longest registered names of companies have some 60
KEY_MAX = 64  # characters of a key people choose
WORD_MAX = 32  # characters of an enumeration's word
NEVER_REUSED = {"sqlite_autoincrement": True}  # ids that other stores and cursors keep

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Stored(SQLModel, registry=registry(metadata=METADATA)):
    """A row with its primary key; the table is called as the class, in snake case."""

    id: int | None = Field(default=None, primary_key=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 -- SQLAlchemy hands over the class
        return re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()


class Region(Stored, table=True):
    """A division (行政区划)."""

    code: str = Field(max_length=6, unique=True)
    name: str = Field(max_length=NAME_MAX)
    short_name: str = Field(max_length=NAME_MAX)
    english: str = Field(max_length=NAME_MAX)
    level: str = Field(max_length=WORD_MAX)
    parent: str | None = Field(max_length=6, index=True)
    province: str = Field(max_length=6, index=True)
    tile_column: int | None
    tile_row: int | None
    simulated: bool
    abolished: int | None


class Agency(Stored, table=True):
    """A body with a duty (牵头部门、建设单位); national ones have no province."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    name: str = Field(max_length=NAME_MAX)
    role: str = Field(max_length=WORD_MAX)
    province: str | None = Field(max_length=6, foreign_key="region.code", index=True)
    mechanism: str | None = Field(sa_type=Text)


class Person(Stored, table=True):
    """A person responsible (责任人)."""

    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    agency_id: int = Field(foreign_key="agency.id")
    name: str = Field(max_length=NAME_MAX)
    duty: str | None = Field(max_length=NAME_MAX)
    phone: str | None = Field(max_length=KEY_MAX)


class Platform(Stored, table=True):
    """A province's platform plan (省级平台)."""

    province: str = Field(max_length=6, foreign_key="region.code", unique=True)
    name: str = Field(max_length=NAME_MAX)
    mode: str = Field(max_length=WORD_MAX)
    operation_assured: bool
    filed_on: dt.date | None


class PlatformMilestone(Stored, table=True):
    """A stage of a platform's construction (平台建设里程碑)."""

    __table_args__ = (UniqueConstraint("province", "stage"),)
    province: str = Field(max_length=6, foreign_key="region.code")
    stage: str = Field(max_length=WORD_MAX)
    planned: dt.date
    actual: dt.date | None


class Unit(Stored, table=True):
    """A key energy-using unit (重点用能单位); its id is the readings store's unit_id."""

    __table_args__ = NEVER_REUSED
    credit_code: str = Field(max_length=18, unique=True)
    name: str = Field(max_length=NAME_MAX)
    region: str = Field(max_length=6, foreign_key="region.code", index=True)
    province: str = Field(max_length=6, foreign_key="region.code", index=True)
    city: str | None = Field(max_length=6)
    industry: str = Field(max_length=5)
    section: str = Field(max_length=1)
    tier: str = Field(max_length=WORD_MAX)
    roster_batch: int


class AccessEndMilestone(Stored, table=True):
    """A stage of a unit's access end (接入端建设里程碑)."""

    __table_args__ = (UniqueConstraint("unit_id", "stage"),)
    unit_id: int = Field(foreign_key="unit.id")
    stage: str = Field(max_length=WORD_MAX)
    planned: dt.date
    actual: dt.date | None


class Instrument(Stored, table=True):
    """A measuring instrument (能源计量器具)."""

    __table_args__ = (UniqueConstraint("unit_id", "number"),)
    unit_id: int = Field(foreign_key="unit.id")
    number: str = Field(max_length=KEY_MAX)
    type_code: str = Field(max_length=WORD_MAX)
    level: int
    accuracy_class: str = Field(max_length=WORD_MAX)
    calibrated_on: dt.date | None
    calibration_until: dt.date | None


class DataPoint(Stored, table=True):
    """A data point (采集点); `point_id` counts within its unit. `instrument` is a number the source gave, perhaps ahead."""

    __table_args__ = (
        UniqueConstraint("unit_id", "code"),
        UniqueConstraint("unit_id", "point_id"),
        NEVER_REUSED,
    )
    unit_id: int = Field(foreign_key="unit.id")
    point_id: int
    code: str = Field(max_length=16)
    variety: str = Field(max_length=6)
    kind: str | None = Field(max_length=WORD_MAX)
    scope: int
    granularity: str = Field(max_length=WORD_MAX)
    since: dt.date
    until: dt.date | None
    low: Decimal | None = Field(sa_type=Bound)
    high: Decimal | None = Field(sa_type=Bound)
    instrument: str | None = Field(max_length=KEY_MAX)
    state: str = Field(max_length=WORD_MAX)
    measure: str | None = Field(max_length=WORD_MAX)


class Link(Stored, table=True):
    """One way readings come in (链路); `credential` names a secret of the settings and is none.

    `slot` is of the Beijing day, as in 01:00-05:30; a link with a `paused_why` is not run.
    """

    key: str = Field(max_length=KEY_MAX, unique=True)
    dialect: str = Field(max_length=KEY_MAX)
    province: str = Field(max_length=6, foreign_key="region.code", index=True)
    address: str = Field(sa_type=Text)
    credential: str | None = Field(max_length=KEY_MAX)
    quirks: str = Field(sa_type=Text)
    cursor: str | None = Field(sa_type=Text)
    enabled: bool
    every_seconds: int | None
    slot: str | None = Field(max_length=WORD_MAX)
    deadline_seconds: int | None
    paused_by: str | None = Field(max_length=NAME_MAX)
    paused_why: str | None = Field(sa_type=Text)
    paused_since: dt.datetime | None = Field(sa_type=Moment)


_REFERENCE = text("unit_id IS NULL")


class Coefficient(Stored, table=True):
    """A coal-equivalent coefficient (折标系数); without a unit it is the dictionary's or the standard's.

    Two nulls differ in a unique key, so rows without a unit have a partial one of their own.
    """

    __table_args__ = (
        UniqueConstraint("variety", "basis", "source", "edition", "since", "unit_id"),
        Index(
            "uq_coefficient_reference",
            *("variety", "basis", "source", "edition", "since"),
            unique=True,
            sqlite_where=_REFERENCE,
            postgresql_where=_REFERENCE,
        ),
    )
    variety: str = Field(max_length=6)
    basis: str = Field(max_length=WORD_MAX)
    kgce: Decimal = Field(sa_type=CoalEquivalent)
    edition: str = Field(max_length=NAME_MAX)
    since: dt.date
    until: dt.date | None
    unit_id: int | None = Field(foreign_key="unit.id", index=True)
    source: str = Field(max_length=WORD_MAX)


class Waiver(Stored, table=True):
    """Leave to add an energy later (缓接同意)."""

    __table_args__ = (UniqueConstraint("unit_id", "energy"),)
    unit_id: int = Field(foreign_key="unit.id")
    energy: str = Field(max_length=WORD_MAX)
    grantor: str = Field(max_length=NAME_MAX)
    granted_on: dt.date
    until: dt.date | None


class QuarterlyReport(Stored, table=True):
    """A province's report of a quarter (季度报告)."""

    __table_args__ = (UniqueConstraint("province", "quarter"),)
    province: str = Field(max_length=6, foreign_key="region.code")
    quarter: str = Field(max_length=6, index=True)
    state: str = Field(max_length=WORD_MAX)
    submitted_on: dt.date | None
    problems: str = Field(sa_type=Text)
    suggestions: str = Field(sa_type=Text)


class Document(Stored, table=True):
    """What may be asked by its name (可信文档); the name is made of the text, so neither ever changes."""

    key: str = Field(max_length=71, unique=True)
    title: str = Field(max_length=NAME_MAX)
    text: str = Field(sa_type=Text)
    registered_by: str = Field(max_length=NAME_MAX)
    registered_at: dt.datetime = Field(sa_type=Moment)
    withdrawn_at: dt.datetime | None = Field(sa_type=Moment)


class Audit(Stored, table=True):
    """A change (审计): who, when, what it was before and after, and the place that decides who may read of it."""

    __table_args__ = (
        Index(None, "noun", "id"),
        *(Index(None, name, "at") for name in ("who", "action", "noun", "subject", "province", "unit")),
        NEVER_REUSED,
    )
    at: dt.datetime = Field(sa_type=Moment, index=True)
    who: str = Field(max_length=NAME_MAX)
    action: str = Field(max_length=WORD_MAX)
    noun: str = Field(max_length=WORD_MAX)
    subject: str = Field(max_length=500)
    before: str | None = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    province: str | None = Field(max_length=6)
    region: str | None = Field(max_length=6)
    unit: str | None = Field(max_length=18)


T = METADATA.tables  # by name, for statements
