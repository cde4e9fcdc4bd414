"""Which provinces a figure speaks of: all that are known, within the asker's reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.execution.context import Info, ask
from graph.model.principal import Reach
from graph.model.region import RegionLevel
from graph.ports import Ask, Compare, Condition, Order

PROVINCES_USUAL = 33  # told to the guard: the provinces and the Corps


async def seen_provinces(info: Info, asked: Sequence[str] = ()) -> tuple[Condition, ...]:
    """Conditions on the noun region: provinces, those asked for, those within reach.

    Divisions are public, what happens in them is not: without the last condition a province would read of
    another one that nothing happened there.
    """
    where = [Condition("level", RegionLevel.PROVINCE.value)]
    if asked:
        where.append(Condition("code", tuple(asked), Compare.IN))
    own = await _own_province(info, info.context.principal.reach)
    if own is not None:
        where.append(Condition("code", own))
    return tuple(where)


async def province_names(info: Info, asked: Sequence[str] = ()) -> Mapping[str, str]:
    """The names of the same provinces by their codes, in the order of these."""
    where = await seen_provinces(info, asked)
    question = Ask("region", info.context.principal.reach, where, Order("code"))
    table = (await ask(info, info.context.sources.registry.rows, question)).table
    return dict(zip(table.column("code").to_pylist(), table.column("name").to_pylist(), strict=True))


async def _own_province(info: Info, reach: Reach) -> str | None:
    """The one province within reach; None when all of them are."""
    if reach.region is not None:
        return str(reach.region.province)
    if reach.unit is None:
        return None
    question = Ask("unit", reach, (Condition("credit_code", str(reach.unit)),))
    page = await ask(info, info.context.sources.registry.rows, question)
    codes = page.table.column("province").to_pylist()
    return str(codes[0]) if codes else ""
