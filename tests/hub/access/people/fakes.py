"""What stands at the ports of signing in: sessions, attempts and the rest in memory, and a seal anybody can look through."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from argon2 import Parameters
from argon2.low_level import Type

from graph.errors import StoreError
from graph.model.principal import NATION, Reach
from hub.access.log import Entry
from hub.access.people.people import People, Rules, Stores
from hub.access.people.provider import ProviderSettings
from hub.stores.door.sessions import Session
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import StillClock

# As little work as the function takes, so that tests are about answers.
QUICK = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=16, time_cost=1, memory_cost=8, parallelism=1
)


@dataclass
class FakeSessions:
    """Sessions by their secrets; `touched` counts how often one was seen."""

    clock: StillClock
    kept: dict[str, Session] = field(default_factory=dict)
    touched: int = 0

    def begin(self, account: str, how: str, until: dt.datetime, generation: int) -> str:
        """A new one."""
        secret, now = secrets.token_urlsafe(), self.clock.now()
        self.kept[secret] = Session(account, how, generation, now, now, until)
        return secret

    def find(self, secret: str) -> Session | None:
        """That of a secret."""
        return self.kept.get(secret)

    def seen(self, secret: str, at: dt.datetime) -> None:
        """Not idle."""
        self.touched += 1
        self.kept[secret] = replace(self.kept[secret], seen_at=at)

    def end(self, secret: str) -> None:
        """Over."""
        self.kept.pop(secret, None)

    def end_all(self, account: str) -> None:
        """All over."""
        self.kept = {key: one for key, one in self.kept.items() if one.account != account}


@dataclass
class FakeAttempts:
    """Failures by their subjects."""

    clock: StillClock
    kept: dict[str, tuple[int, dt.datetime]] = field(default_factory=dict)

    def failed(self, subject: str) -> int:
        """One more."""
        many = self.count(subject)[0] + 1
        self.kept[subject] = (many, self.clock.now())
        return many

    def count(self, subject: str) -> tuple[int, dt.datetime | None]:
        """How many, and the last."""
        return self.kept.get(subject, (0, None))

    def forget(self, subject: str) -> None:
        """None."""
        self.kept.pop(subject, None)


@dataclass
class FakeOnce:
    """What was used."""

    kept: set[tuple[str, str]] = field(default_factory=set)

    def use(self, kind: str, value: str, _until: dt.datetime) -> bool:
        """Whether for the first time."""
        is_new = (kind, value) not in self.kept
        self.kept.add((kind, value))
        return is_new


@dataclass
class FakePending:
    """What was put, with its end."""

    clock: StillClock
    kept: dict[tuple[str, str], tuple[dict[str, Any], dt.datetime]] = field(default_factory=dict)

    def put(self, kind: str, data: Mapping[str, Any], until: dt.datetime) -> str:
        """Keep it."""
        secret = secrets.token_urlsafe()
        self.kept[kind, secret] = (dict(data), until)
        return secret

    def take(self, kind: str, secret: str) -> dict[str, Any] | None:
        """Give it, once."""
        data, until = self.kept.pop((kind, secret), (None, self.clock.now()))
        return data if self.clock.now() < until else None


class FakeSealing:
    """Turns a secret round and writes beside it what it is of."""

    def seal(self, secret: bytes, what: str) -> str:
        """Closed."""
        return f"{what}:{secret[::-1].hex()}"

    def open(self, sealed: str, what: str) -> bytes:
        """Opened, by whoever says what it is."""
        said, _, text = sealed.rpartition(":")
        if said != what:
            raise StoreError(f"{what} was sealed as something else")
        return bytes.fromhex(text)[::-1]


@dataclass
class FakeLog:
    """What the access log was told."""

    entries: list[Entry] = field(default_factory=list)

    def note(self, entry: Entry) -> None:
        """One more."""
        self.entries.append(entry)

    def postpone(self, entry: Entry) -> None:
        """One more."""
        self.note(entry)

    @property
    def told(self) -> list[tuple[str, str | None, str, str]]:
        """Action, who, subject and outcome of each."""
        return [(one.action, one.who, one.subject, one.outcome) for one in self.entries]


@dataclass
class Stage:
    """People over a real registry with all other ports in memory."""

    registry: Registry
    clock: StillClock
    public_url: str | None = None
    base_url: str = "http://hub"
    served: Reach = NATION
    provider: ProviderSettings | None = None

    def __post_init__(self) -> None:
        self.sessions, self.attempts = FakeSessions(self.clock), FakeAttempts(self.clock)
        self.once, self.pending, self.log = FakeOnce(), FakePending(self.clock), FakeLog()
        self.accounts = self.registry.accounts
        stores = Stores(
            self.accounts, self.sessions, self.attempts, self.once, self.pending, self.log, FakeSealing()
        )
        rules = Rules(
            name="试验枢纽",
            served=self.served,
            base_url=self.public_url or self.base_url,
            public_url=self.public_url,
            life=dt.timedelta(hours=8),
            idle=dt.timedelta(minutes=30),
            provider=self.provider,
        )
        self.people = People(rules, stores, self.clock, self.registry.version, parameters=QUICK)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.moment += dt.timedelta(**span)
