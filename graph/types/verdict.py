"""Verdicts (质量判定): what a rule found in a stored reading."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    as_given,
    before,
    conditions,
    credit_code,
    data_code,
    region_code,
    since,
    whole_number,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._enums import Granularity
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.unit import Unit


@strawberry.type(description="What a rule found in a stored reading (质量判定).")
class Verdict:
    """A row of the ledger's noun verdict."""

    id: Count = strawberry.field(description="Its number.")
    unit_id: strawberry.Private[int]
    point_id: strawberry.Private[int]
    unit: str = strawberry.field(description="Credit code of the unit.")
    data_code: str = strawberry.field(description="Data code of the point (数据编码), 16 digits.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    granularity: Granularity = strawberry.field(description="How long the reading's period is.")
    start: dt.datetime = strawberry.field(description="Start of the reading's period.")
    batch: int = strawberry.field(description="Number of the batch the reading came in.")
    rule: str = strawberry.field(description="Stable code of the rule, words joined by hyphens.")
    detail: str = strawberry.field(description="What was expected and what came, in words.")
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )


NOUN = Noun("verdict", Verdict, {"id": whole_number}, order="id", in_ledger=True)


@strawberry.enum(description="What verdicts can be ordered by.")
class VerdictOrder(Enum):
    """Values are columns."""

    ID = strawberry.enum_value("id", description="As they were found.")
    START = strawberry.enum_value("start", description="By the start of the reading.")
    RULE = strawberry.enum_value("rule", description="By rule.")
    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")


@strawberry.input(description="Which verdicts.")
class VerdictFilter:
    """Conditions on the noun verdict."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    data_code: list[str] | None = strawberry.field(description="Of any of these data codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    rule: list[str] | None = strawberry.field(description="Of any of these rules.")
    batch: list[int] | None = strawberry.field(description="From any of these batches.")
    start_from: dt.datetime | None = strawberry.field(description="Of readings from this moment on.")
    start_before: dt.datetime | None = strawberry.field(
        description="Of readings that start before this moment."
    )

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("data_code", self.data_code, data_code),
            among("province", self.province, region_code),
            among("rule", self.rule),
            among("batch", self.batch, as_given),
            since("start", self.start_from),
            before("start", self.start_before),
        )


@strawberry.type(description="Root fields of verdicts.")
class VerdictQuery:
    """Verdicts by list and by number."""

    verdicts: Connection[Verdict] = listing(
        NOUN,
        VerdictFilter,
        VerdictOrder.ID,
        "What rules found in stored readings (质量判定).",
        descending=True,
    )

    verdict: Verdict | None = by_key(NOUN, "The verdict of a number (质量判定)", id="Its number.")


QUERY = VerdictQuery
