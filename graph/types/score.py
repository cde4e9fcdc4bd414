"""Scores (评分): what a formula made of a province's quarter."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution import arguments
from graph.execution.arguments import (
    among,
    conditions,
    region_code,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.region import Region


@strawberry.type(description="One index of a province in a quarter, by a formula's edition (评分).")
class Score:
    """A row of the noun score."""

    province: str = strawberry.field(description="The province, six digits.")
    quarter: str = strawberry.field(description="The quarter, as 2026Q4 (评分周期).")
    formula: str = strawberry.field(description="Key of the formula (评分办法).")
    edition: str = strawberry.field(description="Edition of the formula (版本).")
    index_name: str = strawberry.field(description="Name of the index (指标).")
    value: Decimal = strawberry.field(description="What the formula made of it, exactly (得分).")
    rank: int | None = strawberry.field(
        description="Rank among provinces, from 1; null where none was given (排名)."
    )
    province_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "province"), "The province."
    )


NOUN = Noun(
    "score",
    Score,
    {
        "province": region_code,
        "quarter": arguments.quarter,
        "formula": words,
        "edition": words,
        "index_name": words,
    },
    order="quarter",
)


@strawberry.enum(description="What scores can be ordered by.")
class ScoreOrder(Enum):
    """Values are columns."""

    QUARTER = strawberry.enum_value("quarter", description="By quarter.")
    PROVINCE = strawberry.enum_value("province", description="By province.")
    INDEX_NAME = strawberry.enum_value("index_name", description="By the index's name.")
    VALUE = strawberry.enum_value("value", description="By value.")
    RANK = strawberry.enum_value("rank", description="By rank.")


@strawberry.input(description="Which scores.")
class ScoreFilter:
    """Conditions on the noun score."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    quarter: list[str] | None = strawberry.field(description="Of any of these quarters, as 2026Q4.")
    formula: list[str] | None = strawberry.field(description="By any of these formulas, by key.")
    edition: list[str] | None = strawberry.field(description="By any of these editions.")
    index_name: list[str] | None = strawberry.field(description="Any of these indices, by name.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("quarter", self.quarter, arguments.quarter),
            among("formula", self.formula),
            among("edition", self.edition),
            among("index_name", self.index_name),
        )


@strawberry.type(description="Root fields of scores.")
class ScoreQuery:
    """Scores by list and by key."""

    scores: Connection[Score] = listing(
        NOUN, ScoreFilter, ScoreOrder.QUARTER, "Scores of provinces by quarter (评分)."
    )

    score: Score | None = by_key(
        NOUN,
        "One score of a province (评分)",
        province="The province, six digits.",
        quarter="The quarter, as 2026Q4.",
        formula="Key of the formula.",
        edition="Edition of the formula.",
        index_name="Name of the index.",
    )


QUERY = ScoreQuery
