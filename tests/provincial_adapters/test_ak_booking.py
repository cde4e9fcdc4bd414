"""Records of many devices are one delivery, each is answered by its own fate, and what has to wait goes by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from decimal import Decimal
from typing import Any

import pytest

from graph.model.access_device import DeviceState
from graph.model.principal import Reach
from provincial_adapters._nhjc04.base_data import dic_version
from provincial_adapters._nhjc_ak.booking import Booking
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.records import Sent, replayed, sent
from provincial_adapters._toolkit.devices import RAW_TEXT, raw_rows
from provincial_adapters._toolkit.grouping import ROWS_MAX
from provincial_adapters.nhjc_ak import AkDevices
from tests.provincial_adapters.ak_stage import NOW, RECORD, SECOND, UNIT, AkStage, send, token

pytestmark = pytest.mark.anyio


def booking(devices: AkDevices) -> Booking:
    return devices._booking


def records(stage: AkStage, *rows: tuple[Any, dict[str, Any]]) -> list[str]:
    """The codes a group is answered with."""
    devices = stage.devices()
    for unit in dict.fromkeys(unit for unit, _ in rows):
        token(devices, unit)
    group = [
        sent(Token(unit, stage.link_key, 2**40), json.dumps({**RECORD, **changes}).encode())
        for unit, changes in rows
    ]
    return answered(booking(devices), group)


def answered(booking: Booking, group: list[Sent]) -> list[str]:
    """The codes a group is answered with, by whichever way each record goes."""
    first = booking.together(group)
    waiting = [each for each, answer in zip(group, first, strict=True) if answer is None]
    later = iter(booking.apart(waiting))
    return [(answer or next(later)).code for answer in first]


def test_approved_devices_of_a_link_share_a_delivery_with_its_regions_reach() -> None:
    stage = AkStage()
    assert (
        records(stage, (UNIT, {}), (SECOND, {}), (UNIT, {"statDate": "2026-11-22 00:30:00"})) == ["200"] * 3
    )
    (delivery,) = stage.booked
    assert delivery.reach == Reach(region=stage.link.region)
    assert delivery.arrived.table["unit"].to_pylist() == [UNIT.text, SECOND.text, UNIT.text]
    assert stage.delivered == []


def test_each_record_is_answered_by_its_own_row() -> None:
    stage = AkStage(refuse={"2": "too-old"})
    codes = records(
        stage, (UNIT, {"dataValue": "1"}), (SECOND, {"dataValue": "2"}), (UNIT, {"statType": "9"}), (UNIT, {})
    )
    assert codes == ["200", "400", "400", "200"]


def test_what_only_lacks_its_point_goes_the_way_of_its_device() -> None:
    stage = AkStage(refuse={"2": "unknown-code", "3": "unknown-code"})
    rows = [
        (UNIT, {"dataValue": "1"}),
        (SECOND, {"dataValue": "2"}),
        (SECOND, {"dataValue": "3"}),
        (UNIT, {"dataValue": "4"}),
    ]
    assert records(stage, *rows) == ["200"] * 4
    ((device, delivery, raw),) = stage.delivered
    assert (device.unit, delivery.reach) == (SECOND, Reach(unit=SECOND))
    assert delivery.arrived.table["value"].to_pylist() == ["2", "3"]
    assert [json.loads(text)["dataValue"] for text in raw[RAW_TEXT].to_pylist()] == ["2", "3"]


def test_what_an_awaiting_device_sends_waits_by_itself() -> None:
    stage = AkStage(states={SECOND: DeviceState.AWAITING})
    assert records(stage, (UNIT, {}), (SECOND, {}), (SECOND, {"dataValue": "7"})) == ["200"] * 3
    assert stage.booked[0].arrived.rows == 1
    ((device, delivery, _),) = stage.delivered
    assert (device.unit, delivery.arrived.rows) == (SECOND, 2)


def test_a_refused_device_in_a_group_costs_no_other() -> None:
    stage = AkStage(states={SECOND: DeviceState.APPROVED})
    devices = stage.devices()
    for unit in (UNIT, SECOND):
        token(devices, unit)
    stage.states[SECOND], stage.writes = DeviceState.REFUSED, stage.writes + 1
    group = [sent(Token(unit, "link-97", 2**40), json.dumps(RECORD).encode()) for unit in (SECOND, UNIT)]
    assert answered(booking(devices), group) == ["403", "200"]


async def test_an_approved_device_does_not_wait_for_one_that_awaits_its_province() -> None:
    stage = AkStage(states={SECOND: DeviceState.AWAITING})
    stage.held = threading.Event()
    devices = stage.devices()
    approved, awaiting = token(devices), token(devices, SECOND)
    waits = asyncio.create_task(send(devices, awaiting))
    for value in ("1", "2"):
        assert (await send(devices, approved, dataValue=value))["responseCode"] == "200"
    assert not waits.done()
    stage.held.set()
    assert (await waits)["responseCode"] == "200"


async def test_a_refused_record_that_comes_again_is_judged_again_in_an_hour_and_not_before() -> None:
    stage = AkStage(refuse={"5": "too-old"})
    devices = stage.devices()
    shown = token(devices)
    for _ in range(3):
        assert (await send(devices, shown, dataValue="5"))["responseCode"] == "400"
    assert len(stage.booked) == 1
    stage.refuse.clear()
    stage.clock = NOW + dt.timedelta(minutes=59)
    assert (await send(devices, shown, dataValue="5"))["responseCode"] == "400"
    assert (await send(devices, shown, dataValue="6"))["responseCode"] == "200"
    stage.clock = NOW + dt.timedelta(minutes=60)
    assert (await send(devices, shown, dataValue="5"))["responseCode"] == "200"


async def test_what_was_stored_may_be_sent_again() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    for _ in range(2):
        assert (await send(devices, shown))["responseCode"] == "200"
    first, again = stage.booked
    assert first.key != again.key
    assert first.digest == again.digest


async def test_records_that_come_together_are_few_deliveries() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    answers = await asyncio.gather(*(send(devices, shown, dataValue=str(n)) for n in range(50)))
    assert all(answer["responseCode"] == "200" for answer in answers)
    assert sum(delivery.arrived.rows for delivery in stage.booked) == 50
    assert len(stage.booked) < 10


async def test_an_old_dictionary_is_told_and_noted_once_and_the_record_counts() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    for _ in range(2):
        answer = await send(devices, shown, dicVersion="1")
        assert answer["responseCode"] == "200"
        assert dic_version() in answer["responseMessage"]
        assert answer["data"]["dicVersion"] == dic_version()
    current = await send(devices, shown, dicVersion=dic_version())
    assert dic_version() not in current["responseMessage"]
    assert [problem.field for said in stage.said for problem in said.problems] == ["old dictionary"]


@pytest.mark.parametrize(
    ("said", "ours", "differs"),
    [
        ("0.1229", ["0.1229"], False),
        ("1.229", ["0.1229"], False),  # tce for each 10 000 kWh
        ("0.000125", ["0.1229"], False),
        ("9.6", ["0.1000"], False),
        ("0.30", ["0.1229"], True),
        ("0.30", ["0.1229", "0.3020"], False),  # the equivalent basis counts too
        ("1", ["0.1229"], False),
        ("0", ["0.1229"], False),
        ("", ["0.1229"], False),
        (None, ["0.1229"], False),
        ("0.5", [], False),
        ("-0.1229", ["0.1229"], True),
        ("many", ["0.1229"], True),
    ],
)
async def test_a_coefficient_unlike_ours_is_noted_once(said: Any, ours: list[str], differs: bool) -> None:
    stage = AkStage(coefficients=list(map(Decimal, ours)))
    devices = stage.devices()
    shown = token(devices)
    for value in ("1", "2"):
        assert (await send(devices, shown, dataValue=value, convertRation=said))["responseCode"] == "200"
    problems = [problem for proposal in stage.said for problem in proposal.problems]
    assert len(problems) == differs
    assert not differs or str(said) in problems[0].why


async def test_that_a_device_uploads_is_noted_once_a_minute() -> None:
    stage = AkStage()
    devices = stage.devices()
    shown = token(devices)
    for seconds in (0, 30, 59, 60):
        stage.clock = NOW + dt.timedelta(seconds=seconds)
        await send(devices, shown, dataValue=str(seconds))
    assert [what for _, what in stage.notes].count({"uploaded": None}) == 2


def test_records_that_waited_are_read_again_as_the_link_then_says() -> None:
    texts = [
        json.dumps({**RECORD, **changes}).encode() for changes in ({}, {"statType": "9"}, {"dataValue": "3"})
    ]
    stage = AkStage()
    again = replayed(stage.link, raw_rows(UNIT, texts, [4, 9, 2]))
    assert again.arrived.table.select(["row", "unit", "value"]).to_pylist() == [
        {"row": 4, "unit": UNIT.text, "value": "12.50"},
        {"row": 2, "unit": UNIT.text, "value": "3"},
    ]
    assert again.arrived.rejections["row"].to_pylist() == [9]
    stage.quirks["realtime_minutes"] = 60
    assert replayed(stage.link, raw_rows(UNIT, texts)).digest != again.digest


@pytest.mark.parametrize("state", [DeviceState.APPROVED, DeviceState.AWAITING])
def test_in_a_full_group_of_half_hours_every_sender_hears_of_its_own(state: DeviceState) -> None:
    stage = AkStage(quirks={"realtime_minutes": 30}, refuse={"5": "too-old"}, state=state)
    rows = [(UNIT, {"dataValue": "10", "statDate": "2026-11-22 00:30:00"})] * ROWS_MAX
    assert records(stage, *rows) == ["400"] * ROWS_MAX


def test_in_a_full_group_of_half_hours_what_lacks_its_point_goes_the_way_of_its_device() -> None:
    stage = AkStage(quirks={"realtime_minutes": 30}, refuse={"5": "unknown-code"})
    rows = [(UNIT, {"dataValue": "10", "statDate": "2026-11-22 00:30:00"})] * ROWS_MAX
    assert records(stage, *rows) == ["200"] * ROWS_MAX
    assert sum(raw.num_rows for _, _, raw in stage.delivered) == ROWS_MAX
