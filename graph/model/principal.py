"""Who asks (访问主体): an organisation of some kind, with roles and the part of the country it may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.region import RegionCode


class Role(StrEnum):
    """What an asker may do within its reach (角色).

    Read (查阅), hand in readings (报送), take all that is new (同步), decide (决策). To explore (自由查询) is to ask what is
    no trusted document, where a hub answers those alone. Contacts (联系人): see how responsible persons are reached.
    Audit (审计): read who did what. Administer (管理): organisations, clients and people's accounts. Introspect
    (令牌核验): ask what a token is worth.
    """

    READ = "read"
    UPLOAD = "upload"
    SYNC = "sync"
    DECIDE = "decide"
    EXPLORE = "explore"
    CONTACTS = "contacts"
    AUDIT = "audit"
    ADMINISTER = "administer"
    INTROSPECT = "introspect"


class OrganisationKind(StrEnum):
    """What an organisation is in the programme (机构类别)."""

    NATIONAL_AGENCY = "national_agency"
    PROVINCIAL_DEPARTMENT = "provincial_department"
    CONSTRUCTION_BODY = "construction_body"
    UNIT = "unit"
    AUDITOR = "auditor"


class Part(StrEnum):
    """What of the programme an authority decides (职责分工): plans and reports, or measuring instruments.

    The order's part four has NDRC review plans and reports, and SAMR answer for instruments; so it is in provinces.
    """

    PLANS = "plans"
    INSTRUMENTS = "instruments"


@dataclass(frozen=True)
class Reach:
    """A region, a single unit, or with neither the whole nation (数据范围)."""

    region: RegionCode | None = None
    unit: CreditCode | None = None

    @property
    def is_national(self) -> bool:
        """Whether nothing is out of reach."""
        return self.region is None and self.unit is None

    def __str__(self) -> str:
        return str(self.unit or self.region or "nation")


NATION = Reach()


@dataclass(frozen=True)
class Principal:
    """A known asker. `client` names it in the audit log and the batch ledger; from `until` on it is a stranger.

    `organisation` is its organisation's key. A person is named `user:<account>`, which no client can be called.
    """

    client: str
    organisation: str
    reach: Reach
    roles: frozenset[Role]
    kind: OrganisationKind
    parts: frozenset[Part] = frozenset()
    until: dt.datetime | None = None

    def require(self, role: Role, noun: str | None = None) -> None:
        """Raise Forbidden unless this role was given, which is needed for this noun."""
        if role not in self.roles:
            raise Forbidden(f"client {self.client} has no role {role.value!r}", noun)
