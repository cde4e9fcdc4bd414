"""Links (链路): the ways readings come in. A link's credential and quirks are never shown."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    equal,
    region_code,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.model.address import without_secrets
from graph.ports import Condition
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.region import Region


@strawberry.type(description="One way readings come in (链路).")
class Link:
    """A row of the noun link, without credential and quirks."""

    key: str = strawberry.field(description="Its key in this hub.")
    dialect: str = strawberry.field(description="Dialect it speaks (协议), the name of an adapter.")
    province: str = strawberry.field(description="Province it brings readings of, six digits.")
    address: str = strawberry.field(
        description="Address or folder it reads, without user, password, query and fragment."
    )
    cursor: str | None = strawberry.field(description="Where its last run ended.")
    enabled: bool = strawberry.field(description="Whether it is run.")
    open_drift: int = strawberry.field(
        description="How many columns of its source are not as its mapping expects."
    )
    rows_waiting: Count = strawberry.field(
        description="How many rows wait in quarantine for a mended mapping or roster."
    )
    province_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "province"), "The province it brings readings of."
    )


def _without_secrets(table: pa.Table, _: Info) -> pa.Table:
    shown = [without_secrets(address or "") for address in table.column("address").to_pylist()]
    place = table.schema.get_field_index("address")
    return table.set_column(place, "address", pa.array(shown, pa.string()))


NOUN = Noun("link", Link, {"key": words}, order="key", shape=_without_secrets)


@strawberry.enum(description="What links can be ordered by.")
class LinkOrder(Enum):
    """Values are columns."""

    KEY = strawberry.enum_value("key", description="By key.")
    PROVINCE = strawberry.enum_value("province", description="By province.")
    DIALECT = strawberry.enum_value("dialect", description="By dialect.")


@strawberry.input(description="Which links.")
class LinkFilter:
    """Conditions on the noun link."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    dialect: list[str] | None = strawberry.field(description="Speaking any of these dialects.")
    enabled: bool | None = strawberry.field(description="Run, or not run.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("dialect", self.dialect),
            equal("enabled", self.enabled),
        )


@strawberry.type(description="Root fields of links.")
class LinkQuery:
    """Links by list and by key."""

    links: Connection[Link] = listing(NOUN, LinkFilter, LinkOrder.KEY, "The ways readings come in (链路).")

    link: Link | None = by_key(NOUN, "The link of a key (链路)", key="Its key.")


QUERY = LinkQuery
