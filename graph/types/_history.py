"""What was ever said of a reading's period (历史版本): each version, what became of it and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import strawberry

from graph.errors import TooLarge
from graph.execution.context import Info, ask
from graph.execution.levels import Parted, Rows, keys_of
from graph.model.period import MICROSECOND, Period
from graph.ports import HistoryAsk
from graph.types._enums import Fate, Granularity, Origin

if TYPE_CHECKING:
    from graph.types.reading import Reading

HISTORIES_MAX = 1_000  # readings of one answer whose versions are told: some ten days of quarter-hours
VERSIONS_MAX = 20_000  # versions of all of them: twenty of each, and no more objects than a page has values
VERSIONS_USUAL = 2  # of a reading, told to the guard: most were said once, a few corrected


@strawberry.type(description="A value as it was said once of a reading's period (历史版本).")
class ReadingVersion:
    """A row of graph.ports.FigureSource.history."""

    unit_id: strawberry.Private[int]
    point_id: strawberry.Private[int]
    granularity: strawberry.Private[Granularity]
    start: strawberry.Private[dt.datetime]
    value: Decimal = strawberry.field(description="What was said: t, m3, kWh or GJ by the variety.")
    version: dt.datetime = strawberry.field(
        description="When its source says it wrote it (版本); its arrival where the source said nothing."
    )
    origin: Origin = strawberry.field(description="How the value came about (采集方式).")
    batch: int = strawberry.field(description="Number of the batch that brought it (批次).")
    received_at: dt.datetime = strawberry.field(description="When that batch was received.")
    state: Fate = strawberry.field(description="What became of it.")
    why: str | None = strawberry.field(
        description="What decided against it, in words; null where it holds or says again what held."
    )
    replaced_by: int | None = strawberry.field(
        description="Number of the batch that replaced it; null where none did."
    )
    replaced_at: dt.datetime | None = strawberry.field(description="When that batch was received.")
    confirms: int | None = strawberry.field(
        description="Number of the batch that said the same before; null where nothing is said again."
    )


_KEY = ("unit_id", "point_id", "granularity", "start")


async def history(readings: Sequence[Reading], info: Info) -> Parted[ReadingVersion]:
    """The versions of each reading's period, by version; one question for all of them.

    Raises TooLarge past HISTORIES_MAX readings and VERSIONS_MAX versions.
    """
    if len(readings) > HISTORIES_MAX:
        raise TooLarge(f"histories of at most {HISTORIES_MAX} readings, came {len(readings)}")
    keys = keys_of(readings, *_KEY)
    starts = sorted({start for *_, start in keys})
    points = sorted({(unit, point) for unit, point, *_ in keys})
    kinds = sorted({kind for *_, kind, _ in keys}, key=lambda kind: kind.number)
    wanted = HistoryAsk(points, Period(starts[0], starts[-1] + MICROSECOND), starts, kinds)
    table = await ask(info, info.context.sources.figures.history, wanted)
    if table.num_rows > VERSIONS_MAX:
        raise TooLarge(f"more than {VERSIONS_MAX} versions; ask for the histories of fewer readings")
    found = Rows(table, ReadingVersion)
    return Parted.by(found, _KEY, keys)
