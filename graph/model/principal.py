"""Who asks (访问主体): an organisation with roles and the part of the country it may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.region import RegionCode


class Role(StrEnum):
    """What a client may do within its reach (角色): read, hand in readings, take all that is new, decide (决策).

    To explore (自由查询) is to ask what is no trusted document, where a hub answers those alone.
    """

    READ = "read"
    UPLOAD = "upload"
    SYNC = "sync"
    DECIDE = "decide"
    EXPLORE = "explore"


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
    """A known asker. `client` names it in the audit log and the batch ledger; from `until` on it is a stranger."""

    client: str
    organisation: str
    reach: Reach
    roles: frozenset[Role]
    until: dt.datetime | None = None

    def require(self, role: Role) -> None:
        """Raise Forbidden unless this role was given."""
        if role not in self.roles:
            raise Forbidden(f"client {self.client} has no role {role.value!r}")
