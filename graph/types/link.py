"""Links (链路): the ways readings come in. A link's credential and quirks are never shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    equal,
    region_code,
    word_of,
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
from graph.model.period import Granularity, slot_at
from graph.model.sync_run import lag_s
from graph.ports import Condition
from graph.types._enums import Breaker
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.reconciliation import Reconciliation
    from graph.types.region import Region


async def _lag(parents: Sequence[Link], info: Info) -> list[Count | None]:
    now = slot_at(info.context.sources.clock.now(), Granularity.QUARTER_HOUR).start
    return [
        None if found is None else Count(found) for found in (lag_s(each.newest, now) for each in parents)
    ]


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
    differing: Count = strawberry.field(
        description="How many of its units' days its two ends differ on (未决差异)."
    )
    last_reconciliation: int | None = strawberry.field(
        description="Number of the last comparison of its two ends (最近对账); null where there was none."
    )
    last_reconciliation_detail: (
        Annotated[Reconciliation, strawberry.lazy("graph.types.reconciliation")] | None
    ) = batched(one("reconciliation", "last_reconciliation"), "That comparison, and what came of it.")
    every_seconds: int | None = strawberry.field(
        description="Seconds between its runs (同步周期); null: as the hub's settings say."
    )
    slot: str | None = strawberry.field(
        description="Time slot of the Beijing day in which its runs begin (时段), such as 01:00-05:30; null: any time."
    )
    deadline_seconds: int | None = strawberry.field(
        description="Seconds a run of it may take; null: as the hub's settings say."
    )
    paused_by: str | None = strawberry.field(description="Who paused it (暂停人); null where nobody did.")
    paused_why: str | None = strawberry.field(description="Why it is paused (暂停原因).")
    paused_since: dt.datetime | None = strawberry.field(description="Since when it is paused.")
    due_at: dt.datetime | None = strawberry.field(
        description="When its next run is due (下次同步时间), while one is under way that one was; null before its first."
    )
    holder: str | None = strawberry.field(
        description="The hub that runs it now (执行平台); null where none does."
    )
    failures: int = strawberry.field(description="Runs in a row that broke off and brought nothing new.")
    breaker: Breaker = strawberry.field(description="Whether it is tried (熔断状态).")
    breaker_since: dt.datetime | None = strawberry.field(
        description="When its breaker came to be so; null where it always was."
    )
    breaker_until: dt.datetime | None = strawberry.field(
        description="Until when it is left alone; null unless its breaker is open."
    )
    last_success_at: dt.datetime | None = strawberry.field(
        description="When a run of it last succeeded (最近成功时间)."
    )
    newest: dt.datetime | None = strawberry.field(
        description="End of the newest period that it ever brought a reading of and that was over then."
    )
    lag: Count | None = batched(
        _lag,
        "Seconds from that end to the beginning of the running quarter-hour (时延); null where it brought nothing.",
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
    DUE_AT = strawberry.enum_value("due_at", description="By when they are due.")
    FAILURES = strawberry.enum_value("failures", description="By failures in a row.")
    NEWEST = strawberry.enum_value("newest", description="By the newest period they brought.")


@strawberry.input(description="Which links.")
class LinkFilter:
    """Conditions on the noun link."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    dialect: list[str] | None = strawberry.field(description="Speaking any of these dialects.")
    enabled: bool | None = strawberry.field(description="Run, or not run.")
    breaker: list[Breaker] | None = strawberry.field(description="Whose breaker stands so.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("dialect", self.dialect),
            equal("enabled", self.enabled),
            among("breaker", self.breaker, word_of),
        )


@strawberry.type(description="Root fields of links.")
class LinkQuery:
    """Links by list and by key."""

    links: Connection[Link] = listing(NOUN, LinkFilter, LinkOrder.KEY, "The ways readings come in (链路).")

    link: Link | None = by_key(NOUN, "The link of a key (链路)", key="Its key.")


QUERY = LinkQuery
