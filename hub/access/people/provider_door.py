"""Lets people in whom the identity provider vouches for, if an account waits for them here."""

from __future__ import annotations

import datetime as dt

from graph.errors import NengshuError, Unauthenticated
from graph.ports import Clock
from hub.access.people._ports import Accounts
from hub.access.people.beginning import Beginning, Begun, Came, Journal
from hub.access.people.kept import Kept
from hub.access.people.provider import Person, Provider
from hub.access.people.proving import is_key
from hub.access.people.under_way import UnderWay
from hub.stores.registry.account_rows import Account

IDENTITY = "identity"  # of what is kept: what signing out names somebody by


class NotAdmitted(Unauthenticated):
    """The provider vouches for somebody, and nobody here waits for them."""


class ProviderDoor:
    """Binds accounts to subjects at their first login, and begins sessions.

    After that the subject alone counts: whoever is called like an account at the provider, later, is somebody else.
    """

    def __init__(
        self, provider: Provider, under_way: UnderWay, accounts: Accounts, kept: Kept, beginning: Beginning,
        journal: Journal, clock: Clock, life: dt.timedelta,
    ) -> None:  # fmt: skip
        self.provider, self.under_way = provider, under_way
        self._accounts, self._kept, self._beginning = accounts, kept, beginning
        self._journal, self._clock, self._life = journal, clock, life

    def admit(self, person: Person, came: Came) -> tuple[Begun, str]:
        """A session, and what its person is signed out at the provider with. Raises Unauthenticated."""
        account = self._account_of(person)
        if account is None or not account.counts(self._clock.now()):
            fault = NotAdmitted("there is no account here that this person may use")
            self._journal.note(came, "login", account, fault=fault, detail={"how": "oidc"})
            raise fault
        kept = self._kept.put(IDENTITY, {"token": person.token}, self._life)
        return self._beginning.begin(account, "oidc", came), kept

    def refused(self, fault: NengshuError, came: Came) -> None:
        """Tell the access log of a login that came to nothing at the provider."""
        self._journal.note(came, "login", None, fault=fault, detail={"how": "oidc"})

    def token_of(self, secret: str | None) -> str | None:
        """What a person is signed out at the provider with, once."""
        found = self._kept.take(IDENTITY, secret)
        return None if found is None else found["token"]

    def _account_of(self, person: Person) -> Account | None:
        issuer = self.provider.settings.issuer
        bound = self._accounts.by_subject(issuer, person.subject)
        if bound is not None or not is_key(person.name):
            return bound
        waiting = self._accounts.find(person.name)
        if waiting is None or not waiting.counts(self._clock.now()):
            return None
        if not self._accounts.bind(waiting.key, issuer, person.subject):
            return None
        return self._accounts.by_subject(issuer, person.subject)
