"""Coverage (覆盖情况) beside an answer over provinces: what was due, what came, how fresh it is, and why some is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import strawberry

from graph.execution.context import Info, ask
from graph.execution.provinces import province_names
from graph.execution.scalars import Count
from graph.execution.ways import sees_links, ways_of
from graph.model.coverage import Way, rate, state_of, why_missing
from graph.model.period import Period
from graph.ports import NOW, AsOf, CompletenessAsk, Dimension, FreshnessAsk
from graph.types._enums import CoverageState

Counts = tuple[int, int]
Fresh = tuple[dt.date | None, dt.datetime | None]


@strawberry.type(description="What an answer rests on in one province (覆盖情况).")
class ProvinceCoverage:
    """A province's part, whatever units and kinds the answer is narrowed to."""

    province: str = strawberry.field(description="Province, six digits.")
    name: str = strawberry.field(description="Its name.")
    state: CoverageState = strawberry.field(description="How much of what was due has come.")
    due: Count = strawberry.field(description="Values due on finished days of the period (应传).")
    received: Count = strawberry.field(description="Values received of those due (实传).")
    rate: float | None = strawberry.field(
        description="received / due (完整率), 0 to 1; null when nothing was due."
    )
    last_day: dt.date | None = strawberry.field(
        description="Last Beijing day of the period with a reading; null when there is none."
    )
    told_at: dt.datetime | None = strawberry.field(
        description="When the last reading of the period was received; null when there is none."
    )
    links: list[str] | None = strawberry.field(
        description="Keys of the links that bring its readings (数据来源), empty where batches are handed in; null where "
        "they are not told: of a past state, and to who sees no links, a city or a unit."
    )
    why: str | None = strawberry.field(
        description="Why something is missing, as far as the hub can tell; null where nothing is."
    )


async def coverage_of(info: Info, period: Period, asked: Sequence[str], said: AsOf) -> list[ProvinceCoverage]:
    """One row for each province within reach, or for those asked for, by code; one question a source."""
    reach = info.context.principal.reach
    names = await province_names(info, asked)
    figures, given = info.context.sources.figures, tuple(asked)
    counts = await ask(
        info,
        figures.completeness,
        CompletenessAsk(period, (Dimension.PROVINCE,), reach, given, as_of=said),
    )
    fresh = await ask(info, figures.freshness, FreshnessAsk(period, reach, given, said))
    ways = await ways_of(info, list(names)) if said == NOW and sees_links(reach) else None
    due: dict[str, Counts] = _by_province(counts, "due", "received")
    told: dict[str, Fresh] = _by_province(fresh, "last_day", "told_at")
    return [
        _row(code, name, due.get(code, (0, 0)), told.get(code, (None, None)), ways)
        for code, name in names.items()
    ]


def _row(
    code: str, name: str, counts: Counts, fresh: Fresh, ways: Mapping[str, Sequence[Way]] | None
) -> ProvinceCoverage:
    """A province's row. Without `ways` nothing is said of links: those of a past state nobody knows."""
    (due, received), (last_day, told_at) = counts, fresh
    own = None if ways is None else ways.get(code, [])
    return ProvinceCoverage(
        province=code,
        name=name,
        state=state_of(due, received),
        due=Count(due),
        received=Count(received),
        rate=rate(received, due),
        last_day=last_day,
        told_at=told_at,
        links=None if own is None else [way.key for way in own],
        why=why_missing(due, received, own),
    )


def _by_province(table: pa.Table, *names: str) -> dict[str, Any]:
    columns = [table.column(name).to_pylist() for name in names]
    return dict(zip(table.column("province").to_pylist(), zip(*columns, strict=True), strict=True))
