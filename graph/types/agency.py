"""Agencies and responsible persons (牵头部门、建设单位、责任人)."""

from __future__ import annotations

from enum import Enum

import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    region_code,
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._enums import AgencyRole
from graph.types._related import many


@strawberry.type(description="A person responsible in an agency (责任人).")
class Person:
    """A row of the noun person."""

    agency: str = strawberry.field(description="Key of the agency.")
    name: str = strawberry.field(description="Name (姓名).")
    duty: str | None = strawberry.field(description="Duty (职责).")
    phone: str | None = strawberry.field(description="Telephone number (联系电话).")


_PERSON = Noun("person", Person, {"agency": words, "name": words}, order="name")


@strawberry.type(description="A body with a duty in the programme (部门、单位).")
class Agency:
    """A row of the noun agency."""

    key: str = strawberry.field(description="Its key in this hub.")
    name: str = strawberry.field(description="Its name (单位名称).")
    role: AgencyRole = strawberry.field(description="What it is in the programme.")
    province: str | None = strawberry.field(description="Its province, six digits; null for a national one.")
    mechanism: str | None = strawberry.field(description="How it works with others (工作机制), in words.")
    persons: list[Person] = batched(many(_PERSON, "agency", "key"), "Persons responsible in it (责任人).")


NOUN = Noun("agency", Agency, {"key": words}, order="key")


@strawberry.enum(description="What agencies can be ordered by.")
class AgencyOrder(Enum):
    """Values are columns."""

    KEY = strawberry.enum_value("key", description="By key.")
    NAME = strawberry.enum_value("name", description="By name.")
    PROVINCE = strawberry.enum_value("province", description="By province.")


@strawberry.input(description="Which agencies.")
class AgencyFilter:
    """Conditions on the noun agency."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    role: list[AgencyRole] | None = strawberry.field(description="With any of these roles.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("role", self.role, word_of),
        )


@strawberry.type(description="Root fields of agencies.")
class AgencyQuery:
    """Agencies by list and by key."""

    agencies: Connection[Agency] = listing(
        NOUN, AgencyFilter, AgencyOrder.KEY, "Bodies with a duty in the programme (部门、单位)."
    )

    agency: Agency | None = by_key(
        NOUN,
        "The agency of a key (部门、单位)",
        key="Its key in this hub.",
    )


QUERY = AgencyQuery
