"""Organisations (机构): who has machines and people here; told to auditors and administrators alone."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import among, conditions, credit_code, equal, region_code, word_of, words
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._access_enums import OrganisationKind, Part
from graph.types._membership import PARTS, written
from graph.types._related import many

if TYPE_CHECKING:
    from graph.types.account import Account
    from graph.types.client import Client


@strawberry.type(
    description="Who has machines and people here (机构): none of them sees or does more than it may."
)
class Organisation:
    """A row of the noun organisation."""

    key: str = strawberry.field(description="Its key in this hub.")
    name: str = strawberry.field(description="Its name (机构名称).")
    kind: OrganisationKind = strawberry.field(description="What it is in the programme (机构类别).")
    parts_words: strawberry.Private[str]
    parts: list[Part] = PARTS
    region: str | None = strawberry.field(
        description="The division it is of, six digits; null for a national one and a unit's."
    )
    province: str | None = strawberry.field(
        description="The province it lies in, six digits; null for a national one."
    )
    unit: str | None = strawberry.field(
        description="Credit code of the unit it is of; null where it is of none."
    )
    enabled: bool = strawberry.field(description="Whether its machines and people may come in (启用).")
    clients: list[Annotated[Client, strawberry.lazy("graph.types.client")]] = batched(
        many("client", "organisation", "key"), "Its machines (客户端)."
    )
    accounts: list[Annotated[Account, strawberry.lazy("graph.types.account")]] = batched(
        many("account", "organisation", "key"), "Its people's accounts (账号)."
    )


NOUN = Noun("organisation", Organisation, {"key": words}, order="key", shape=written("parts"))


@strawberry.enum(description="What organisations can be ordered by.")
class OrganisationOrder(Enum):
    """Values are columns."""

    KEY = strawberry.enum_value("key", description="By key.")
    NAME = strawberry.enum_value("name", description="By name.")
    KIND = strawberry.enum_value("kind", description="By kind.")
    PROVINCE = strawberry.enum_value("province", description="By province.")


@strawberry.input(description="Which organisations.")
class OrganisationFilter:
    """Conditions on the noun organisation."""

    kind: list[OrganisationKind] | None = strawberry.field(description="Of any of these kinds.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    enabled: bool | None = strawberry.field(description="Enabled, or not.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("kind", self.kind, word_of),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            equal("enabled", self.enabled),
        )


@strawberry.type(description="Root fields of organisations.")
class OrganisationQuery:
    """Organisations by list and by key."""

    organisations: Connection[Organisation] = listing(
        NOUN, OrganisationFilter, OrganisationOrder.KEY, "Who has machines and people here (机构)."
    )

    organisation: Organisation | None = by_key(NOUN, "The organisation of a key (机构)", key="Its key.")


QUERY = OrganisationQuery
