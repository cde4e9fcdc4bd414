"""How a session begins and ends, whichever way its person came in, and what the access log is told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from graph.errors import NengshuError
from graph.ports import Clock
from hub.access.log import Entry
from hub.access.people._ports import Sessions
from hub.access.people.browsers import Browsers
from hub.access.ports import AccessLog
from hub.stores.registry.account_rows import Account, person
from hub.stores.registry.known import Place

NOBODY = "account"  # the subject of what no account was found for: what was typed may have been a password
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Came:
    """Where a request came from, what it is called, and the session its browser had, which ends with a new one.

    `mark` is what the browser is known by, if it is.
    """

    address: str | None
    request: str | None = None
    earlier: str | None = field(default=None, repr=False)
    mark: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Begun:
    """A session's secret for the browser, how long it lives, and what that is known by who signs in with a password."""

    secret: str = field(repr=False)
    lives: dt.timedelta
    account: Account
    mark: str | None = field(default=None, repr=False)


class Journal:
    """Writes the access log's entries of people."""

    def __init__(self, log: AccessLog, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def note(
        self, came: Came, action: str, account: Account | None,
        *, fault: NengshuError | None = None, detail: Mapping[str, str] = NOTHING,
    ) -> None:  # fmt: skip
        """One event: granted, unless a fault says why not."""
        self._log.note(
            Entry(
                at=self._clock.now(),
                who=None if account is None or fault is not None else person(account.key),
                action=action,
                subject=NOBODY if account is None else person(account.key),
                outcome="granted" if fault is None else "denied",
                code=None if fault is None else fault.code,
                organisation=None if account is None else account.principal.organisation,
                place=Place() if account is None else account.place,
                address=came.address,
                request=came.request,
                detail=detail,
            )
        )


class Beginning:
    """Begins and ends sessions."""

    def __init__(
        self, sessions: Sessions, browsers: Browsers, journal: Journal, clock: Clock, life: dt.timedelta
    ) -> None:
        self._sessions, self._browsers, self._journal = sessions, browsers, journal
        self._clock, self._life = clock, life

    def begin(self, account: Account, how: str, came: Came) -> Begun:
        """A new session under a new secret; what the browser had before counts no longer.

        It rests on what the account signed in with when it was looked up: changed meanwhile, it never counts.
        """
        if came.earlier is not None:
            self._sessions.end(came.earlier)
        until = self._clock.now() + self._life
        secret = self._sessions.begin(account.key, how, until, account.generation)
        self._journal.note(came, "login", account, detail={"how": how})
        mark = self._browsers.mark(account) if how == "password" else None
        return Begun(secret, self._life, account, mark)

    def begin_anew(self, account: Account, came: Came) -> Begun:
        """The same after something was changed that it rests on: no other session of the account goes on."""
        self._sessions.end_all(account.key)
        return self.begin(account, "password", came)

    def end(self, secret: str, account: Account | None, came: Came) -> None:
        """Signed out."""
        self._sessions.end(secret)
        self._journal.note(came, "logout", account)
