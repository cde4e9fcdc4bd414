"""Sessions (会话) of people who have signed in: a secret in their browser, its digest here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from graph.ports import Clock
from hub.stores.door.digests import SECRET_MAX, digest, made
from hub.stores.door.file import Looks, Writer
from hub.stores.door.moments import as_told
from hub.stores.door.tables import T
from hub.stores.registry.conditions import clean

KIND = "session"
SESSIONS_MAX = 50  # of one account; the oldest gives way: nobody has so many browsers
_SESSION = T["session"]


@dataclass(frozen=True)
class Session:
    """Somebody who has signed in, how, and which generation of that counted then."""

    account: str
    how: str
    generation: int
    began_at: dt.datetime
    seen_at: dt.datetime
    until: dt.datetime


class Sessions:
    """Begins, finds and ends sessions; any thread may call."""

    def __init__(self, writer: Writer, looks: Looks, clock: Clock) -> None:
        self._writer, self._looks, self._clock = writer, looks, clock
        shown = [
            _SESSION.c[name] for name in ("account", "how", "generation", "began_at", "seen_at", "until")
        ]
        self._by_digest = looks.text_of(select(*shown).where(_SESSION.c.digest == bindparam("digest")))
        of_account = select(*shown).where(_SESSION.c.account == bindparam("account"))
        self._by_account = looks.text_of(of_account.order_by(_SESSION.c.id))

    def begin(self, account: str, how: str, until: dt.datetime, generation: int) -> str:
        """Begin one, and return its secret, which stands nowhere here. Raises InvalidInput, StoreError."""
        secret, now = made(), self._clock.now()
        row = {
            "digest": digest(KIND, secret),
            "account": clean(account, "account"),
            "how": clean(how, "how"),
            "generation": generation,
            "began_at": now,
            "seen_at": now,
            "until": until,
        }

        def work(connection: Connection) -> None:
            own = select(_SESSION.c.id).where(_SESSION.c.account == account).order_by(_SESSION.c.id.desc())
            older = own.limit(-1).offset(SESSIONS_MAX - 1)
            connection.execute(delete(_SESSION).where(_SESSION.c.id.in_(older)))
            connection.execute(insert(_SESSION), row)

        self._writer.run(work)
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of a secret; None where there is none, it was ended or is over. Raises StoreError."""
        if len(secret) > SECRET_MAX:
            return None
        found = self._current(self._looks.rows(self._by_digest, digest(KIND, secret)))
        return found[0] if found else None

    def seen(self, secret: str, at: dt.datetime) -> None:
        """Keep when somebody was there; whoever calls decides how often that is worth it. Raises StoreError."""
        own = _SESSION.c.digest == digest(KIND, secret)
        statement = update(_SESSION).where(own, _SESSION.c.seen_at < at).values(seen_at=at)
        self._writer.run(lambda connection: connection.execute(statement))

    def end(self, secret: str) -> None:
        """End one, if there is any. Raises StoreError."""
        ended = delete(_SESSION).where(_SESSION.c.digest == digest(KIND, secret))
        self._writer.run(lambda connection: connection.execute(ended))

    def end_all(self, account: str) -> None:
        """End all of an account. Raises InvalidInput, StoreError."""
        ended = delete(_SESSION).where(_SESSION.c.account == clean(account, "account"))
        self._writer.run(lambda connection: connection.execute(ended))

    def list(self, account: str) -> Sequence[Session]:
        """Those of an account that have not ended, in the order in which they began. Raises InvalidInput, StoreError."""
        return self._current(self._looks.rows(self._by_account, clean(account, "account")))

    def _current(self, rows: Sequence[Sequence[Any]]) -> Sequence[Session]:
        now = self._clock.now()
        found = [
            Session(account, how, generation, *map(as_told, moments))
            for account, how, generation, *moments in rows
        ]
        return [session for session in found if now < session.until]
