"""Bulletins (通报): what NDRC and SAMR say of a quarter together."""

from __future__ import annotations

import datetime as dt
from enum import Enum

import strawberry

from graph.execution import arguments
from graph.execution.arguments import (
    among,
    before,
    conditions,
    since,
    whole_number,
    word_of,
)
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._supervision_enums import BulletinState


@strawberry.type(description="One edition of a quarter's bulletin by NDRC and SAMR (通报).")
class Bulletin:
    """A row of the noun bulletin."""

    quarter: str = strawberry.field(description="The quarter it speaks of, as 2026Q4.")
    edition: int = strawberry.field(description="Its edition, from 1 (版次).")
    title: str = strawberry.field(description="Its title (标题).")
    as_of_batch: int | None = strawberry.field(
        description="Number of the batch up to which its figures were taken; null in a draft that has none yet."
    )
    state: BulletinState = strawberry.field(description="Where it stands (发布状态).")
    ndrc_approved_on: dt.date | None = strawberry.field(
        description="Day NDRC approved it (国家发展改革委会签日期)."
    )
    samr_approved_on: dt.date | None = strawberry.field(
        description="Day SAMR approved it (市场监管总局会签日期)."
    )
    published_on: dt.date | None = strawberry.field(description="Day it was published (发布日期).")
    text: str = strawberry.field(description="What it says (正文).")


NOUN = Noun(
    "bulletin",
    Bulletin,
    {"quarter": arguments.quarter, "edition": whole_number},
    order="quarter",
    in_provinces=False,
)


@strawberry.enum(description="What bulletins can be ordered by.")
class BulletinOrder(Enum):
    """Values are columns."""

    QUARTER = strawberry.enum_value("quarter", description="By quarter.")
    PUBLISHED_ON = strawberry.enum_value("published_on", description="By the day they were published.")
    EDITION = strawberry.enum_value("edition", description="By edition.")


@strawberry.input(description="Which bulletins.")
class BulletinFilter:
    """Conditions on the noun bulletin."""

    quarter: list[str] | None = strawberry.field(description="Of any of these quarters, as 2026Q4.")
    state: list[BulletinState] | None = strawberry.field(description="In any of these states.")
    published_from: dt.date | None = strawberry.field(description="Published on this day or later.")
    published_before: dt.date | None = strawberry.field(description="Published before this day.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("quarter", self.quarter, arguments.quarter),
            among("state", self.state, word_of),
            since("published_on", self.published_from),
            before("published_on", self.published_before),
        )


@strawberry.type(description="Root fields of bulletins.")
class BulletinQuery:
    """Bulletins by list and by key."""

    bulletins: Connection[Bulletin] = listing(
        NOUN,
        BulletinFilter,
        BulletinOrder.QUARTER,
        "Quarterly bulletins of NDRC and SAMR (通报); before publication the nation alone sees them.",
    )

    bulletin: Bulletin | None = by_key(
        NOUN,
        "The bulletin of a quarter in an edition (通报)",
        quarter="The quarter, as 2026Q4.",
        edition="Its edition, from 1.",
    )


QUERY = BulletinQuery
