"""The hub's side of the AK dialect: keys, passwords, tokens and versions, each failure with its code and its reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from graph.errors import ConfigurationError, StoreError
from graph.model.access_device import DeviceState
from provincial_adapters._nhjc04.base_data import base_data, dic_version
from provincial_adapters._nhjc_ak.gate import REFUSED_FREE
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters.nhjc_ak import Caller
from tests.provincial_adapters.ak_stage import (
    NOW,
    PASSWORD,
    RECORD,
    SECOND,
    SECRET,
    SOMEWHERE,
    STRANGER,
    UNIT,
    AkStage,
    say,
    send,
    token,
    told,
)

pytestmark = pytest.mark.anyio


def refused(answer: Any, code: str, *words: str) -> bool:
    assert answer.keys() == {"responseCode", "responseMessage", "data"}
    assert answer["data"] is None
    assert all(word in answer["responseMessage"] for word in words), answer
    return bool(answer["responseCode"] == code)


async def test_key_registration_and_token_lead_to_a_stored_record() -> None:
    stage = AkStage()
    devices = stage.devices()
    answer = await send(devices, token(devices))
    assert answer["responseCode"] == "200"
    assert answer["data"]["platformTime"] == "2026-11-23 09:00:00"
    (delivery,) = stage.booked
    assert delivery.source == "link:link-97"
    assert (delivery.reach.unit, str(delivery.reach.region)) == (None, "970000")
    assert delivery.arrived.table["unit"].to_pylist() == [UNIT.text]


def test_the_answer_to_a_right_password_says_all_a_device_needs() -> None:
    stage = AkStage()
    devices = stage.devices()
    token(devices)
    key = say(devices, "/enterpriseInfo/rwk")["data"]["secretKey"]
    data = say(devices, "/requestAK", password=proof_of(key, UNIT, PASSWORD))["data"]
    assert data.pop("token")
    assert data == {
        "akValidAt": "2026-11-23 11:00:00", "akExpiresIn": 7200, "enterpriseUploadTime": "00:30:00",
        "platformURL": "https://hub.example:8443/nengshu/YNEnergy",
    }  # fmt: skip
    assert say(devices, "/platformAccessURL")["data"] == {"platformURL": data["platformURL"]}
    stage.quirks["ak_valid_at"] = "from"
    again = say(devices, "/requestAK", password=proof_of(key, UNIT, PASSWORD))["data"]
    assert again["akValidAt"] == "2026-11-23 09:00:00"


def test_nothing_of_a_password_is_kept_but_a_digest() -> None:
    stage = AkStage()
    token(stage.devices())
    (kept,) = stage.kept.values()
    proof = proof_of(say(stage.devices(), "/enterpriseInfo/rwk")["data"]["secretKey"], UNIT, PASSWORD)
    for secret in (PASSWORD, proof):
        assert secret.encode() not in kept
        assert secret not in repr(stage.said)


def test_a_second_application_needs_the_same_password() -> None:
    stage = AkStage()
    devices = stage.devices()
    token(devices)
    assert say(devices, "/enterpriseInfo/apply", password=PASSWORD)["responseCode"] == "200"
    assert refused(say(devices, "/enterpriseInfo/apply", password="another"), "403", "update")
    assert token(devices)


def test_who_has_a_token_changes_the_password_by_an_update() -> None:
    devices = AkStage().devices()
    shown = token(devices)
    assert refused(say(devices, "/enterpriseInfo/update", password="another"), "401", "requestAK")
    caller = Caller(SOMEWHERE.address, shown)
    assert say(devices, "/enterpriseInfo/update", caller, password="another")["responseCode"] == "200"
    assert token(devices, password="another")
    assert refused(say(devices, "/enterpriseInfo/apply", password=PASSWORD), "403")


@pytest.mark.parametrize("password", [None, "", 7, "x" * 300])
def test_an_application_without_a_password_enrols_nobody(password: Any) -> None:
    stage = AkStage()
    assert refused(say(stage.devices(), "/enterpriseInfo/apply", password=password), "400", "password")
    assert stage.enrolled == []


@pytest.mark.parametrize(
    ("path", "message", "code", "word"),
    [
        ("/enterpriseInfo/rwk", {"enterpriseCode": "short"}, "400", "length"),
        ("/enterpriseInfo/rwk", {"enterpriseCode": 7}, "400", "enterpriseCode"),
        ("/enterpriseInfo/rwk", {"enterpriseCode": STRANGER.text}, "403", "名单"),
        ("/enterpriseInfo/apply", {"enterpriseCode": STRANGER.text, "password": "x"}, "403", "名单"),
        ("/platformAccessURL", {"enterpriseCode": STRANGER.text}, "403", "名单"),
        ("/requestAK", {"password": "0" * 32}, "403", "尚未申请"),
        ("/requestAK", {}, "400", "password"),
        ("/checkVersion", {}, "401", "requestAK"),
        ("/dataDownload", {"token": "made.up"}, "401", "requestAK"),
        ("/gaugeConfigure", {"data": []}, "401", "requestAK"),
    ],
)
def test_a_step_that_cannot_be_is_told_why(path: str, message: dict[str, Any], code: str, word: str) -> None:
    stage = AkStage()
    assert refused(say(stage.devices(), path, **message), code, word)
    assert stage.enrolled == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[" * 5_000, b"\xff"])
def test_what_is_no_message_is_told_so_at_every_step(body: bytes) -> None:
    devices = AkStage().devices()
    for path in set(devices.paths) - {"/checkVersion", "/dataDownload"}:
        answer = told(devices.answer(path, body, SOMEWHERE))
        assert answer["responseCode"] == "400", (path, answer)
        assert "报文有误" in answer["responseMessage"]


def test_a_closed_link_takes_no_new_device_and_no_configuration() -> None:
    stage = AkStage()
    shown = token(stage.devices())
    stage.quirks["registration"] = "closed"
    devices = stage.devices()
    assert refused(say(devices, "/enterpriseInfo/apply", password=PASSWORD), "403", "不开放")
    caller = Caller(SOMEWHERE.address, shown)
    assert refused(say(devices, "/gaugeConfigure", caller, data=[{"gaugeCode": "1"}]), "403", "不开放")
    for version in ("1.0", 1.0, [1]):
        told = say(devices, "/checkVersion", caller, regVersion=version, dicVersion=version)
        assert told["responseCode"] == "200"


async def test_a_refused_device_is_told_so_at_every_step() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    stage.state, stage.writes = DeviceState.REFUSED, stage.writes + 1
    assert refused(await send(devices, shown), "403", "未通过")
    assert refused(say(devices, "/checkVersion", Caller("x", shown)), "403", "未通过")
    assert refused(say(devices, "/requestAK", password="0" * 32), "403", "未通过")
    assert stage.booked == []


def test_versions_and_base_data_are_those_in_use_and_noted() -> None:
    stage = AkStage()
    devices = stage.devices()
    caller = Caller("x", token(devices))
    assert say(devices, "/checkVersion", caller)["data"] == {"regVersion": "1.0", "dicVersion": dic_version()}
    assert say(devices, "/dataDownload", caller)["data"] == {
        "dicVersion": dic_version(),
        "baseData": base_data(),
    }
    assert (UNIT, {"checked": None, "told": dic_version()}) in stage.notes
    assert (UNIT, {"downloaded": dic_version()}) in stage.notes


async def test_a_token_ends_and_another_is_asked_for() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    stage.clock = NOW + dt.timedelta(seconds=7_199)
    assert (await send(devices, shown))["responseCode"] == "200"
    stage.clock = NOW + dt.timedelta(seconds=7_200)
    assert refused(await send(devices, shown), "401", "requestAK")
    assert (await send(devices, token(devices)))["responseCode"] == "200"


@pytest.mark.parametrize("shown", [None, "", "made.up", "x" * 5_000])
async def test_without_a_token_nothing_is_stored(shown: str | None) -> None:
    stage = AkStage()
    assert refused(await send(stage.devices(), shown), "401")
    assert not stage.booked
    assert not stage.delivered


async def test_a_token_in_the_record_itself_counts_where_no_header_has_one() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    assert (await send(devices, None, token=shown))["responseCode"] == "200"
    assert refused(await send(devices, "made.up", token=shown), "401")


async def test_the_http_status_of_a_401_is_the_links() -> None:
    stage = AkStage(quirks={"unauthorized_status": 401})
    devices = stage.devices()
    shown = token(devices)
    stage.clock = NOW + dt.timedelta(days=1)
    for side in (devices, stage.devices()):  # and of a hub that began anew
        answer = await side.take(json.dumps(RECORD).encode(), Caller("x", shown))
        assert (answer.code, answer.status) == ("401", 401)


async def test_a_token_of_another_link_or_hub_does_not_count() -> None:
    stage = AkStage()
    shown = token(stage.devices())
    stage.link_key = "link-98"
    assert refused(await send(stage.devices(), shown), "401", "链路")
    assert refused(await send(stage.devices(secret=b"another secret, as long"), shown), "401")


async def test_a_device_cannot_speak_for_another_unit() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    assert refused(await send(devices, shown, enterpriseCode=SECOND.text), "400", "不符")
    assert (await send(devices, shown, enterpriseCode=UNIT.text.lower()))["responseCode"] == "200"
    caller = Caller("x", shown)
    assert refused(say(devices, "/checkVersion", caller, enterpriseCode=SECOND.text), "400", "不符")
    assert stage.booked[0].arrived.table["unit"].to_pylist() == [UNIT.text]


async def test_endless_401s_are_told_to_wait_and_the_device_has_a_problem() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    stage.clock = NOW + dt.timedelta(days=1, seconds=10)
    for _ in range(REFUSED_FREE):
        assert refused(await send(devices, shown), "401")
    answer = await devices.take(json.dumps(RECORD).encode(), Caller("x", shown))
    assert (answer.code, answer.status, answer.retry_after_s) == ("429", 429, 50)
    problems = [problem for said in stage.said for problem in said.problems]
    assert [problem.field for problem in problems] == ["old token"]
    assert "2026-11-23 11:00:00" in problems[0].why
    stage.clock += dt.timedelta(minutes=1)
    assert refused(await send(devices, shown), "401")


async def test_who_comes_without_a_token_is_slowed_by_address_and_slows_no_device() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    for _ in range(REFUSED_FREE):
        await send(devices, "made.up")
    assert (await send(devices, "made.up"))["responseCode"] == "429"
    assert (await devices.take(b"{}", Caller("192.0.2.8"))).code == "401"
    assert (await send(devices, shown))["responseCode"] == "200"


async def test_what_the_hub_could_not_store_is_not_acknowledged() -> None:
    stage = AkStage(fault=StoreError("disk full"))
    devices = stage.devices()
    assert refused(await send(devices, token(devices)), "500", "请重发")


@pytest.mark.parametrize(
    ("base_url", "secret"),
    [("hub.example", SECRET), ("ftp://hub.example", SECRET), ("https://hub.example", b"short")],
)
def test_an_address_or_a_secret_that_will_not_do_is_told_at_the_start(base_url: str, secret: bytes) -> None:
    with pytest.raises(ConfigurationError):
        AkStage().devices(base_url, secret)
