"""The ways readings come in from provinces (数据来源): links, how their last runs ended, when anything last came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from graph.execution.context import Info, ask
from graph.model.coverage import Way
from graph.model.principal import Reach
from graph.model.region import RegionLevel
from graph.model.sync_run import RunState
from graph.ports import Ask, Compare, Condition, Order


def sees_links(reach: Reach) -> bool:
    """Whether the links of a province are within reach; to a city or a unit there seem to be none."""
    if reach.unit is not None:
        return False
    return reach.region is None or reach.region.level is RegionLevel.PROVINCE


async def ways_of(info: Info, provinces: Sequence[str]) -> Mapping[str, list[Way]]:
    """The ways of provinces, in the order of their links' keys; of each the last run that ended."""
    registry, reach = info.context.sources.registry, info.context.principal.reach
    where = (Condition("province", tuple(provinces), Compare.IN),)
    links = await ask(info, registry.rows, Ask("link", reach, where, Order("key")))
    over = (*where, Condition("state", (RunState.SUCCEEDED.value, RunState.FAILED.value), Compare.IN))
    newest = await ask(info, registry.counts, Ask("sync_run", reach, over), "link", "id")
    last = (Condition("id", tuple(newest.column("id").to_pylist()), Compare.IN),)
    runs = await ask(info, registry.rows, Ask("sync_run", reach, last))
    ended = {
        run["link"]: (RunState(run["state"]), run["started_at"], run["error"])
        for run in runs.table.to_pylist()
    }
    found: dict[str, list[Way]] = {}
    for link in links.table.to_pylist():
        waits = link["dialect"] in info.context.sources.waiting
        state, started_at, error = ended.get(link["key"], (None, None, None))
        way = Way(link["key"], link["enabled"], state, started_at, error, waits)
        found.setdefault(link["province"], []).append(way)
    return found


async def brought_at(info: Info, provinces: Sequence[str]) -> Mapping[str, dt.datetime | None]:
    """When the last run that brought a row ended, by province; provinces of which none did are not in it."""
    registry, reach = info.context.sources.registry, info.context.principal.reach
    where = (Condition("province", tuple(provinces), Compare.IN), Condition("rows", 1, Compare.GE))
    table = await ask(info, registry.counts, Ask("sync_run", reach, where), "province", "ended_at")
    columns = (table.column(name).to_pylist() for name in ("province", "ended_at"))
    return dict(zip(*columns, strict=True))
