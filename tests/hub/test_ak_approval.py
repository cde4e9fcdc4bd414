"""A device of the AK dialect and its province: what waits for its word, what it sees, what it alone changes."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.model.access_device import DeviceState
from graph.ports import Ask, Condition
from hub.device_booking import Booking
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters.nhjc_ak import Caller
from tests.hub.ak_devices import PASSWORD, RECORD, UNIT, ak_folder
from tests.hub.invented_hub import WHO

WASTE = "00-00-0000-023500-11"  # a code the unit has no point of
ITEM = {"dataCode": WASTE, "statType": "1", "scope": "1"}


@dataclass
class Stage:
    """One unit's device, and its province."""

    hub: Hub
    shown: str | None = None

    def say(self, path: str, **message: Any) -> Any:
        """What a step is answered."""
        body = json.dumps({"enterpriseCode": UNIT.text, **message}).encode()
        return json.loads(self.hub.ak.answer(path, body, Caller("192.0.2.1", self.shown)).body)

    def begin(self) -> None:
        """Apply, and get a token."""
        assert self.say("/enterpriseInfo/apply", password=PASSWORD)["responseCode"] == "200"
        key = self.say("/enterpriseInfo/rwk")["data"]["secretKey"]
        self.shown = self.say("/requestAK", password=proof_of(key, UNIT, PASSWORD))["data"]["token"]

    def send(self, **changes: Any) -> str:
        """The code a record is answered with."""
        body = json.dumps({**RECORD, **changes}).encode()
        return asyncio.run(self.hub.ak.take(body, Caller("192.0.2.1", self.shown))).code

    def rows(self, noun: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a noun of the registry."""
        asked = Ask(noun, where=tuple(Condition(name, value) for name, value in where.items()))
        return list(self.hub.registry.rows(asked).table.to_pylist())

    def ledger(self, noun: str) -> list[dict[str, Any]]:
        """Rows of a noun of the readings."""
        return list(self.hub.store.rows(Ask(noun)).table.to_pylist())

    def decide(self, state: DeviceState) -> None:
        """Its province decides of it."""
        row = {"unit": UNIT.text, "link": "ak", "state": state, "why": "设备与备案不符"}
        self.hub.registry.upsert("access_device", [row], WHO)

    def map(self, code: str) -> None:
        """Its province maps a point."""
        row = {
            "unit": UNIT.text,
            "code": code,
            "granularity": "day",
            "since": "2026-01-01",
            "state": "active",
        }
        self.hub.registry.upsert("data_point", [row], WHO)

    def book(self) -> int:
        """What the hub does by itself when something was decided: how many files it booked from."""
        booking = Booking(self.hub)
        return len([booking.book(file) for file in booking.due()])

    def problems(self) -> list[str]:
        """What is wrong with the device."""
        (device,) = self.rows("access_device", unit=UNIT.text)
        return list(json.loads(device["problems"] or "{}").values())

    def parts(self) -> Any:
        """The lists it said."""
        (device,) = self.rows("access_device", unit=UNIT.text)
        return json.loads(device["said"])["parts"]


@contextmanager
def begun_in(folder: Path, **quirks: Any) -> Iterator[Stage]:
    """A device of a link with these quirks, which has its token."""
    with open_hub(Settings(data_dir=ak_folder(folder, **quirks))) as hub:
        stage = Stage(hub)
        stage.begin()
        yield stage


@pytest.fixture
def awaited(tmp_path: Path) -> Iterator[Stage]:
    """A device that awaits its province."""
    with begun_in(tmp_path, approval="needed") as stage:
        yield stage


@pytest.fixture
def approved(tmp_path: Path) -> Iterator[Stage]:
    """A device that counts at once."""
    with begun_in(tmp_path) as stage:
        yield stage


def test_what_an_awaiting_device_sends_is_acknowledged_waits_and_counts_once_it_is_approved(
    awaited: Stage,
) -> None:
    assert [awaited.send(), awaited.send(), awaited.send(statDate="2026-10-06 00:00:00")] == ["200"] * 3
    assert awaited.ledger("batch") == []
    assert {day["day"] for day in awaited.rows("device_day")} == {dt.date(2026, 10, 5), dt.date(2026, 10, 6)}
    awaited.decide(DeviceState.APPROVED)
    assert awaited.book() == 1
    assert sum(batch["accepted"] for batch in awaited.ledger("batch")) == 2
    assert awaited.send() == "200"
    assert awaited.ledger("batch")[-1]["duplicate"] == 1


def test_a_refused_device_is_told_so_though_it_has_a_token(awaited: Stage) -> None:
    assert awaited.send() == "200"
    awaited.decide(DeviceState.REFUSED)
    assert awaited.send(statDate="2026-10-07 00:00:00") == "403"
    answer = awaited.say("/checkVersion")
    assert answer["responseCode"] == "403"
    assert "设备与备案不符" in answer["responseMessage"]


def test_a_record_whose_point_is_proposed_waits_until_its_province_maps_it(approved: Stage) -> None:
    assert approved.say("/collectItemConfigure", data=[ITEM])["responseCode"] == "200"
    assert approved.rows("data_point", unit=UNIT.text, state="proposed")[0]["code"] == WASTE.replace("-", "")
    assert [approved.send(dataCode=WASTE), approved.send()] == ["200", "200"]
    (file,) = approved.rows("quarantined")
    assert (file["unit"], file["waiting"]) == (UNIT.text, 1)
    approved.map(WASTE.replace("-", ""))
    assert approved.book() == 1
    assert approved.ledger("batch")[-1]["accepted"] == 1


def test_a_negative_use_after_a_replacement_has_its_verdict_and_its_hint(approved: Stage) -> None:
    row = {"gaugeCode": "E-1", "newGaugeCode": "E-9", "replaceDate": "2026-10-05"}
    approved.say("/gaugeReplaceConfigure", data=[row])
    approved.say("/gaugeReplaceConfigure", data=[{**row, "gaugeCode": "E-2", "replaceDate": "2026-10-06"}])
    assert approved.send(dataValue="-3.5") == "200"
    (verdict,) = [each for each in approved.ledger("verdict") if each["rule"] == "negative"]
    assert "below zero" in verdict["detail"]
    hints = [why for why in approved.problems() if "replaced without readings" in why]
    assert len(hints) == 2
    assert all("`negative` (field failure 15)" in why for why in hints)
    assert [each["gaugeCode"] for each in approved.parts()["replacements"]] == ["E-1", "E-2"]


def test_what_a_device_says_of_calibration_changes_nothing_the_province_decided(approved: Stage) -> None:
    standing = {
        "unit": UNIT.text, "number": "E-1", "type_code": "15260000", "level": 1, "accuracy_class": "0.5S",
        "calibrated_on": "2026-03-01", "calibration_until": "2027-03-01",
    }  # fmt: skip
    approved.hub.registry.upsert("instrument", [standing], WHO)
    before = approved.rows("instrument", unit=UNIT.text)
    row = {"gaugeCode": "E-1", "verifyDate": "2026-09-01", "validDate": "2027-09-01"}
    told = approved.say("/gaugeVerifyConfigure", data=[row])["data"]["problems"]
    assert "calibration of E-1 differs" in told[0]
    assert told[0] in approved.problems()
    assert approved.rows("instrument", unit=UNIT.text) == before
    assert approved.parts()["verifications"] == [row]


def test_a_formula_is_shown_as_said_beside_its_point(approved: Stage) -> None:
    items = [
        {**ITEM, "gaugeCode": "E-1", "reportArithmetic": "1", "reportRatio": "1"},
        {**ITEM, "gaugeCode": "E-2", "reportArithmetic": "2", "reportRatio": "0.5"},
    ]
    approved.say("/collectItemConfigure", data=items)
    assert approved.parts()["formulas"] == [
        {"dataCode": WASTE, "statType": "1", "formula": "E-1 × 1 - E-2 × 0.5"}
    ]


def test_a_mended_configuration_leaves_no_problem_and_other_problems_stay(approved: Stage) -> None:
    approved.send(dicVersion="1")
    approved.say("/collectItemConfigure", data=[{**ITEM, "statType": "9"}])
    assert len(approved.problems()) == 2
    approved.say("/collectItemConfigure", data=[ITEM])
    (left,) = approved.problems()
    assert left.startswith("old dictionary")


def test_a_coefficient_is_compared_with_the_registrys(approved: Stage) -> None:
    approved.send(convertRation="1.229")
    assert approved.problems() == []
    approved.send(convertRation="0.7")
    (told,) = approved.problems()
    assert "coefficient of 00-00-0000-023300-11 differs" in told
    assert "0.1229" in told
