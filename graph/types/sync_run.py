"""Sync runs (同步记录): what each run of a link brought, or why it failed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    Filter,
    among,
    before,
    conditions,
    region_code,
    since,
    whole_number,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.events import changes
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._enums import RunState
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.link import Link


@strawberry.type(description="What went wrong in a run (运行故障): where, as far as its source told.")
class RunFault:
    """One element of a run's faults."""

    code: str = strawberry.field(description="Its stable code; docs/errors.md tells them.")
    message: str = strawberry.field(description="What is wrong, at most 500 characters of it.")
    place: str | None = strawberry.field(description="The address, file or list it stood in.")
    row: int | None = strawberry.field(description="The row there.")
    field: str | None = strawberry.field(description="The field of it.")
    is_end: bool = strawberry.field(description="Whether the run broke off there; else it was only noted.")


@strawberry.type(description="A row that a run brought and that was refused.")
class RefusedRow:
    """One element of a run's refused rows."""

    batch: Count = strawberry.field(description="Number of the batch, whose rejections have its raw text.")
    row: int = strawberry.field(description="Its place in what was sent.")
    code: str = strawberry.field(description="Why, as a stable code.")
    why: str = strawberry.field(description="Why, in words.")


async def _faults(parents: Sequence[SyncRun], _: Info) -> list[list[RunFault]]:
    return [
        [
            RunFault(
                **{name: each.get(name) for name in ("code", "message", "place", "row", "field", "is_end")}
            )
            for each in json.loads(parent.faults_json or "[]")
        ]
        for parent in parents
    ]


async def _refused(parents: Sequence[SyncRun], _: Info) -> list[list[RefusedRow]]:
    return [[RefusedRow(**each) for each in json.loads(parent.refused_json or "[]")] for parent in parents]


@strawberry.type(description="One run of a link (同步记录).")
class SyncRun:
    """A row of the noun sync_run."""

    id: int = strawberry.field(description="Its number.")
    link: str = strawberry.field(description="Key of the link.")
    province: str = strawberry.field(description="Province of the link, six digits.")
    started_at: dt.datetime = strawberry.field(description="When it began.")
    ended_at: dt.datetime | None = strawberry.field(description="When it ended; null while it runs.")
    state: RunState = strawberry.field(description="How it ended.")
    rows: Count = strawberry.field(description="Rows that came.")
    accepted: Count = strawberry.field(description="Rows that were new.")
    duplicate: Count = strawberry.field(description="Rows that were there already.")
    corrected: Count = strawberry.field(description="Rows that replaced an older value.")
    rejected: Count = strawberry.field(description="Rows that were refused.")
    quarantined: Count = strawberry.field(
        description="Rows of the source that wait in quarantine as they came."
    )
    drift: str | None = strawberry.field(
        description="How the source's columns differed from the mapping; no failure, what fits is in; null: nowhere."
    )
    superseded: Count = strawberry.field(description="Rows that were older than what is stored.")
    suspect: Count = strawberry.field(description="Rows that were stored with a verdict.")
    bytes: Count = strawberry.field(description="Bytes read from the source, packed as they came.")
    duration_ms: Count | None = strawberry.field(
        description="Milliseconds it took (时长); null while it runs, and of one whose process was killed."
    )
    newest: dt.datetime | None = strawberry.field(
        description="End of the newest period that it brought a reading of and that was over."
    )
    lag: Count | None = strawberry.field(
        description="Seconds from that end to its own (时延); null while it runs, and where it brought nothing.",
    )
    holder: str | None = strawberry.field(description="The hub that ran it (执行平台).")
    cursor: str | None = strawberry.field(description="Where the next run goes on.")
    error: str | None = strawberry.field(description="Why it failed: row, field and message.")
    faults_json: strawberry.Private[str | None] = None
    faults: list[RunFault] = batched(_faults, "What went wrong in it, the first 20 (运行故障).")
    refused_json: strawberry.Private[str | None] = None
    refused: list[RefusedRow] = batched(
        _refused, "The first 10 rows of it that were refused; all of them are rejections of their batches."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link."
    )


_CALLED = {"faults": "faults_json", "refused": "refused_json", "lag_s": "lag"}


def _as_json(table: pa.Table, _: Info) -> pa.Table:
    return table.rename_columns([_CALLED.get(name, name) for name in table.column_names])


NOUN = Noun("sync_run", SyncRun, {"id": whole_number}, order="started_at", shape=_as_json)


@strawberry.enum(description="What sync runs can be ordered by.")
class SyncRunOrder(Enum):
    """Values are columns."""

    STARTED_AT = strawberry.enum_value("started_at", description="By when they began.")
    LINK = strawberry.enum_value("link", description="By link.")
    STATE = strawberry.enum_value("state", description="By how they ended, as text.")


@strawberry.input(description="Which sync runs.")
class SyncRunFilter:
    """Conditions on the noun sync_run."""

    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    state: list[RunState] | None = strawberry.field(
        description="In any of these states: how they ended, or that they run."
    )
    started_from: dt.datetime | None = strawberry.field(description="That began from this moment on.")
    started_before: dt.datetime | None = strawberry.field(description="That began before this moment.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("link", self.link),
            among("province", self.province, region_code),
            among("state", self.state, word_of),
            since("started_at", self.started_from),
            before("started_at", self.started_before),
        )


@strawberry.type(description="Root fields of sync runs.")
class SyncRunQuery:
    """Sync runs by list and by number."""

    sync_runs: Connection[SyncRun] = listing(
        NOUN,
        SyncRunFilter,
        SyncRunOrder.STARTED_AT,
        "Runs of links, the latest first (同步记录).",
        descending=True,
    )

    sync_run: SyncRun | None = by_key(NOUN, "The run of a number (同步记录)", id="Its number.")


@strawberry.type(description="Sync runs as they change.")
class SyncRunSubscription:
    """Each beginning, step and end of a run."""

    @strawberry.subscription(
        description="Each run when it begins, after each delivery it took in, and when it ends (同步进展)."
    )
    async def sync_run_changed(
        self, info: Info, where: Annotated[SyncRunFilter | None, Filter] = None
    ) -> AsyncGenerator[SyncRun, None]:
        # the state is what was told, and the row may have gone on meanwhile
        states = where.state if where else None
        lasting = replace(where, state=None).conditions() if where else ()
        async with aclosing(changes(info, NOUN, lasting)) as runs:
            async for run in runs:
                if states is None or run.state in states:
                    yield run


QUERY = SyncRunQuery
SUBSCRIPTION = SyncRunSubscription
