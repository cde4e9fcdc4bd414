"""Where devices of the AK dialect call: a record's own way is bounded in size, time and number, and answers in its words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Role
from graph.ports import Ask, Condition
from hub.app import build_app
from hub.endpoints import ak_devices
from hub.endpoints.ak_devices import RECORDS, Records, Shortened, caller_of
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters.nhjc_ak import RECORD_BYTES_MAX, Answer, Caller
from tests.hub.ak_devices import BASE, PASSWORD, RECORD, UNIT, ak_folder
from tests.hub.invented_hub import asking, token_of

pytestmark = pytest.mark.anyio
UNKNOWN = {"token": "made.up"}


@pytest.fixture(scope="module")
def ak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a link of the dialect whose devices count at once."""
    with open_hub(Settings(data_dir=ak_folder(tmp_path_factory.mktemp("ak")))) as hub:
        yield hub


async def say(client: httpx.AsyncClient, path: str, token: str | None = None, **message: Any) -> Any:
    headers = {} if token is None else {"token": token}
    reply = await client.post(BASE + path, json={"enterpriseCode": UNIT.text, **message}, headers=headers)
    assert reply.status_code == 200
    return reply.json()


@asynccontextmanager
async def registered(hub: Hub) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client, and the token of a device of its own."""
    async with asking(hub) as client:
        await say(client, "/enterpriseInfo/apply", password=PASSWORD)
        key = (await say(client, "/enterpriseInfo/rwk"))["data"]["secretKey"]
        answer = await say(client, "/requestAK", password=proof_of(key, UNIT, PASSWORD))
        yield client, answer["data"]["token"]


def batches(hub: Hub) -> list[dict[str, Any]]:
    where = (Condition("source", "link:ak"),)
    rows: list[dict[str, Any]] = hub.store.rows(Ask("batch", where=where)).table.to_pylist()
    return rows


async def test_records_that_come_together_are_stored_in_few_batches_and_again_are_duplicates(ak: Hub) -> None:
    async with registered(ak) as (client, token):
        for _ in range(2):
            days = [f"2026-09-{day:02d} 00:00:00" for day in range(1, 31)]
            each = (
                say(client, "/dataEnterpriseEnergy", token, **{**RECORD, "statDate": day}) for day in days
            )
            answers = await asyncio.gather(*each)
            assert {answer["responseCode"] for answer in answers} == {"200"}
    found = batches(ak)
    assert sum(row["accepted"] for row in found) == sum(row["duplicate"] for row in found) == 30
    assert len(found) < 30
    assert {row["unit"] for row in found} == {UNIT.text}


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"token": "%"}, ""),
        ({"Authorization": "Bearer %"}, ""),
        ({"Authorization": "bearer  %"}, ""),
        ({"Authorization": "%"}, ""),
        ({"accessToken": "%"}, ""),
        ({}, "?token=%"),
        ({"token": "%", "Authorization": "Bearer of another"}, "?token=else"),
    ],
)
async def test_a_token_counts_wherever_a_device_may_have_it(
    ak: Hub, headers: dict[str, str], query: str
) -> None:
    async with registered(ak) as (client, token):
        shown = {name: value.replace("%", token) for name, value in headers.items()}
        address = RECORDS + query.replace("%", token)
        reply = await client.post(address, json=dict(RECORD), headers=shown)
        assert reply.json()["responseCode"] == "200"
        checked = await client.post(
            BASE + "/checkVersion" + query.replace("%", token), json={}, headers=shown
        )
        assert checked.json()["responseCode"] == "200"


def test_who_calls_is_known_by_address_and_token() -> None:
    scope = {"client": ("192.0.2.1", 5), "headers": [(b"host", b"h")], "query_string": b"a=1"}
    assert caller_of(scope) == Caller("192.0.2.1")
    assert caller_of({"headers": [(b"token", b" t ")]}) == Caller("unknown", "t")


async def test_answers_to_records_are_counted_by_their_code(ak: Hub) -> None:
    reader = token_of(ak, "reader", roles=(Role.READ,))
    async with registered(ak) as (client, token):
        await say(client, "/dataEnterpriseEnergy", token, **RECORD)
        await say(client, "/dataEnterpriseEnergy", token, **{**RECORD, "statType": "9"})
        page = (await client.get("/metrics", headers={"Authorization": f"Bearer {reader}"})).text
    assert 'nengshu_ak_records_total{code="200"} 1.0' in page
    assert 'nengshu_ak_records_total{code="400"} 1.0' in page


async def test_a_record_too_large_is_refused_and_its_connection_closed(ak: Hub) -> None:
    async with registered(ak) as (client, token):
        body = json.dumps({**RECORD, "remark": "x" * RECORD_BYTES_MAX}).encode()
        reply = await client.post(RECORDS, content=body, headers={"token": token})
        assert (reply.status_code, reply.json()["responseCode"]) == (200, "400")
        assert str(RECORD_BYTES_MAX) in reply.json()["responseMessage"]
        assert reply.headers["connection"] == "close"


async def test_an_answer_carries_a_name_and_what_keeps_browsers_safe(ak: Hub) -> None:
    async with asking(ak) as client:
        reply = await client.post(RECORDS, content=b"{}", headers={**UNKNOWN, "X-Request-Id": "mine"})
        assert reply.json()["responseCode"] == "401"
        assert reply.headers["x-request-id"] == "mine"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "connection" not in reply.headers
        assert (await client.get(RECORDS)).status_code == 405


async def test_who_goes_on_without_a_token_is_told_when_to_come_again(ak: Hub) -> None:
    async with asking(ak) as client:
        for _ in range(30):
            await client.post(RECORDS, content=b"{}", headers=UNKNOWN)
        reply = await client.post(RECORDS, content=b"{}", headers=UNKNOWN)
        assert reply.status_code == 429
        assert 0 < int(reply.headers["retry-after"]) <= 60
        assert reply.json()["responseCode"] == "429"


class Slow:
    """A side whose answers come when they are let out, or not at all."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.asked, self.out = fault, asyncio.Event(), asyncio.Event()

    async def take(self, body: bytes, caller: Caller) -> Answer:
        """An answer."""
        if self.fault is not None:
            raise self.fault
        self.asked.set()
        await self.out.wait()
        return Answer("200", f"{len(body)} {caller.address}")


@asynccontextmanager
async def calling(hub: Hub, side: Any, codes: list[str]) -> AsyncIterator[tuple[httpx.AsyncClient, Records]]:
    """A client of an application whose records go to another side, and the codes of their answers."""
    app = build_app(hub)
    records = Records(side, codes.append)
    assert isinstance(app, Shortened)
    app.records = records
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        yield client, records


async def test_no_more_records_are_under_way_than_there_is_room_for(ak: Hub) -> None:
    side, codes = Slow(), list[str]()
    async with calling(ak, side, codes) as (client, records):
        first = asyncio.create_task(client.post(RECORDS, content=b"{}"))
        await side.asked.wait()
        assert records.under_way == 1
        records.under_way += ak_devices.RECORDS_MAX - 1
        refused = await client.post(RECORDS, content=b"{}")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(ak_devices.BUSY_S))
        assert refused.json()["responseCode"] == "429"
        side.out.set()
        assert (await first).json()["responseMessage"].startswith("2 ")
        assert records.under_way == ak_devices.RECORDS_MAX - 1
        assert codes == ["429", "200"]


async def test_what_nobody_foresaw_is_told_in_the_dialects_words(ak: Hub) -> None:
    async with calling(ak, Slow(ZeroDivisionError()), []) as (client, records):
        reply = await client.post(RECORDS, content=b"{}")
        assert (reply.status_code, reply.json()["responseCode"]) == (500, "500")
        assert records.under_way == 0


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    records = Records(Slow(), [].append, seconds_max=0.01)  # type: ignore[arg-type] # what answers is never asked
    await records({"type": "http", "headers": [], "state": {}}, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_a_step_too_large_or_malformed_is_answered_in_the_dialects_words(ak: Hub) -> None:
    async with asking(ak) as client:
        large = await client.post(BASE + "/gaugeConfigure", content=b" " * (8 * 1024 * 1024 + 1))
        assert (large.status_code, large.json()["responseCode"]) == (413, "400")
        odd = await client.post(BASE + "/enterpriseInfo/rwk", content=b"<html>")
        assert (odd.status_code, odd.json()["responseCode"]) == (200, "400")


async def test_a_unit_of_a_province_without_such_a_link_has_no_key(ak: Hub) -> None:
    async with asking(ak) as client:
        other = CreditCode.of_body("91970100MA0000999")
        answer = await say(client, "/enterpriseInfo/rwk", enterpriseCode=other.text)
        assert answer["responseCode"] == "403"
