"""What machines and people of an organisation (机构成员) have in common: fields, filter and order of their lists."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import among, before, conditions, credit_code, region_code, word_of
from graph.execution.batched import batched
from graph.ports import Condition
from graph.types._access_enums import OrganisationKind, Role
from graph.types._membership import ROLES
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.organisation import Organisation


@strawberry.type
class Member:
    """Columns that the nouns client and account share."""

    key: str = strawberry.field(description="Its key in this hub.")
    organisation: str = strawberry.field(description="Key of its organisation.")
    organisation_name: str = strawberry.field(description="Name of its organisation (机构名称).")
    kind: OrganisationKind = strawberry.field(description="What its organisation is (机构类别).")
    roles_words: strawberry.Private[str]
    roles: list[Role] = ROLES
    region: str | None = strawberry.field(
        description="The division it reaches as far as; null for the nation."
    )
    province: str | None = strawberry.field(description="The province it lies in; null for the nation's.")
    unit: str | None = strawberry.field(
        description="Credit code of the one unit it reaches; null where it is no unit's."
    )
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    revoked_at: dt.datetime | None = strawberry.field(
        description="Since when it counts no longer (吊销时间)."
    )
    expires_at: dt.datetime | None = strawberry.field(
        description="When it ends by itself (到期时间); null for never."
    )
    employer: Annotated[Organisation, strawberry.lazy("graph.types.organisation")] | None = batched(
        one("organisation", "organisation"), "Its organisation (机构)."
    )


@strawberry.enum(description="What clients and accounts can be ordered by.")
class MemberOrder(Enum):
    """Values are columns."""

    KEY = strawberry.enum_value("key", description="By key.")
    ORGANISATION = strawberry.enum_value("organisation", description="By organisation.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were made.")
    EXPIRES_AT = strawberry.enum_value("expires_at", description="By their end.")


@strawberry.input(description="Which clients, or which accounts.")
class MemberFilter:
    """Conditions on the nouns client and account."""

    organisation: list[str] | None = strawberry.field(description="Of any of these organisations' keys.")
    kind: list[OrganisationKind] | None = strawberry.field(
        description="Of organisations of any of these kinds."
    )
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    expires_before: dt.datetime | None = strawberry.field(description="Whose end is before this moment.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("organisation", self.organisation),
            among("kind", self.kind, word_of),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            before("expires_at", self.expires_before),
        )
