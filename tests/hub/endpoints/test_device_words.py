"""What is refused on the paths of access devices is told in the form of their dialect, and in Chinese first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hub.endpoints.device_words import refusal
from hub.endpoints.http_protocol import overloaded
from hub.wiring import Hub
from tests.hub.invented_hub import asking, is_problem

pytestmark = pytest.mark.anyio
NHJC04, AK = {"responseCode", "responseMessage"}, {"responseCode", "responseMessage", "data"}
PATHS = [
    ("/enterprise/register", NHJC04),
    ("/enterprise/uploadEnergyData", NHJC04),
    ("/YNEnergy/requestAK", AK),
    ("/YNEnergy/dataEnterpriseEnergy", AK),
]


@pytest.mark.parametrize(("path", "fields"), PATHS)
async def test_a_hub_without_room_tells_a_device_so_in_its_words(path: str, fields: set[str]) -> None:
    transport = httpx.ASGITransport(app=overloaded)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        reply = await client.post(path, content=b"{}")
    assert (reply.status_code, set(reply.json())) == (503, fields)
    assert reply.json()["responseMessage"].startswith("平台繁忙，请稍后重发")
    assert reply.json()["responseCode"] == ("429" if fields == AK else "1")
    assert 1 <= int(reply.headers["retry-after"]) <= 4


async def test_everybody_else_is_told_by_a_problem() -> None:
    transport = httpx.ASGITransport(app=overloaded)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        reply = await client.post("/graphql", content=b"{}")
    assert is_problem(reply, 503, "BUSY")


@pytest.mark.parametrize(("path", "fields"), PATHS)
async def test_another_method_is_refused_in_the_devices_words(hub: Hub, path: str, fields: set[str]) -> None:
    async with asking(hub) as client:
        reply = await client.get(path)
    assert (reply.status_code, set(reply.json()), reply.headers["allow"]) == (405, fields, "POST")
    assert reply.json()["responseMessage"].startswith("请求方法不支持，请用 POST")


@pytest.mark.parametrize("path", ["/enterprise/unknown", "/YNEnergy/unknown"])
async def test_an_address_that_is_none_is_told_in_the_devices_words(hub: Hub, path: str) -> None:
    async with asking(hub) as client:
        reply = await client.post(path, content=b"{}")
    answer: dict[str, Any] = reply.json()
    assert (reply.status_code, answer["responseMessage"].startswith("地址不存在")) == (404, True)


def test_no_other_path_is_a_devices() -> None:
    assert refusal("/graphql", 503, "busy") is None
    assert refusal("/enterprise", 503, "busy") is None
