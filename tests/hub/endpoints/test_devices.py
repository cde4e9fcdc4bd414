"""Access devices call the hub at the five paths of their dialect, and are answered in words they know."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from graph.ports import Ask, Compare, Condition
from hub.endpoints.devices import ASK_BYTES_MAX, CONFIG_BYTES_MAX
from hub.wiring import Hub
from provincial_adapters.nhjc04 import BODY_BYTES_MAX
from tests.hub.invented_hub import JIA, YI, asking, units_of

pytestmark = pytest.mark.anyio
SUCCESS = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS"}


async def say(client: httpx.AsyncClient, path: str, message: object) -> Any:
    """The hub's answer to a message."""
    reply = await client.post(path, content=json.dumps(message).encode())
    assert reply.status_code == 200
    return reply.json()


def succeeded(answer: dict[str, str]) -> bool:
    """Whether a device would go on."""
    return {name: answer[name] for name in SUCCESS} == SUCCESS


async def registered(client: httpx.AsyncClient, unit: str) -> Any:
    """What a device is given at its first call."""
    enterprise = {"enterpriseCode": unit, "enterpriseName": "虚构厂", "region": YI}
    return await say(client, "/enterprise/register", enterprise)


async def test_the_five_steps_end_in_stored_readings(hub: Hub) -> None:
    unit = units_of(YI)[1].code
    async with asking(hub) as client:
        given = await registered(client, unit)
        assert succeeded(given)
        sender = {"deviceId": given["deviceId"], "enterpriseCode": unit}
        rows = [
            {
                "dataCode": "00-00-0000-023300-11", "dataValue": "12.5", "inputType": "4", "statType": "1", "scope": "1",
                "statDate": "2026-10-05 00:00:00", "uploadDate": "2026-10-06 01:00:00", "valid": "0",
            }
        ]  # fmt: skip
        version = await say(
            client, urlsplit(given["loadDicVersionURL"]).path, {"deviceId": given["deviceId"]}
        )
        base = await say(client, "/enterprise/downloadBaseData", {"deviceId": given["deviceId"]})
        data = await say(client, urlsplit(given["centerDataURL"]).path, {**sender, "data": rows})
        again = await say(client, urlsplit(given["centerDataURL"]).path, {**sender, "data": rows})
    assert all(map(succeeded, (version, base, data, again)))
    assert version["dicVersion"] == base["dicVersion"]
    batches = hub.store.rows(Ask("batch", where=(Condition("source", "link:devices"),))).table.to_pylist()
    assert [(row["rows"], row["accepted"], row["province"]) for row in batches] == [(1, 1, YI)]


async def test_uploads_of_many_devices_at_once_are_each_answered_for_themselves(hub: Hub) -> None:
    units = [each.code for each in units_of(YI)[1:4]]
    async with asking(hub) as client:
        given = [await registered(client, unit) for unit in units]
        rows = [
            {
                "dataCode": code, "dataValue": "12.5", "inputType": "4", "statType": "1", "scope": "1",
                "statDate": "2026-10-07 00:00:00", "uploadDate": "2026-10-08 01:00:00", "valid": "0",
            }
            for code in ("00-00-0000-023300-11", "00-00-0000023400-80")
        ]  # fmt: skip
        path, strange = (
            "/enterprise/uploadEnergyData",
            {"deviceId": given[0]["deviceId"], "enterpriseCode": units[1]},
        )
        senders = [
            {"deviceId": each["deviceId"], "enterpriseCode": unit}
            for each, unit in zip(given, units, strict=True)
        ]
        async with asyncio.TaskGroup() as group:
            good = [group.create_task(say(client, path, {**sender, "data": rows})) for sender in senders * 2]
            bad = [
                group.create_task(say(client, path, {**strange, "data": rows})),
                group.create_task(say(client, path, {**senders[0], "data": rows[1:]})),
                group.create_task(say(client, path, {**senders[0], "data": "none"})),
            ]
    assert all(succeeded(each.result()) for each in good)
    assert [
        "deviceId" in bad[0].result()["responseMessage"],
        "数据编码" in bad[1].result()["responseMessage"],
    ] == [True] * 2
    assert all(each.result()["responseCode"] == "1" for each in bad)
    where = (Condition("source", "link:devices"), Condition("unit", tuple(units), Compare.IN))
    batches = hub.store.rows(Ask("batch", where=where)).table.to_pylist()
    of_this = [row for row in batches if row["rows"] == 2]
    assert sorted((row["unit"], row["accepted"], row["rejected"]) for row in of_this) == [
        (u, 1, 1) for u in sorted(units)
    ]


async def test_a_unit_of_a_province_without_such_a_link_is_refused_in_words(hub: Hub) -> None:
    async with asking(hub) as client:
        answer = await registered(client, units_of(JIA)[1].code)
    assert answer["responseCode"] == "1"
    assert "名单" in answer["responseMessage"]


async def test_a_device_cannot_speak_for_another_unit(hub: Hub) -> None:
    own, other = units_of(YI)[1].code, units_of(YI)[2].code
    async with asking(hub) as client:
        given = await registered(client, own)
        stolen = {"deviceId": given["deviceId"], "enterpriseCode": other, "data": [{}]}
        answer = await say(client, "/enterprise/uploadEnergyData", stolen)
    assert answer["responseCode"] == "1"


@pytest.mark.parametrize(
    ("path", "bytes_max"),
    [
        ("/enterprise/register", ASK_BYTES_MAX),
        ("/enterprise/versionCheck", ASK_BYTES_MAX),
        ("/enterprise/downloadBaseData", ASK_BYTES_MAX),
        ("/enterprise/downloadConfigData", CONFIG_BYTES_MAX),
        ("/enterprise/uploadEnergyData", BODY_BYTES_MAX),
    ],
)
async def test_what_is_no_message_is_refused_in_words(hub: Hub, path: str, bytes_max: int) -> None:
    async with asking(hub) as client:
        for body in (b"x", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'{"deviceId": 5}'):
            reply = await client.post(path, content=body)
            assert (reply.status_code, reply.json()["responseCode"]) == (200, "1")
        wrong = await client.post(path, content=b"{}", headers={"Content-Digest": "sha-256=:AAAA:"})
        large = await client.post(path, content=b" " * (bytes_max + 1))
    assert (wrong.status_code, wrong.json()["responseCode"]) == (400, "1")
    assert (large.status_code, large.json()["responseCode"]) == (413, "1")
    assert str(bytes_max) in large.json()["responseMessage"]


@pytest.mark.parametrize(
    "declared", ["application/json; charset=GBK", 'text/plain;charset="gb2312"', "x; charset=GB18030"]
)
async def test_an_older_device_may_write_gbk_where_it_says_so(hub: Hub, declared: str) -> None:
    body = json.dumps({"enterpriseCode": units_of(YI)[1].code, "remark": "虚构厂"}, ensure_ascii=False)
    async with asking(hub) as client:
        reply = await client.post(
            "/enterprise/register", content=body.encode("gbk"), headers={"Content-Type": declared}
        )
    assert succeeded(reply.json())


@pytest.mark.parametrize(
    ("declared", "body", "status", "words"),
    [
        ("application/json", '{"enterpriseCode": "虚"}'.encode("gbk"), 200, "不是 UTF-8 编码"),
        ("application/json", gzip.compress(b"{}"), 200, "平台不解压，请发送未压缩的 JSON"),
        ("application/json; charset=gbk", b'{"enterpriseCode": "\xff"}', 400, "不是 GBK"),
        ("application/json; charset=utf-16", "{}".encode("utf-16"), 415, "不支持字符集 utf-16"),
    ],
)
async def test_letters_that_cannot_be_read_are_told_in_words(
    hub: Hub, declared: str, body: bytes, status: int, words: str
) -> None:
    async with asking(hub) as client:
        reply = await client.post("/enterprise/register", content=body, headers={"Content-Type": declared})
    assert reply.status_code == status
    assert reply.json()["responseCode"] == "1"
    assert words in reply.json()["responseMessage"]


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_what_a_device_calls_its_content_is_of_no_account(hub: Hub, declared: str) -> None:
    async with asking(hub) as client:
        reply = await client.post(
            "/enterprise/register",
            content=b"\xef\xbb\xbf" + json.dumps({"enterpriseCode": units_of(YI)[1].code}).encode(),
            headers={"Content-Type": declared},
        )
    assert succeeded(reply.json())
