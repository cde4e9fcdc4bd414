"""GraphQL over HTTP: each asker sees its own part, and a question that is none says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from hub.wiring import Hub
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    is_problem,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio
PERIOD = '{from: "2026-10-01", to: "2026-10-31"}'
BALANCE = (
    f"{{ energyBalance(period: {PERIOD}, groupBy: [PROVINCE]) {{ rows {{ province quantity readings }} }} }}"
)
READINGS = (
    "query($unit: String!) { unit(creditCode: $unit) { name dataPoints { "
    f"readings(granularity: DAY, period: {PERIOD}) {{ value }} }} }} }}"
)


@pytest.fixture(scope="module")
def told(hub: Hub) -> Hub:
    """A hub to which both provinces have said one day."""

    async def tell() -> None:
        for province, value in ((JIA, "10"), (YI, "20.5")):
            async with asking(hub, token_of(hub, f"teller-{province}", of_province(province))) as client:
                body = json.dumps([reading(province, value=value)]).encode()
                assert (await post(client, body, "told")).status_code == 201

    asyncio.run(tell())
    return hub


async def answer(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    """The data of an answer without errors."""
    reply = await client.post("/graphql", json={"query": query, "variables": variables})
    said = reply.json()
    assert (reply.status_code, said.get("errors")) == (200, None)
    return said["data"]


async def test_the_nation_reads_all_and_a_province_its_own(told: Hub) -> None:
    async with asking(told, token_of(told, "balance-nation")) as client:
        everything = await answer(client, BALANCE)
    async with asking(told, token_of(told, "balance-jia", of_province(JIA))) as client:
        own = await answer(client, BALANCE)
        asked_for = await answer(client, BALANCE.replace("groupBy", f'provinces: ["{YI}"], groupBy'))
    rows = everything["energyBalance"]["rows"]
    assert {row["province"]: row["quantity"] for row in rows} == {JIA: "10", YI: "20.5"}
    assert [row["province"] for row in own["energyBalance"]["rows"]] == [JIA]
    assert asked_for["energyBalance"]["rows"] == []


async def test_readings_of_another_province_do_not_exist(told: Hub) -> None:
    jia, yi = units_of(JIA)[1].code, units_of(YI)[1].code
    async with asking(told, token_of(told, "readings-jia", of_province(JIA))) as client:
        own, other = await answer(client, READINGS, unit=jia), await answer(client, READINGS, unit=yi)
    values = [entry["value"] for point in own["unit"]["dataPoints"] for entry in point["readings"]]
    assert values == ["10"]
    assert other == {"unit": None}


POINTS = f"""query($unit: String!) {{ unit(creditCode: $unit) {{ dataPoints {{
  latest {{ granularity value history {{ value batch state }} }}
  missing(period: {PERIOD})
  readings(period: {PERIOD}) {{ start history {{ value state }} }}
}} }} }}"""


async def test_a_point_tells_its_last_value_what_was_said_and_what_is_missing(told: Hub) -> None:
    async with asking(told, token_of(told, "points-jia", of_province(JIA))) as client:
        said = await answer(client, POINTS, unit=units_of(JIA)[1].code)
    (point,) = (point for point in said["unit"]["dataPoints"] if point["latest"] is not None)
    (version,) = point["latest"].pop("history")
    assert point["latest"] == {"granularity": "DAY", "value": "10"}
    assert (version["value"], version["state"]) == ("10", "HOLDS")
    (known,) = point["readings"]
    assert known["history"] == [{"value": "10", "state": "HOLDS"}]
    assert (len(point["missing"]), known["start"] in point["missing"]) == (30, False)


async def test_lists_are_paged_backwards_over_the_wire(told: Hub) -> None:
    page = "nodes { creditCode } pageInfo { hasNextPage hasPreviousPage startCursor }"
    query = f"query($last: Int, $before: String) {{ units(last: $last, before: $before) {{ {page} }} }}"
    whole, walked, before, more = "{ units { nodes { creditCode } } }", list[Any](), None, True
    async with asking(told, token_of(told, "pages-nation")) as client:
        expected = (await answer(client, whole))["units"]["nodes"]
        while more:
            found = (await answer(client, query, last=2, before=before))["units"]
            assert found["pageInfo"]["hasNextPage"] is bool(walked)
            walked = found["nodes"] + walked
            before, more = found["pageInfo"]["startCursor"], found["pageInfo"]["hasPreviousPage"]
    assert len(walked) > 2
    assert walked == expected


async def test_units_and_batches_of_another_province_are_not_listed(told: Hub) -> None:
    listing = (
        "{ units(first: 1000) { nodes { province } } batches(first: 1000) { nodes { province source } } }"
    )
    async with asking(told, token_of(told, "listing-yi", of_province(YI))) as client:
        said = await answer(client, listing)
    assert {node["province"] for node in said["units"]["nodes"]} == {YI}
    assert {node["province"] for node in said["batches"]["nodes"]} == {YI}


async def test_a_unit_sees_itself_alone(told: Hub) -> None:
    own = units_of(JIA)[1].code
    async with asking(told, token_of(told, "one-unit", of_unit(own))) as client:
        said = await answer(client, "{ units(first: 1000) { nodes { creditCode } } }")
        balance = await answer(client, BALANCE)
    assert said == {"units": {"nodes": [{"creditCode": own}]}}
    assert [row["quantity"] for row in balance["energyBalance"]["rows"]] == ["10"]


@pytest.mark.parametrize(
    "body",
    [b"x", b"5", b"null", b'"q"', b"[]", b'{"query": 5}', b'{"query": "\xff"}', b"{}", b'{"query": ""}', b""],
)
async def test_a_question_that_is_none_is_the_askers_fault(hub: Hub, body: bytes) -> None:
    token = token_of(hub, f"none-{body.hex()[:40]}")
    async with asking(hub, token) as client:
        reply = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400


async def test_a_question_is_bounded(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "long")) as client:
        long = await client.post("/graphql", json={"query": "#" * 1024 * 1024})
        deep = await client.post("/graphql", json={"query": "{a" * 20_000})
    assert is_problem(long, 413, "TOO_LARGE")
    assert deep.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_a_link_that_waits_for_devices_is_not_told_to_have_no_run(told: Hub) -> None:
    async with asking(told, token_of(told, "waiting-yi", of_province(YI))) as client:
        said = await answer(client, "{ inspections { coverage { links why } } }")
    assert said["inspections"]["coverage"] == [{"links": ["devices"], "why": None}]
