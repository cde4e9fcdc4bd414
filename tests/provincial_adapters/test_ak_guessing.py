"""Guessing a device's password: bounded by device and address, by address, and by device, at every step that takes one."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc_ak.answers import Refused
from provincial_adapters._nhjc_ak.guessing import ADDRESS_FREE, ATTEMPTS_FREE, DEVICE_FREE, Guesses
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters.nhjc_ak import AkDevices, Caller
from tests.provincial_adapters.ak_stage import (
    NOW,
    PASSWORD,
    SECOND,
    SOMEWHERE,
    UNIT,
    AkStage,
    say,
    token,
    told,
)

APPLY, ASK = "/enterpriseInfo/apply", "/requestAK"
WRONG = "0" * 32


def right(devices: AkDevices, address: str) -> Any:
    """What the device's own password is answered from an address."""
    key = say(devices, "/enterpriseInfo/rwk")["data"]["secretKey"]
    return say(devices, ASK, Caller(address), password=proof_of(key, UNIT, PASSWORD))["responseCode"]


def guessed(devices: AkDevices, path: str, address: str, unit: CreditCode = UNIT) -> Any:
    """What a guess is answered."""
    return say(devices, path, Caller(address), enterpriseCode=unit.text, password=WRONG)["responseCode"]


@pytest.mark.parametrize("path", [ASK, APPLY])
def test_wrong_passwords_are_bounded_by_device_and_address(path: str) -> None:
    devices = AkStage().devices()
    token(devices)
    for _ in range(ATTEMPTS_FREE):
        assert guessed(devices, path, SOMEWHERE.address) == "403"
    body = json.dumps({"enterpriseCode": UNIT.text, "password": WRONG}).encode()
    for step in (ASK, APPLY):
        answer = devices.answer(step, body, SOMEWHERE)
        assert (told(answer)["responseCode"], answer.status, answer.retry_after_s) == ("429", 429, 60)
    assert right(devices, SOMEWHERE.address) == "429"
    assert right(devices, "192.0.2.8") == "200"


def test_one_address_guesses_no_more_of_many_devices_and_slows_none_that_is_known_there() -> None:
    guesses, now_s = Guesses(), NOW.timestamp()
    guesses.right(UNIT, "192.0.2.7")
    for number in range(ADDRESS_FREE):
        guesses.wrong(CreditCode.of_body(f"91970000MA{number:07d}"), "192.0.2.7", now_s)
    guesses.check(UNIT, "192.0.2.7", now_s)
    with pytest.raises(Refused):
        guesses.check(SECOND, "192.0.2.7", now_s)
    guesses.check(SECOND, "192.0.2.8", now_s)
    guesses.check(SECOND, "192.0.2.7", now_s + 60)


def test_many_addresses_guess_one_device_no_faster_and_lock_it_out_nowhere_it_was() -> None:
    stage = AkStage()
    devices = stage.devices()
    token(devices)
    answers = [guessed(devices, ASK, f"198.51.100.{number}") for number in range(DEVICE_FREE + 1)]
    assert answers == ["403"] * DEVICE_FREE + ["429"]
    assert right(devices, "203.0.113.1") == "429"
    assert right(devices, SOMEWHERE.address) == "200"
    stage.clock = NOW + dt.timedelta(minutes=1)
    assert right(devices, "203.0.113.1") == "200"


def test_an_application_with_the_right_password_costs_nothing_however_often() -> None:
    devices = AkStage().devices()
    for _ in range(ATTEMPTS_FREE + 1):
        assert say(devices, APPLY, password=PASSWORD)["responseCode"] == "200"
