"""What is shown beside a device: how good its days are that came while it waited, and when it was last heard of."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import pyarrow as pa
import strawberry

from graph.execution.arguments import credit_code, whole_number, words
from graph.execution.batched import batched
from graph.execution.context import Info
from graph.execution.nouns import Noun
from graph.execution.scalars import Count


@strawberry.type(description="How many rows a rule found.")
class RuleCount:
    """One element of what a day was found by."""

    code: str = strawberry.field(description="Stable code of the rule, words joined by hyphens.")
    rows: Count = strawberry.field(description="How many rows it found.")


def _counts(text: str) -> list[RuleCount]:
    return [RuleCount(code=code, rows=Count(rows)) for code, rows in sorted(json.loads(text).items())]


async def _refused(days: Sequence[DeviceDay], _: Info) -> list[list[RuleCount]]:
    return [_counts(day.refused_json) for day in days]


async def _suspected(days: Sequence[DeviceDay], _: Info) -> list[list[RuleCount]]:
    return [_counts(day.suspected_json) for day in days]


@strawberry.type(
    description="What of a Beijing day came while a device waited, judged as though its points were active (首日质量)."
)
class DeviceDay:
    """A row of the noun device_day. fitting + all that was refused = rows."""

    refused_json: strawberry.Private[str]
    suspected_json: strawberry.Private[str]
    device: strawberry.Private[int]
    day: dt.date = strawberry.field(description="The Beijing day the readings are of.")
    rows: Count = strawberry.field(description="Rows that came.")
    fitting: Count = strawberry.field(description="How many of them could be stored.")
    last_at: dt.datetime = strawberry.field(description="When the last of them came.")
    refused: list[RuleCount] = batched(_refused, "How many rows were refused, by the rule that found them.")
    suspected: list[RuleCount] = batched(
        _suspected, "How many of those that fit are suspected, by the rule that found them."
    )


def _as_json(table: pa.Table, _: Info) -> pa.Table:
    called = {"refused": "refused_json", "suspected": "suspected_json"}
    return table.rename_columns([called.get(name, name) for name in table.column_names])


DAY = Noun("device_day", DeviceDay, {"id": whole_number}, order="day", shape=_as_json)


async def _is_old(parents: Sequence[DeviceSeen], _: Info) -> list[bool | None]:
    return [
        None if each.dictionary_told is None else each.dictionary_told != each.dictionary_taken
        for each in parents
    ]


@strawberry.type(
    description="When a device was last heard of (设备在线); no heartbeat, only what it asked and sent."
)
class DeviceSeen:
    """A row of the noun device_seen."""

    unit: strawberry.Private[str]
    link: strawberry.Private[str]
    registered_at: dt.datetime | None = strawberry.field(description="When it last registered (注册).")
    checked_at: dt.datetime | None = strawberry.field(
        description="When it last asked for the versions (版本校验)."
    )
    uploaded_at: dt.datetime | None = strawberry.field(description="When an upload of it was last answered.")
    dictionary_told: str | None = strawberry.field(
        description="Version of the dictionary it was told last (字典版本)."
    )
    told_at: dt.datetime | None = strawberry.field(description="When it was told.")
    dictionary_taken: str | None = strawberry.field(
        description="Version of the dictionary it downloaded last; null where it did not say who it is as it did."
    )
    taken_at: dt.datetime | None = strawberry.field(description="When it downloaded it.")
    dictionary_old: bool | None = batched(
        _is_old,
        "Whether it was told of a version that it has not downloaded (字典过期); null before it asked.",
    )


SEEN = Noun("device_seen", DeviceSeen, {"unit": credit_code, "link": words}, order="unit")
