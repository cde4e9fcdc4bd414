"""Invented people who sign in: with a password and a telephone that shows codes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyotp

from graph.model.principal import NATION, Reach, Role
from hub.access.people.beginning import Begun, Came
from hub.access.people.codes import digest_of, fresh_code
from hub.access.people.proving import Proof
from hub.access.people.welcome import Chosen
from hub.stores.registry.account_rows import Invitation
from tests.hub.access.people.fakes import Stage

PASSWORD = "能源 reckoning 7"  # invented, as all else here
DESK = Came("192.0.2.7", "trial")
FIRST = "zhang"


@dataclass
class Somebody:
    """A person with an account and a telephone."""

    key: str
    telephone: str
    begun: Begun
    password: str = PASSWORD

    def code(self, stage: Stage) -> str:
        """What the telephone shows."""
        return pyotp.TOTP(self.telephone).at(stage.clock.now())

    def next_code(self, stage: Stage) -> str:
        """What it shows after the code that was used last has gone."""
        stage.later(seconds=30)
        return self.code(stage)

    def proof(self, stage: Stage, **other: str) -> Proof:
        """All right, or something else."""
        given = {"account": self.key, "password": self.password, "code": self.next_code(stage), **other}
        return Proof(**given)


def first(stage: Stage) -> Somebody:
    """The first administrator, by the code on the terminal."""
    code = stage.people.first.make()
    assert code is not None
    return entered(stage, code, account=FIRST, name="张三")


def entered(stage: Stage, code: str, **more: str) -> Somebody:
    """Who has shown a one-time code and chosen."""
    waiting = stage.people.welcome.show(code, DESK)
    shown = pyotp.TOTP(waiting.telephone).at(stage.clock.now())
    begun = stage.people.welcome.redeem(waiting.ticket, Chosen(PASSWORD, PASSWORD, shown, **more), DESK)
    assert isinstance(begun, Begun)
    return Somebody(begun.account.key, waiting.telephone, begun)


def invited(
    stage: Stage, key: str = "li", *, role: Role = Role.READ, reach: Reach = NATION, organisation: str = "own",
    lives: dt.timedelta | None = None,
) -> str:  # fmt: skip
    """A new account's one-time code."""
    code = fresh_code()
    invitation = Invitation(digest_of(code), stage.clock.now() + dt.timedelta(hours=24))
    stage.accounts.add(
        key, f"李 {key}", organisation, [role], "tester", reach=reach, lives=lives, invitation=invitation
    )
    return code


def headers_of(stage: Stage, secret: str, **more: str) -> dict[str, str]:
    """Of a request of somebody's browser."""
    name = "__Host-nengshu" if stage.people.own.is_secure else "nengshu-session"
    return {"cookie": f"{name}={secret}", "host": "hub", **more}
