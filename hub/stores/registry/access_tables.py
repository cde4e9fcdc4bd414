"""The registry's tables of access (访问控制): organisations, their machines and people, and the keys tokens are signed with.

No secret stands here in clear: of passwords and one-time codes a digest, of what has to be read again the sealed text.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from hub.stores.registry import probe_tables
from hub.stores.registry.columns import Moment
from hub.stores.registry.tables import KEY_MAX, NAME_MAX, WORD_MAX, Stored

ISSUER_MAX = 500  # characters of an identity provider's address and of its name for a person
DIGEST_MAX = 200  # characters of a digest with its parameters


class Organisation(Stored, table=True):
    """Who has clients and people (机构): none of them sees or does more than it may. `parts` are words with blanks."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    name: str = Field(max_length=NAME_MAX)
    kind: str = Field(max_length=WORD_MAX)
    parts: str = Field(max_length=NAME_MAX)
    region: str | None = Field(max_length=6, foreign_key="region.code")
    province: str | None = Field(max_length=6, foreign_key="region.code", index=True)
    unit_id: int | None = Field(foreign_key="unit.id")
    enabled: bool


class Client(Stored, table=True):
    """A machine that gets tokens (客户端) by what it signs with its own key; `jwks` is the public half.

    Without a region and unit of its own it reaches as far as its organisation.
    """

    key: str = Field(max_length=KEY_MAX, unique=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    jwks: str = Field(sa_type=Text)
    proves: bool
    region: str | None = Field(max_length=6, foreign_key="region.code")
    province: str | None = Field(max_length=6, foreign_key="region.code", index=True)
    unit_id: int | None = Field(foreign_key="unit.id")
    roles: str = Field(max_length=NAME_MAX)
    created_at: dt.datetime = Field(sa_type=Moment)
    revoked_at: dt.datetime | None = Field(sa_type=Moment)
    expires_at: dt.datetime | None = Field(sa_type=Moment)


class Account(Stored, table=True):
    """A person who signs in (账号), here or at an identity provider.

    `invitation` is the digest of a one-time code, `password` that of a password; `totp` is sealed. `generation` counts
    how often what they sign in with was taken back or set.
    """

    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    key: str = Field(max_length=KEY_MAX, unique=True)
    name: str = Field(max_length=NAME_MAX)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    region: str | None = Field(max_length=6, foreign_key="region.code")
    province: str | None = Field(max_length=6, foreign_key="region.code", index=True)
    unit_id: int | None = Field(foreign_key="unit.id")
    roles: str = Field(max_length=NAME_MAX)
    created_at: dt.datetime = Field(sa_type=Moment)
    revoked_at: dt.datetime | None = Field(sa_type=Moment)
    expires_at: dt.datetime | None = Field(sa_type=Moment)
    invitation: str | None = Field(max_length=DIGEST_MAX)
    invited_until: dt.datetime | None = Field(sa_type=Moment)
    password: str | None = Field(max_length=DIGEST_MAX)
    totp: str | None = Field(sa_type=Text)
    issuer: str | None = Field(max_length=ISSUER_MAX)
    subject: str | None = Field(max_length=ISSUER_MAX)
    generation: int = Field(sa_column_kwargs={"server_default": "0"})


class SigningKey(Stored, table=True):
    """A key access tokens are signed with (签名密钥), sealed; a retired one is published until its tokens have ended."""

    kid: str = Field(max_length=KEY_MAX, unique=True)
    sealed: str = Field(sa_type=Text)
    created_at: dt.datetime = Field(sa_type=Moment)
    retired_at: dt.datetime | None = Field(sa_type=Moment)


class RevokedToken(Stored, table=True):
    """An access token that counts no longer though its time is not over (吊销令牌)."""

    jti: str = Field(max_length=KEY_MAX, unique=True)
    until: dt.datetime = Field(sa_type=Moment, index=True)


T = probe_tables.T  # all of them by name, these too
