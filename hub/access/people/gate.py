"""From a session's cookie to a principal, as the account and its organisation stand now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from graph.errors import Unauthenticated
from graph.model.principal import Principal
from graph.ports import Clock
from hub.access.people._ports import Accounts, Sessions
from hub.access.people.cookies import Cookie, Cookies
from hub.access.people.origins import Own
from hub.stores.door.sessions import Session
from hub.stores.registry.account_rows import Account
from hub.stores.registry.remembered import Remembered

ACCOUNTS_MAX = 1_000  # remembered: who is signed in between two writes
SEEN_EVERY = dt.timedelta(seconds=60)  # a session is written to no more often than that
WAYS = {
    "password": "password",
    "oidc": "provider",
}  # how a session began, and how its account has to sign in now


@dataclass(frozen=True)
class SignedIn:
    """A session that counts, its secret, and the account it is of as it stands now."""

    secret: str = field(repr=False)
    session: Session
    account: Account

    @property
    def until(self) -> dt.datetime:
        """When it ends in any case."""
        ends = self.account.expires_at
        return self.session.until if ends is None else min(self.session.until, ends)

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return replace(self.account.principal, until=self.until)


class Gate:
    """Knows who is signed in by the headers of a request.

    Sessions are looked up each time, accounts once they may have changed: `version` is another after any write.
    """

    def __init__(
        self, accounts: Accounts, sessions: Sessions, clock: Clock, version: Callable[[], int],
        *, own: Own, cookies: Cookies, idle: dt.timedelta,
    ) -> None:  # fmt: skip
        self._accounts = Remembered(accounts.find, version, ACCOUNTS_MAX)
        self._sessions, self._clock, self._idle = sessions, clock, idle
        self._own, self._cookies = own, cookies

    def has_session(self, headers: Mapping[str, str]) -> bool:
        """Whether a request brings what may be a session's cookie."""
        return self._cookies.secret(headers, Cookie.SESSION) is not None

    def is_quick(self, headers: Mapping[str, str]) -> bool:
        """Whether `principal_of_session` answers without waiting for the registry, and writes nothing.

        A session is looked up in some microseconds, a tenth of what it takes to do so in a thread.
        """
        secret = self._cookies.secret(headers, Cookie.SESSION)
        session = None if secret is None else self._sessions.find(secret)
        if session is None:
            return True
        account, now = self._accounts.known(session.account), self._clock.now()
        return (
            account is not None and self._counts(session, account, now) and not self._is_unseen(session, now)
        )

    def principal_of_session(
        self, headers: Mapping[str, str], method: str, is_websocket: bool, *, is_look: bool = False
    ) -> Principal:
        """Who asks. Raises Unauthenticated, and Forbidden where the request is not of the hub's own pages.

        `is_look` where what is open already looks whether it still counts: that is no sign of a person.
        """
        signed_in = self.signed_in(headers)
        self._own.require_where_it_matters(headers, method, is_websocket=is_websocket)
        if not is_look:
            self.seen(signed_in)
        return signed_in.principal

    def signed_in(self, headers: Mapping[str, str]) -> SignedIn:
        """The session of these headers. Raises Unauthenticated."""
        secret = self._cookies.secret(headers, Cookie.SESSION)
        session = None if secret is None else self._sessions.find(secret)
        if secret is None or session is None:
            raise Unauthenticated("nobody is signed in: sign in at /login")
        account, now = self._accounts.find(session.account), self._clock.now()
        if account is None or not self._counts(session, account, now):
            self._sessions.end(secret)
            raise Unauthenticated("the session is over: sign in at /login")
        return SignedIn(secret, session, account)

    def seen(self, signed_in: SignedIn) -> None:
        """A person did something: the session is not idle."""
        now = self._clock.now()
        if self._is_unseen(signed_in.session, now):
            self._sessions.seen(signed_in.secret, now)

    def _is_unseen(self, session: Session, now: dt.datetime) -> bool:
        """Whether its person was last seen so long ago that it has to be written down."""
        return now - session.seen_at >= min(SEEN_EVERY, self._idle / 2)

    def _counts(self, session: Session, account: Account, now: dt.datetime) -> bool:
        """What an account signed in with may have been taken back, and then no session rests on it ever again."""
        is_in_time = now < session.until and now - session.seen_at < self._idle
        is_as_it_was = session.generation == account.generation and WAYS.get(session.how) == account.signs_in
        return is_in_time and is_as_it_was and account.counts(now)
