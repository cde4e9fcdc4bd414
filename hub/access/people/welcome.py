"""How somebody with a one-time code comes to a password and a telephone: the invited, and the first administrator."""

from __future__ import annotations

import datetime as dt
import hmac
import threading
from dataclasses import dataclass, field

from graph.errors import Conflict, InvalidInput, Unauthenticated
from graph.ports import Clock
from hub.access.people._ports import Accounts
from hub.access.people.beginning import Beginning, Begun, Came, Journal
from hub.access.people.codes import digest_of, fresh_code
from hub.access.people.kept import Kept
from hub.access.people.passwords import Passwords, weakness_of
from hub.access.people.pauses import Pauses, Tried
from hub.access.people.telephones import Telephones, fresh_secret
from hub.stores.registry import cells
from hub.stores.registry.account_rows import Account, Invitation, OwnOrganisation

KIND = "welcome"  # of what is kept between the two steps
LIVES = dt.timedelta(minutes=30)  # to find the telephone and think of a password
CODE_UNKNOWN = "the one-time code is not known, or counts no longer"


class FirstCode:
    """The one-time code of the first administrator: in memory alone, while there is no account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts, self._lock = accounts, threading.Lock()
        self._digest: str | None = None

    def make(self) -> str | None:
        """A new one to show on the terminal; None where there is an account already. The one before counts no longer."""
        if not self._accounts.is_empty():
            return None
        code = fresh_code()
        with self._lock:
            self._digest = digest_of(code)
        return code

    def is_of(self, digest: str) -> bool:
        """Whether it is this one's, and there is still no account."""
        with self._lock:
            is_same = self._digest is not None and hmac.compare_digest(self._digest, digest)
        return is_same and self._accounts.is_empty()


@dataclass(frozen=True)
class Waiting:
    """Somebody who showed a code and has to choose: what they come back with, and their telephone's secret.

    `account` is None for the first administrator, who chooses that, too. `wrong` says which choice was none.
    """

    ticket: str = field(repr=False)
    telephone: str = field(repr=False)
    account: Account | None
    wrong: str | None = None


@dataclass(frozen=True)
class Chosen:
    """What they chose, and a code that shows that the telephone has the secret."""

    password: str = field(repr=False)
    again: str = field(repr=False)
    code: str = field(repr=False)
    account: str = ""
    name: str = ""


class Welcome:
    """The two steps."""

    def __init__(
        self, accounts: Accounts, first: FirstCode, own: OwnOrganisation, passwords: Passwords,
        telephones: Telephones, pauses: Pauses, kept: Kept, beginning: Beginning, journal: Journal, clock: Clock,
    ) -> None:  # fmt: skip
        self._accounts, self._first, self._own = accounts, first, own
        self._passwords, self._telephones, self._pauses = passwords, telephones, pauses
        self._kept, self._beginning, self._journal, self._clock = kept, beginning, journal, clock

    def show(self, typed: str, came: Came) -> Waiting:
        """Who shows a code that counts. Raises Unauthenticated, TooManyAttempts."""
        tried = Tried(None, came.address)
        self._pauses.begin(tried)
        digest = digest_of(typed)
        if (account := self._invited(digest)) is None and not self._first.is_of(digest):
            fault = Unauthenticated(CODE_UNKNOWN)
            self._pauses.failed(tried)
            self._journal.note(came, "invite", None, fault=fault)
            raise fault
        return self._waiting(digest, fresh_secret(), account)

    def redeem(self, ticket: str, chosen: Chosen, came: Came) -> Begun | Waiting:
        """A session; or what has to be chosen anew. Raises Unauthenticated where the code counts no longer."""
        data = self._kept.take(KIND, ticket)
        if data is None:
            raise Unauthenticated(CODE_UNKNOWN)
        digest, telephone = data["digest"], data["telephone"]
        account = self._invited(digest)
        if account is None and not self._first.is_of(digest):
            raise Unauthenticated(CODE_UNKNOWN)
        wrong, key = self._wrong(account, telephone, chosen)
        if wrong is not None:
            return self._waiting(digest, telephone, account, wrong)
        try:
            entered = self._enter(account, key, digest, telephone, chosen)
        except Conflict as fault:  # somebody was faster with the same code
            raise Unauthenticated(CODE_UNKNOWN) from fault
        self._journal.note(came, "invite", entered)
        return self._beginning.begin_anew(entered, came)

    def _invited(self, digest: str) -> Account | None:
        """The account that waits for a code, where its person may be signed in."""
        account = self._accounts.invited(digest)
        return account if account is not None and account.counts(self._clock.now()) else None

    def _waiting(
        self, digest: str, telephone: str, account: Account | None, wrong: str | None = None
    ) -> Waiting:
        ticket = self._kept.put(KIND, {"digest": digest, "telephone": telephone}, LIVES)
        return Waiting(ticket, telephone, account, wrong)

    def _wrong(self, account: Account | None, telephone: str, chosen: Chosen) -> tuple[str | None, str]:
        """What is wrong with a choice, and the account's key; the code is looked at last, for it is used up."""
        key, name = chosen.account.strip(), chosen.name
        if account is not None:
            key, name = account.key, account.name
        for word, read, given in (("account", cells.key, key), ("name", cells.words(), name)):
            try:
                read(given)
            except InvalidInput:
                return word, key
        if (weakness := weakness_of(chosen.password, key, name)) is not None:
            return weakness.value, key
        if chosen.password != chosen.again:
            return "passwordAgain", key
        step = self._telephones.step_of(telephone, chosen.code)
        if step is None or not self._telephones.use(key, telephone, step):
            return "code", key
        return None, key

    def _enter(
        self, account: Account | None, key: str, digest: str, telephone: str, chosen: Chosen
    ) -> Account:
        password, totp = self._passwords.hash(chosen.password), self._telephones.seal(key, telephone)
        if account is None:
            return self._accounts.add_first(key, chosen.name, self._own, password, totp)
        return self._accounts.redeem(Invitation(digest, self._clock.now()), password, totp)
