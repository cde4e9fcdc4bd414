"""A device that says too much of itself: what is bounded, told when to come again, and costs no other device."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from provincial_adapters._nhjc_ak.gate import CONFIGURED_FREE, PASSWORDS_FREE
from provincial_adapters._nhjc_ak.notices import TOLD_FREE
from provincial_adapters.nhjc_ak import Caller
from tests.provincial_adapters.ak_stage import NOW, SECOND, SOMEWHERE, UNIT, AkStage, say, send, token

FLOOD = 10_000
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/gaugeConfigure", "/collectItemConfigure", "/enterpriseInfo/update"])
def test_of_ten_thousand_configurations_so_many_a_minute_are_kept(path: str) -> None:
    stage = AkStage()
    devices = stage.devices()
    caller, other = Caller("x", token(devices)), Caller("x", token(devices, SECOND))
    stage.said.clear()
    stage.clock = NOW + dt.timedelta(minutes=1)
    bodies = (json.dumps({"data": [{"gaugeCode": str(number)}]}).encode() for number in range(FLOOD))
    answers = [devices.answer(path, body, caller) for body in bodies]
    assert [answer.code for answer in answers[:CONFIGURED_FREE]] == ["200"] * CONFIGURED_FREE
    assert {(answer.status, answer.retry_after_s) for answer in answers[CONFIGURED_FREE:]} == {(429, 60)}
    assert len(stage.said) == CONFIGURED_FREE
    assert say(devices, path, other, enterpriseCode=SECOND.text, gaugeCode="1")["responseCode"] == "200"
    stage.clock += dt.timedelta(minutes=1)
    assert say(devices, path, caller, gaugeCode="1")["responseCode"] == "200"


def test_an_application_repeated_is_bounded_like_any_configuration() -> None:
    stage = AkStage()
    devices = stage.devices()
    answers = [
        say(devices, "/enterpriseInfo/apply", password="one")["responseCode"]
        for _ in range(CONFIGURED_FREE + 1)
    ]
    assert answers == ["200"] * CONFIGURED_FREE + ["429"]
    assert len(stage.said) == CONFIGURED_FREE


def test_a_device_sets_so_many_new_passwords_a_day_and_the_same_again_costs_none() -> None:
    stage = AkStage()
    devices = stage.devices()
    caller = Caller(SOMEWHERE.address, token(devices))

    def update(password: str) -> str:
        return str(say(devices, "/enterpriseInfo/update", caller, password=password)["responseCode"])

    for number in range(PASSWORDS_FREE):
        assert [update(f"another {number}"), update(f"another {number}")] == ["200", "200"]
    kept = stage.kept["link-97", UNIT]
    assert update("one more") == "429"
    assert stage.kept["link-97", UNIT] == kept
    stage.quirks["token_seconds"] = 2 * 86_400
    caller = Caller(SOMEWHERE.address, token(devices, password=f"another {PASSWORDS_FREE - 1}"))
    stage.clock += dt.timedelta(days=1)
    assert update("one more") == "200"


async def test_a_device_whose_every_record_is_odd_is_told_of_so_often_a_day_and_all_are_stored() -> None:
    stage = AkStage(coefficients=[Decimal("0.1229")])
    devices = stage.devices()
    shown = token(devices)
    stage.said.clear()
    for number in range(3 * TOLD_FREE):
        answer = await send(devices, shown, convertRation=f"0.5{number:04d}", dicVersion=f"0.{number}")
        assert answer["responseCode"] == "200"
    assert len(stage.said) == TOLD_FREE
    assert all(said.problems for said in stage.said)
    stage.clock += dt.timedelta(days=1)
    stage.quirks["token_seconds"] = 86_400
    assert (await send(devices, token(devices), convertRation="0.7"))["responseCode"] == "200"
    assert [problem.field for problem in stage.said[-1].problems] == [
        "coefficient of 00-00-0000-023300-11 differs"
    ]
