"""What people change of their own account: the password and the telephone, each by proving that they have both now."""

from __future__ import annotations

import datetime as dt

from graph.errors import Forbidden, Unauthenticated
from hub.access.people._ports import Accounts
from hub.access.people.beginning import Beginning, Begun, Came, Journal
from hub.access.people.gate import SignedIn
from hub.access.people.kept import Kept
from hub.access.people.passwords import Passwords, weakness_of
from hub.access.people.proving import Proof, Proving
from hub.access.people.telephones import Telephones, fresh_secret
from hub.access.people.welcome import Waiting

KIND = "telephone"  # of what is kept until the new one shows a code
LIVES = dt.timedelta(minutes=10)
AT_THE_PROVIDER = "this account signs in at the identity provider, and has neither password nor code here"


class OwnAccount:
    """Changes, after which no other session of the account goes on."""

    def __init__(
        self, accounts: Accounts, passwords: Passwords, telephones: Telephones, kept: Kept,
        proving: Proving, beginning: Beginning, journal: Journal,
    ) -> None:  # fmt: skip
        self._accounts, self._passwords, self._telephones, self._kept = accounts, passwords, telephones, kept
        self._proving, self._beginning, self._journal = proving, beginning, journal

    def change_password(
        self, of: SignedIn, proof: tuple[str, str], fresh: str, again: str, came: Came
    ) -> Begun | str:
        """A new session, or the word for what is wrong with the new password. Raises Unauthenticated, Forbidden."""
        account = of.account
        weakness = weakness_of(fresh, account.key, account.name)
        if weakness is not None:
            return weakness.value
        if fresh != again:
            return "passwordAgain"
        self._prove(of, proof, came)
        renewed = self._accounts.renew(account.key, password=self._passwords.hash(fresh))
        self._journal.note(came, "rotate", account, detail={"what": "password"})
        return self._beginning.begin_anew(renewed, came)

    def begin_telephone(self, of: SignedIn, proof: tuple[str, str], came: Came) -> Waiting:
        """The secret of a new telephone, which has to show a code of it. Raises Unauthenticated, Forbidden."""
        self._prove(of, proof, came)
        return self._waiting(of, fresh_secret())

    def change_telephone(self, of: SignedIn, ticket: str, code: str, came: Came) -> Begun | Waiting:
        """A new session, or the same secret again where the code was none of it. Raises Unauthenticated."""
        data, account = self._kept.take(KIND, ticket), of.account
        if data is None or data["account"] != account.key:
            raise Unauthenticated("it took too long: begin anew")
        telephone: str = data["telephone"]
        step = self._telephones.step_of(telephone, code)
        if step is None or not self._telephones.use(account.key, telephone, step):
            return self._waiting(of, telephone, "code")
        renewed = self._accounts.renew(account.key, totp=self._telephones.seal(account.key, telephone))
        self._journal.note(came, "rotate", account, detail={"what": "telephone"})
        return self._beginning.begin_anew(renewed, came)

    def _prove(self, of: SignedIn, proof: tuple[str, str], came: Came) -> None:
        if of.account.signs_in != "password":
            raise Forbidden(AT_THE_PROVIDER)
        password, code = proof
        self._proving.prove(Proof(of.account.key, password, code), came, "rotate")

    def _waiting(self, of: SignedIn, telephone: str, wrong: str | None = None) -> Waiting:
        ticket = self._kept.put(KIND, {"account": of.account.key, "telephone": telephone}, LIVES)
        return Waiting(ticket, telephone, of.account, wrong)
