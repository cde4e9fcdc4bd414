"""Supervision asked of a whole hub: the nation sees all, a province its own, a unit its own alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, Reach, Role
from hub.duties import derive
from hub.simulate import supervision
from hub.simulate.nation import PROVINCES
from hub.simulate.stage import load
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, NATION_OF_TODAY, YI, asking, hub_of, of_province, of_unit, token_of

pytestmark = pytest.mark.anyio
LATE = {
    code: next(unit for unit in NATION_OF_TODAY.units(code) if not unit.connected).code for code in (JIA, YI)
}
QUESTION = """query ($number: String!) {
  inspections { nodes { province unit } }
  rectificationOrders { nodes { province unit } }
  creditEntries { nodes { province unit } }
  duties(filter: {done: false}, first: 1000) { nodes { province unit } }
  scores { nodes { province } }
  bulletins { nodes { quarter } }
  rectificationOrder(number: $number) { unit }
}"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub whose two provinces inspected their late units."""
    with hub_of(tmp_path, first_quarter="2026Q3") as opened:
        load(opened.registry, supervision.of_units(NATION_OF_TODAY, [JIA, YI]))
        load(opened.registry, supervision.of_the_nation(NATION_OF_TODAY))
        derive(opened.registry, opened.settings, opened.clock)
        yield opened


def order_of(hub: Hub, unit: str) -> str:
    """The number of the order to a unit."""
    orders = supervision.of_units(NATION_OF_TODAY, [JIA, YI])["rectification_order"]
    return next(str(order["number"]) for order in orders if order["unit"] == unit)


async def ask(hub: Hub, reach: Reach) -> dict[str, Any]:
    """What somebody of this reach is told, and of the order to the other province's unit."""
    query = QUESTION if reach.unit is None else QUESTION.replace("  scores { nodes { province } }\n", "")
    async with asking(hub, token_of(hub, "reader", reach, (Role.READ,))) as client:
        variables = {"number": order_of(hub, LATE[YI])}
        reply = await client.post("/graphql", json={"query": query, "variables": variables})
    said = reply.json()
    assert "errors" not in said, said
    data: dict[str, Any] = said["data"]
    return data


def column(data: dict[str, Any], list_: str, name: str) -> set[str | None]:
    """The values of a field in all rows of a list."""
    return {node[name] for node in data[list_]["nodes"]}


OF_UNITS = ("inspections", "rectificationOrders")


async def test_the_nation_sees_all_of_it(hub: Hub) -> None:
    data = await ask(hub, NATION)
    for list_ in OF_UNITS:
        assert column(data, list_, "province") == {JIA, YI}
    assert column(data, "duties", "province") > {JIA, YI}
    assert len(data["scores"]["nodes"]) == len(PROVINCES)
    assert len(data["bulletins"]["nodes"]) == 1
    assert data["rectificationOrder"] == {"unit": LATE[YI]}


async def test_a_province_sees_its_own_and_no_bulletin_before_it_is_published(hub: Hub) -> None:
    data = await ask(hub, of_province(JIA))
    for list_ in (*OF_UNITS, "duties", "scores"):
        assert column(data, list_, "province") == {JIA}, list_
    assert column(data, "creditEntries", "province") <= {JIA}
    assert (data["bulletins"]["nodes"], data["rectificationOrder"]) == ([], None)


async def test_a_unit_sees_its_own_alone(hub: Hub) -> None:
    data = await ask(hub, of_unit(LATE[JIA]))
    for list_ in (*OF_UNITS, "duties"):
        assert column(data, list_, "unit") == {LATE[JIA]}, list_
    assert column(data, "creditEntries", "unit") <= {LATE[JIA]}
    assert data["rectificationOrder"] is None


async def test_a_provinces_scores_are_not_for_its_units(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "unit", of_unit(LATE[JIA]))) as client:
        reply = await client.post("/graphql", json={"query": "{ scores { nodes { province } } }"})
    (error,) = reply.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("FORBIDDEN", "score is not for a unit")
