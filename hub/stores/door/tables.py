"""The door's tables: what changes with each request. No secret stands here in clear, only the digest it is found by."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, MetaData, Text, UniqueConstraint, text
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import KEY_MAX, NAME_MAX, NEVER_REUSED, WORD_MAX
from hub.stores.registry.tables import METADATA as REGISTRYS

DIGEST_LENGTH = 64  # characters of a SHA-256 in hexadecimal
ADDRESS_MAX = 64  # characters of an address: IPv6 with a zone has fewer
SUBJECT_MAX = 500  # characters, as the registry's audit has them
FIRST_LOG_ID: Final = (
    2**40
)  # the log's ids follow it, the registry's audit stays below: both together are one list

METADATA = MetaData(naming_convention=REGISTRYS.naming_convention)


class Kept(SQLModel, registry=registry(metadata=METADATA)):
    """A row with its primary key; the table is called as the class, in snake case."""

    id: int | None = Field(default=None, primary_key=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 -- SQLAlchemy hands over the class
        return re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()


class Session(Kept, table=True):
    """Somebody who has signed in (会话), and the `generation` of what their account signed in with then."""

    digest: str = Field(max_length=DIGEST_LENGTH, unique=True)
    account: str = Field(max_length=NAME_MAX, index=True)
    how: str = Field(max_length=WORD_MAX)
    generation: int = Field(sa_column_kwargs={"server_default": "0"})
    began_at: dt.datetime = Field(sa_type=Moment)
    seen_at: dt.datetime = Field(sa_type=Moment)
    until: dt.datetime = Field(sa_type=Moment, index=True)


class Once(Kept, table=True):
    """Something that counts a single time (一次性凭证), as an assertion's name."""

    digest: str = Field(max_length=DIGEST_LENGTH, unique=True)
    until: dt.datetime = Field(sa_type=Moment, index=True)


class Attempt(Kept, table=True):
    """How often something failed in a row (失败次数)."""

    digest: str = Field(max_length=DIGEST_LENGTH, unique=True)
    failures: int = Field(sa_type=BigInteger)
    last_at: dt.datetime = Field(sa_type=Moment, index=True)


class Pending(Kept, table=True):
    """What waits for somebody to come back with its secret (待续流程); `sealed` is read with that secret alone."""

    digest: str = Field(max_length=DIGEST_LENGTH, unique=True)
    kind: str = Field(max_length=WORD_MAX, index=True, sa_column_kwargs={"server_default": text("''")})
    sealed: bytes = Field(sa_type=LargeBinary)
    until: dt.datetime = Field(sa_type=Moment, index=True)


class DeviceSeen(Kept, table=True):
    """When a unit's device on a link was last heard of (设备在线), and the dictionaries it was told of and took."""

    __table_args__ = (UniqueConstraint("unit", "link"),)
    unit: str = Field(max_length=18)
    link: str = Field(max_length=KEY_MAX)
    province: str = Field(max_length=6)
    region: str = Field(max_length=6)
    registered_at: dt.datetime | None = Field(sa_type=Moment)
    checked_at: dt.datetime | None = Field(sa_type=Moment)
    uploaded_at: dt.datetime | None = Field(sa_type=Moment)
    dictionary_told: str | None = Field(max_length=WORD_MAX)
    told_at: dt.datetime | None = Field(sa_type=Moment)
    dictionary_taken: str | None = Field(max_length=WORD_MAX)
    taken_at: dt.datetime | None = Field(sa_type=Moment)


def _with_moment(*columns: str) -> list[Index]:
    """An index each, so that the newest rows of a value are found without a look at others."""
    return [Index(None, column, "at") for column in columns]


class Log(Kept, table=True):
    """What happened at the door (访问日志), only added to; `times` is how often, where the same was denied again."""

    __table_args__ = (
        *_with_moment("who", "organisation", "action", "subject", "outcome", "province", "unit"),
        CheckConstraint(f"id > {FIRST_LOG_ID}", name="ck_log_id"),
        NEVER_REUSED,
    )
    at: dt.datetime = Field(sa_type=Moment, index=True)
    who: str | None = Field(max_length=NAME_MAX)
    organisation: str | None = Field(max_length=NAME_MAX)
    action: str = Field(max_length=WORD_MAX)
    subject: str = Field(max_length=SUBJECT_MAX)
    outcome: str = Field(max_length=WORD_MAX)
    code: str | None = Field(max_length=NAME_MAX)
    times: int = Field(sa_type=BigInteger)
    detail: str | None = Field(sa_type=Text)
    address: str | None = Field(max_length=ADDRESS_MAX)
    request: str | None = Field(max_length=NAME_MAX)
    province: str | None = Field(max_length=6)
    region: str | None = Field(max_length=6)
    unit: str | None = Field(max_length=18)


T = METADATA.tables  # by name, for statements
