"""Proves that somebody knows an account's password and has its telephone, and never says which of them was wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import structlog

from graph.errors import StoreError, Unauthenticated
from graph.ports import Clock
from hub.access.people._ports import Accounts
from hub.access.people.beginning import Beginning, Begun, Came, Journal
from hub.access.people.browsers import Browsers
from hub.access.people.passwords import Passwords
from hub.access.people.pauses import Pauses, Tried
from hub.access.people.telephones import Telephones
from hub.stores.registry.account_rows import Account
from hub.stores.registry.tables import KEY_MAX

log = structlog.get_logger("hub.access")

WRONG = "account, password or code is wrong"
_KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{KEY_MAX}}}", re.ASCII)


def is_key(text: str) -> bool:
    """Whether an account can be called so."""
    return _KEY.fullmatch(text) is not None


@dataclass(frozen=True)
class Proof:
    """What somebody typed."""

    account: str
    password: str = field(repr=False)
    code: str = field(repr=False)


class Proving:
    """Looks at a password and a code, however wrong either is, for the same time."""

    def __init__(
        self, accounts: Accounts, passwords: Passwords, telephones: Telephones, pauses: Pauses,
        browsers: Browsers, journal: Journal, clock: Clock,
    ) -> None:  # fmt: skip
        self._accounts, self._passwords, self._telephones = accounts, passwords, telephones
        self._pauses, self._browsers, self._journal, self._clock = pauses, browsers, journal, clock

    def prove(self, proof: Proof, came: Came, action: str) -> Account:
        """The account. Raises Unauthenticated; TooManyAttempts before anything was looked at, which the log is not told.

        Whoever goes on and on would fill it.
        """
        name = proof.account.strip()
        is_possible = is_key(name)
        tried = Tried(name if is_possible else None, came.address, self._browser(name, came))
        self._pauses.begin(tried)
        account = self._accounts.find(name) if is_possible else None
        if not self._is_proved(account, proof) or account is None:
            self._pauses.failed(tried)
            wrong = Unauthenticated(WRONG)
            self._journal.note(came, action, account, fault=wrong)
            raise wrong
        self._pauses.succeeded(tried)
        self._rehash(account, proof.password)
        return account

    def _browser(self, name: str, came: Came) -> str | None:
        """What a browser is known by, for somebody who signed in with it as the account they name now."""
        mark = self._browsers.read(came.mark)
        if mark is None or mark.account != name:
            return None
        account = self._accounts.find(name)
        return mark.browser if account is not None and mark.is_of(account) else None

    def _is_proved(self, account: Account | None, proof: Proof) -> bool:
        """Both are looked at before either counts, nobody's as well; a code is used up only where all is right."""
        known = account if account is not None and account.counts(self._clock.now()) else None
        digest = None if known is None else known.password
        secret = None if known is None else self._secret_of(known)
        is_known = self._passwords.matches(digest, proof.password)
        step = self._telephones.step_of(secret, proof.code)
        if known is None or not is_known or secret is None or step is None:
            return False
        return self._telephones.use(known.key, secret, step)

    def _secret_of(self, account: Account) -> str | None:
        """None, too, where it cannot be read: that is told who runs the hub, and nobody at the door."""
        try:
            return self._telephones.secret_of(account.key, account.totp)
        except StoreError as fault:
            log.warning("a telephone's secret cannot be read", account=account.key, why=str(fault))
            return None

    def _rehash(self, account: Account, password: str) -> None:
        if account.password is not None and self._passwords.is_outdated(account.password):
            self._accounts.rehash(account.key, account.password, self._passwords.hash(password))


class LocalDoor:
    """Lets people in who sign in here."""

    def __init__(self, proving: Proving, beginning: Beginning) -> None:
        self._proving, self._beginning = proving, beginning

    def sign_in(self, proof: Proof, came: Came) -> Begun:
        """A session. Raises Unauthenticated, TooManyAttempts."""
        return self._beginning.begin(self._proving.prove(proof, came, "login"), "password", came)
