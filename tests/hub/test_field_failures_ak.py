"""What goes wrong in the field ends well in the AK dialect, too: devices that are programs send one record a POST."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import httpx
import pytest

from graph.model.credit_code import CreditCode
from hub.access.sealing import key_of
from provincial_adapters._nhjc_ak.gate import REFUSED_FREE
from provincial_adapters._nhjc_ak.keys import Token, token_text
from tests.hub.field_stage import Field, field_of

pytestmark = pytest.mark.slow
HOURLY, DAILY = ("--granularity", "hour"), ("--granularity", "day")  # each record is a commit: few are enough
HOURS = 24


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One hub for all of them."""
    with field_of(tmp_path_factory.mktemp("field-ak"), dialect="nhjc_ak") as it:
        yield it


def hours(field: Field) -> list[dt.datetime]:
    """Those of the first day."""
    return field.slots(days=1)[::4]


def test_a_device_without_a_fault_has_every_record_booked_and_nothing_is_found(field: Field) -> None:
    assert field.send("good", *HOURLY, days=1)["readings"] == 2 * HOURS
    assert field.starts("good", "HOUR") == hours(field)
    assert field.verdicts("good") == {}
    device = field.device("good")
    assert device["seen"]["dictionaryOld"] is False
    assert device["problems"] == []


def test_8_a_swapped_position_is_a_problem_of_the_device(field: Field) -> None:
    field.send("swapped-position", *DAILY, days=1)
    (problem,) = field.device("swapped-position")["problems"]
    assert "swapped" in problem


def test_10_a_record_that_is_sent_again_counts_once(field: Field) -> None:
    assert field.send("resend", *DAILY)["readings"] == 6
    readings = field.readings("resend", granularity="DAY")["readings"]
    assert [len(reading["history"]) for reading in readings] == [1] * 3


def test_12_a_device_that_goes_on_with_an_ended_token_is_slowed_down_and_its_province_sees_it(
    field: Field,
) -> None:
    field.send("endless-401", *DAILY, days=1)
    plant = field.plants["endless-401"]
    ended = Token(CreditCode(plant.unit), plant.link, int(time.time()) - 1)
    headers = {"token": token_text(key_of(field.folder / "device.key"), ended)}
    address = f"{field.base}/YNEnergy/dataEnterpriseEnergy"
    with httpx.Client(trust_env=False, headers=headers) as client:
        answers = [client.post(address, json={"enterpriseCode": plant.unit}) for _ in range(REFUSED_FREE + 2)]
    assert [answer.json()["responseCode"] for answer in answers[:REFUSED_FREE]] == ["401"] * REFUSED_FREE
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert any("old token" in problem for problem in field.device("endless-401")["problems"])
    assert len(field.starts("endless-401", "DAY")) == 1


def test_13_a_device_with_an_old_dictionary_is_told_and_its_records_count(field: Field) -> None:
    field.send("old-dictionary", *DAILY, days=1)
    device = field.device("old-dictionary")
    assert device["seen"]["dictionaryOld"] is True
    assert any("dictionary" in problem for problem in device["problems"])
    assert len(field.starts("old-dictionary", "DAY")) == 1


def test_14_a_malformed_code_is_refused_to_its_sender_and_what_came_before_counts(field: Field) -> None:
    told = field.send("malformed-code", *DAILY, days=1, ends=False)
    assert "malformed-data-code" in told["error"]
    assert len(field.starts("malformed-code", "DAY")) == 1


def test_15_a_meter_replaced_without_readings_is_a_problem_and_its_negative_use_is_suspected(
    field: Field,
) -> None:
    field.send("meter-replaced", *DAILY, days=1)
    assert len(field.verdicts("meter-replaced")["negative"]) == 1
    assert any(
        "replaced without readings" in problem for problem in field.device("meter-replaced")["problems"]
    )


def test_20_one_bad_record_is_refused_alone(field: Field) -> None:
    told = field.send("bad-row", *DAILY, days=1, ends=False)
    assert "not-a-number" in told["error"]
    assert len(field.starts("bad-row", "DAY")) == 1
