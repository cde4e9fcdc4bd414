"""What waits for somebody to come back (待续流程), as the invited: taken once, read by its secret alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select

from graph.errors import InvalidInput, TooLarge
from graph.model.period import aware
from graph.ports import Clock
from hub.stores.door.digests import SECRET_MAX, digest, key, made
from hub.stores.door.file import Writer
from hub.stores.door.tables import T

DATA_BYTES_MAX = 8_192  # of one: a telephone's secret is some hundred, an identity token some thousand
PENDING_MAX = 10_000  # of a kind that wait at once, 80 MB at most; its oldest gives way, and no other kind's
_NONCE = bytes(12)  # each key seals once
_PENDING = T["pending"]


class Pending:
    """Keeps and hands out what waits. The file holds it sealed under a key made of the secret, which is not in it."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    def put(self, kind: str, data: Mapping[str, Any], until: dt.datetime) -> str:
        """Keep data until a moment, and return the secret it is taken with. Raises TooLarge, InvalidInput, StoreError."""
        secret, plain = made(), _encoded(data)
        sealed = AESGCM(key(kind, secret)).encrypt(_NONCE, plain, kind.encode())
        row = {"digest": digest(kind, secret), "kind": kind, "sealed": sealed, "until": until}
        alike = _PENDING.c.kind == kind

        def work(connection: Connection) -> None:
            newest = select(_PENDING.c.id).where(alike).order_by(_PENDING.c.id.desc())
            older = newest.offset(PENDING_MAX - 1).limit(1).scalar_subquery()
            connection.execute(delete(_PENDING).where(alike, _PENDING.c.id <= older))
            connection.execute(insert(_PENDING), row)

        self._writer.run(work)
        return secret

    def take(self, kind: str, secret: str) -> dict[str, Any] | None:
        """What waits for a secret, which is gone with that; None where nothing does, or its time is over.

        Raises StoreError.
        """
        if len(secret) > SECRET_MAX:
            return None
        taken = delete(_PENDING).where(_PENDING.c.digest == digest(kind, secret))

        def work(connection: Connection) -> tuple[bytes, dt.datetime] | None:
            row = connection.execute(taken.returning(_PENDING.c.sealed, _PENDING.c.until)).first()
            return None if row is None else (row.sealed, row.until)

        found = self._writer.run(work)
        if found is None or found[1] <= aware(self._clock.now()):
            return None
        return _opened(found[0], kind, secret)


def _encoded(data: Mapping[str, Any]) -> bytes:
    try:
        plain = orjson.dumps(dict(data))
    except orjson.JSONEncodeError as fault:
        raise InvalidInput("what waits has to be JSON", "data") from fault
    if len(plain) > DATA_BYTES_MAX:
        raise TooLarge(f"came {len(plain)} bytes, expected at most {DATA_BYTES_MAX}", "data")
    return plain


def _opened(sealed: bytes, kind: str, secret: str) -> dict[str, Any] | None:
    try:
        plain = AESGCM(key(kind, secret)).decrypt(_NONCE, sealed, kind.encode())
    except InvalidTag:  # somebody wrote into the file
        return None
    data: dict[str, Any] = orjson.loads(plain)
    return data
