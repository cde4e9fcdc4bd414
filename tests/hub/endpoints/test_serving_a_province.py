"""A hub that serves one province neither shows nor takes another's, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hub.wiring import Hub
from tests.hub.invented_hub import (
    JIA,
    WHO,
    YI,
    asking,
    hub_of,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)

pytestmark = pytest.mark.anyio
UNITS = {"query": "{ units(first: 100) { nodes { province } } }"}


@pytest.fixture(scope="module")
def provincial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub of the province Jia in whose registry another province's units stand too."""
    with hub_of(tmp_path_factory.mktemp("provincial"), region=JIA) as opened:
        yield opened


async def test_a_national_token_reaches_no_further_than_the_hub_it_asks(provincial: Hub) -> None:
    async with asking(provincial, token_of(provincial, "nation")) as client:
        nodes = (await client.post("/graphql", json=UNITS)).json()["data"]["units"]["nodes"]
        assert {node["province"] for node in nodes} == {JIA}
        receipt = (await post(client, json.dumps([reading(JIA), reading(YI)]).encode(), "both")).json()
    assert (receipt["accepted"], [row["code"] for row in receipt["rejected"]]) == (1, ["unknown-unit"])


async def test_another_provinces_token_is_told_that_this_is_not_its_hub(provincial: Hub) -> None:
    async with asking(provincial, token_of(provincial, "yi", of_province(YI))) as client:
        answer = await client.post("/graphql", json=UNITS)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_a_token_of_another_provinces_unit_sees_nothing(provincial: Hub) -> None:
    async with asking(provincial, token_of(provincial, "unit", of_unit(units_of(YI)[0].code))) as client:
        nodes = (await client.post("/graphql", json=UNITS)).json()["data"]["units"]["nodes"]
    assert nodes == []


async def test_devices_of_another_province_are_not_this_hubs(provincial: Hub) -> None:
    own = {"key": "devices-jia", "dialect": "nhjc04", "province": JIA, "address": "devices call"}
    provincial.registry.upsert("link", [own], WHO)
    async with asking(provincial) as client:
        answers = [
            (await client.post("/enterprise/register", json={"enterpriseCode": unit})).json()
            for unit in (units_of(JIA)[0].code, units_of(YI)[0].code)
        ]
    assert [answer["responseCode"] for answer in answers] == ["0", "1"]
    assert "名单" in answers[1]["responseMessage"]
