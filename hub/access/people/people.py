"""Everything people sign in with, put together: what endpoints and the gatekeeper are given as `hub.people`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import httpx
from argon2 import Parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from graph.model.principal import OrganisationKind, Part, Reach
from graph.ports import Clock
from hub.access.people._ports import Accounts, Attempts, Pending, Sessions
from hub.access.people.beginning import Beginning, Journal
from hub.access.people.browsers import Browsers
from hub.access.people.cookies import Cookies
from hub.access.people.gate import Gate
from hub.access.people.kept import Kept
from hub.access.people.origins import Own
from hub.access.people.own_account import OwnAccount
from hub.access.people.passwords import AT_ONCE, Passwords
from hub.access.people.pauses import Pauses
from hub.access.people.provider import Provider, ProviderSettings
from hub.access.people.provider_door import ProviderDoor
from hub.access.people.proving import LocalDoor, Proving
from hub.access.people.telephones import Telephones
from hub.access.people.under_way import UnderWay
from hub.access.people.welcome import FirstCode, Welcome
from hub.access.ports import AccessLog, Once, Sealing
from hub.stores.registry.account_rows import OwnOrganisation

OWN = "own"  # the key of the organisation that runs a hub
LOOKUPS_AT_ONCE = 2  # each is some rows of the registry
RETURN = "/login/oidc/return"  # where the provider sends browsers back to


@dataclass(frozen=True)
class Rules:
    """What signing in is told of its hub. `public_url` is None where no proxy stands in front; `base_url` never is."""

    name: str
    served: Reach
    base_url: str
    public_url: str | None
    life: dt.timedelta
    idle: dt.timedelta
    provider: ProviderSettings | None = None

    @property
    def own(self) -> OwnOrganisation:
        """The organisation of the first administrator."""
        kind = (
            OrganisationKind.NATIONAL_AGENCY
            if self.served.is_national
            else OrganisationKind.PROVINCIAL_DEPARTMENT
        )
        return OwnOrganisation(OWN, self.name, kind, frozenset(Part), self.served)


@dataclass(frozen=True)
class Stores:
    """Where signing in keeps what it keeps."""

    accounts: Accounts
    sessions: Sessions
    attempts: Attempts
    once: Once
    pending: Pending
    log: AccessLog
    sealing: Sealing


class People:
    """The doors people come in by, the gate that knows them afterwards, and the lanes that all of it waits in.

    `lane` is for what hashes passwords, `lookups` for what asks the stores.
    """

    def __init__(
        self, rules: Rules, stores: Stores, clock: Clock, version: Callable[[], int],
        *, parameters: Parameters = RFC_9106_LOW_MEMORY, transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.rules = rules
        self.own = Own(rules.public_url)
        self.cookies = Cookies(self.own.is_secure)
        self.gate = Gate(
            stores.accounts, stores.sessions, clock, version,
            own=self.own, cookies=self.cookies, idle=rules.idle,
        )  # fmt: skip
        self.journal = Journal(stores.log, clock)
        browsers = Browsers(stores.sealing, clock)
        self.beginning = Beginning(stores.sessions, browsers, self.journal, clock, rules.life)
        self.first = FirstCode(stores.accounts)
        self.telephones = Telephones(stores.sealing, stores.once, clock, rules.name)
        self.lane, self.lookups = anyio.CapacityLimiter(AT_ONCE), anyio.CapacityLimiter(LOOKUPS_AT_ONCE)
        passwords, pauses = Passwords(parameters), Pauses(stores.attempts, clock)
        kept = Kept(stores.pending, stores.sealing, clock)
        proving = Proving(stores.accounts, passwords, self.telephones, pauses, browsers, self.journal, clock)
        self.local = LocalDoor(proving, self.beginning)
        self.welcome = Welcome(
            stores.accounts, self.first, rules.own, passwords, self.telephones, pauses, kept, self.beginning,
            self.journal, clock,
        )  # fmt: skip
        self.own_account = OwnAccount(
            stores.accounts, passwords, self.telephones, kept, proving, self.beginning, self.journal
        )
        self.provider: ProviderDoor | None = None
        if rules.provider is not None:
            back = Provider(rules.provider, rules.base_url.rstrip("/") + RETURN, transport)
            under_way = UnderWay(stores.sealing, stores.once, clock)
            self.provider = ProviderDoor(
                back, under_way, stores.accounts, kept, self.beginning, self.journal, clock, rules.life
            )
