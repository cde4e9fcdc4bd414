"""What this hub says of units to a platform above: who they are, and the points whose readings it hands over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from edge_probe.nhjc04_wire import OF_A_SYSTEM, Configuration, Item, Unit
from graph.errors import InvalidInput
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.instrument import PointState
from graph.model.period import Granularity
from graph.model.principal import NATION
from graph.model.virtual_meter import Term
from graph.ports import Ask, Compare, Condition
from hub.stores.registry.registry import Registry

POINTS_A_PAGE = 10_000  # of a list: a hundred units' of a hundred points


def units_said(registry: Registry, codes: Sequence[str]) -> Mapping[str, Unit]:
    """These units with their active points, as a device of theirs would configure them."""
    points: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(registry, "data_point", "unit", codes):
        if row["state"] == PointState.ACTIVE.value:
            points[row["unit"]].append(row)
    found = {row["credit_code"]: row for row in _rows(registry, "unit", "credit_code", codes)}
    if missing := [code for code in codes if code not in found]:
        raise InvalidInput(f"the registry has no unit {missing[0]}", "unit")
    return {code: _unit(found[code], points[code]) for code in codes}


def _rows(registry: Registry, noun: str, column: str, codes: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while codes:
        where = (Condition(column, tuple(codes), Compare.IN),)
        page = registry.rows(Ask(noun, NATION, where, first=POINTS_A_PAGE, after=after))
        found += page.table.to_pylist()
        if not page.has_next:
            break
        after = page.cursors[-1]
    return found


def _unit(row: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> Unit:
    said = {"name": row["name"], "industryCode": row["industry"], "regionCode": row["region"]}
    return Unit(row["credit_code"], row["region"], Configuration(tuple(map(_item, points)), said))


def _item(point: Mapping[str, Any]) -> Item:
    variety = VARIETIES.get(DataCode(point["code"]).variety)
    return Item(
        data_code=point["code"],
        name=variety.name if variety else point["code"],
        granularity=Granularity(point["granularity"]),
        low=point["low"],
        high=point["high"],
        origin=OF_A_SYSTEM,
        terms=(Term(point["instrument"]),) if point["instrument"] else (),
    )
