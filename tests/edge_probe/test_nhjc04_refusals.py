"""What the probe makes of a platform that says no, moves, forgets it or answers what nobody can read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response

from edge_probe.readings import Spooled
from edge_probe.uplink_ports import TryLater
from graph.errors import NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from tests.edge_probe.fakes import ELECTRICITY, reading
from tests.edge_probe.nhjc04_uplink_stage import GAS, ROWS, Stage
from tests.edge_probe.platform_double import refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with made.client:
        yield made


async def test_an_identity_that_counts_no_longer_is_asked_for_again_and_the_rows_go_once(
    stage: Stage,
) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.identities.clear()
    stage.platform.asked.clear()
    assert list(await uplink.send(ROWS)) == []
    assert stage.paths() == ["/data", "/enterprise/register", "/version", "/config", "/data"]


async def test_a_platform_that_never_knows_its_own_identity_is_not_asked_for_ever(stage: Stage) -> None:
    stage.platform.faults = [refusal("deviceId 不属于该企业")] * 200
    with pytest.raises(SourceRefused, match="不属于"):
        await stage.uplink().send(ROWS[:1])
    assert len(stage.platform.told("/data")) == 2


async def test_where_data_goes_is_asked_again_when_nobody_answers_there(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.data_path = "/moved"
    assert list(await uplink.send(ROWS)) == []
    assert len(stage.platform.told("/moved")) == 1


async def test_a_platform_that_registers_nobody_new_still_gets_data_where_it_took_it(stage: Stage) -> None:
    uplink = stage.uplink()
    await uplink.send(ROWS)
    stage.platform.closed = True
    stage.platform.faults = [PlainTextResponse("<html>", 200)]
    with pytest.raises(SourceMalformed):
        await uplink.send(ROWS)
    (note,) = await uplink.send(ROWS)
    assert (note.row, note.code) == (None, "register-refused")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (PlainTextResponse("oops", 500), TryLater),
        (PlainTextResponse("busy", 429), TryLater),
        (PlainTextResponse("<html>login</html>", 200), SourceMalformed),
        (PlainTextResponse("no", 403), SourceRefused),
        (refusal("解密失败"), SourceRefused),
        (PlainTextResponse('{"responseCode": "0"}', 200), SourceRefused),
        (PlainTextResponse('["RECEIVE SUCCESS"]', 200), SourceMalformed),
    ],
)
async def test_only_the_literal_text_acknowledges(
    stage: Stage, fault: Any, error: type[NengshuError]
) -> None:
    stage.platform.faults = [fault] * 3
    with pytest.raises(error, match="province"):
        await stage.uplink().send(ROWS[:1])
    assert stage.platform.stored == {}


async def test_a_row_the_platform_refuses_costs_only_itself(stage: Stage) -> None:
    stage.platform.bad_codes = {"00-00-0000-011500-11"}
    rows = [Spooled(n, reading(f"{n:02d}:00", "1", GAS if n in (3, 17) else ELECTRICITY)) for n in range(24)]
    refused = list(await stage.uplink().send(rows))
    assert [each.row for each in refused] == [rows[3], rows[17]]
    assert {each.code for each in refused} == {"refused-by-platform"}
    assert "不存在" in refused[0].why
    assert len(stage.platform.stored) == 22


async def test_a_platform_that_refuses_everything_loses_no_row(stage: Stage) -> None:
    stage.platform.bad_codes = {"00-00-0000-023300-11"}
    with pytest.raises(SourceRefused, match="不存在"):
        await stage.uplink().send(ROWS)


async def test_rows_refused_by_a_stumble_are_taken_at_a_second_look(stage: Stage) -> None:
    stage.platform.faults = [refusal("存储失败")] * 2
    assert list(await stage.uplink().send(ROWS)) == []
    assert len(stage.platform.stored) == 2


@pytest.mark.parametrize(
    "address",
    ["http://platform.example/data", "ftp://x", "", "https://user:word@x/", "https://x:99999/", None],
)
async def test_an_address_nobody_should_send_to_is_refused(stage: Stage, address: Any) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        given = dict.fromkeys(("centerInfoURL", "centerDataURL", "loadDicVersionURL"), address)
        said = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS", "deviceId": "1" * 32, **given}
        return httpx.Response(200, json=said)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        stage.client = client
        with pytest.raises(SourceMalformed, match="address"):
            await stage.uplink().send(ROWS)


async def test_a_line_that_breaks_is_unreachable(stage: Stage) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        stage.client = client
        with pytest.raises(SourceUnreachable, match="ReadError reset"):
            await stage.uplink().send(ROWS)


async def test_a_platform_that_answers_in_gb_18030_is_understood(stage: Stage) -> None:
    words = json.dumps({"responseCode": "1", "responseMessage": "数据有误"}, ensure_ascii=False)
    stage.platform.faults = [Response(words.encode("gb18030"), media_type="application/json")] * 3
    with pytest.raises(SourceRefused, match="数据有误"):
        await stage.uplink().send(ROWS[:1])


@pytest.mark.parametrize(
    "words",
    ['{"secretKey": "A7K2M4Q6R3T5", ', "<p>token=A7K2M4Q6R3T5</p>", "[{'password' : 'A7K2M4Q6R3T5'}]"],
)
async def test_a_secret_in_an_answer_nobody_can_read_is_not_told(stage: Stage, words: str) -> None:
    stage.platform.faults = [PlainTextResponse(words, 200)] * 3
    with pytest.raises(SourceMalformed) as told:
        await stage.uplink().send(ROWS[:1])
    assert "A7K2M4Q6R3T5" not in str(told.value)
    assert "(a secret)" in str(told.value)
