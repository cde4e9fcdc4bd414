"""What an awaiting device says record by record is one file and one batch, each row on its own day and counted once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.errors import StoreError
from graph.model.access_device import DayOfDevice, DeviceState
from graph.model.credit_code import CreditCode
from graph.model.period import Granularity, Month
from graph.model.sync_run import Link
from graph.ports import ReadingAsk
from hub.device_booking import Booking
from hub.replaying import book
from hub.settings import Settings
from hub.stores.quarantine.bounds import Bounds
from hub.stores.quarantine.quarantine import FEW_ROWS
from hub.stores.registry.held_rows import FILE_ROWS_MAX
from hub.wiring import open_hub
from provincial_adapters._nhjc_ak.records import sent
from provincial_adapters._toolkit.devices import RAW_TEXT, raw_rows
from provincial_adapters.nhjc_ak import Caller
from tests.hub.ak_devices import RECORD, UNIT, ak_folder
from tests.hub.test_ak_approval import Stage, begun_in

FIRST = dt.date(2024, 1, 1)
MAY = {"statDate": "2026-05-01 00:00:00"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A device that awaits its province."""
    with begun_in(tmp_path, approval="needed") as made:
        yield made


def link_of(stage: Stage) -> Link:
    return stage.hub.registry.link("ak")


def texts(stage: Stage) -> list[dict[str, Any]]:
    """What waits, row by row."""
    files = stage.hub.quarantine.waiting(link_of(stage))
    return [
        json.loads(text) for file in files for text in stage.hub.quarantine.raw(file)[RAW_TEXT].to_pylist()
    ]


def current(stage: Stage) -> list[dict[str, Any]]:
    """The readings that hold."""
    (point,) = stage.rows("data_point", unit=UNIT.text, code="0000000002330011")
    place = [(point["unit_id"], point["point_id"])]
    ask = ReadingAsk(place, Month.parse("2026-10").period, Granularity.DAY)
    return list(stage.hub.store.readings(ask).to_pylist())


def counted(stage: Stage) -> int:
    return sum(day["rows"] for day in stage.rows("device_day"))


def hold(stage: Stage, *said: bytes) -> bool:
    """Have rows wait that count nothing."""
    return stage.hub.quarantine.hold_few(link_of(stage), UNIT, raw_rows(UNIT, said))


def together(stage: Stage, *changes: dict[str, str]) -> set[str]:
    """Send records that come in one group: the codes they are answered with."""
    token = stage.hub.ak._gate.admit(stage.shown, Caller("192.0.2.1", stage.shown))
    group = [sent(token, json.dumps({**RECORD, **each}).encode()) for each in changes]
    return {answer.code for answer in stage.hub.ak._booking.apart(group)}


def numbered(first: int, many: int) -> list[bytes]:
    return [b'{"n": %d}' % number for number in range(first, first + many)]


def sizes(stage: Stage) -> list[int]:
    return [file["rows"] for file in stage.rows("quarantined")]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_thousand_records_are_one_file_and_one_batch_each_on_its_own_day(stage: Stage) -> None:
    days = [FIRST + dt.timedelta(days=number) for number in range(FILE_ROWS_MAX)]
    for day in days:
        assert stage.send(statDate=f"{day} 00:00:00") == "200"
    assert sizes(stage) == [FILE_ROWS_MAX]
    assert {day["day"]: day["rows"] for day in stage.rows("device_day")} == dict.fromkeys(days, 1)
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 1
    assert [batch["accepted"] for batch in stage.ledger("batch")] == [FILE_ROWS_MAX]
    assert [file["state"] for file in stage.rows("quarantined")] == ["booked"]


def test_a_record_sent_again_under_another_token_counts_once(stage: Stage) -> None:
    assert [stage.send(token="one"), stage.send(token="two"), stage.send(**MAY)] == ["200"] * 3
    assert (sizes(stage), counted(stage)) == ([2], 2)


def test_a_record_sent_again_beside_others_counts_once(stage: Stage) -> None:
    said = numbered(1, 3)
    assert [hold(stage, said[0]), hold(stage, *said), hold(stage, *said[1:])] == [True, True, False]
    assert [row["n"] for row in texts(stage)] == [1, 2, 3]


def test_no_token_waits_and_every_other_field_is_kept_to_the_letter(stage: Stage) -> None:
    stage.send(token="secret", dataValue="12.50", remark="记")
    (kept,) = texts(stage)
    assert "token" not in kept
    assert (kept["dataValue"], kept["remark"]) == ("12.50", "记")


def test_a_file_that_is_full_is_followed_by_the_next(stage: Stage) -> None:
    for first in range(0, FILE_ROWS_MAX + 1, FEW_ROWS):
        hold(stage, *numbered(first, FEW_ROWS))
    assert sizes(stage) == [FILE_ROWS_MAX, FEW_ROWS]
    assert not hold(stage, *numbered(0, FEW_ROWS))


def test_a_record_sent_again_in_a_group_is_counted_once_and_the_others_too(stage: Stage) -> None:
    assert stage.send() == "200"
    assert together(stage, {}, {"dataValue": "-1"}, MAY) == {"200"}
    days = {day["day"].month: (day["rows"], day["suspected"]) for day in stage.rows("device_day")}
    assert days == {10: (2, '{"contradicting": 1, "negative": 1}'), 5: (1, "{}")}


def test_where_a_device_has_no_room_left_it_is_told_and_what_waits_already_is_not(stage: Stage) -> None:
    hold(stage, *numbered(0, 1))
    (file,) = stage.hub.quarantine.waiting(link_of(stage))
    full = replace(stage.hub.quarantine, bounds=Bounds(10**9, 10**9, 90, device_bytes_max=file.bytes))
    with pytest.raises(StoreError, match=f"of the device of {UNIT}"):
        full.hold_few(link_of(stage), UNIT, raw_rows(UNIT, numbered(1, 1)))
    assert not full.hold_few(link_of(stage), UNIT, raw_rows(UNIT, numbered(0, 1)))
    assert sizes(stage) == [1]


def test_what_comes_while_a_file_is_replayed_is_booked_by_the_next(stage: Stage) -> None:
    stage.send()
    (listed,) = stage.hub.quarantine.waiting(link_of(stage))
    stage.send(**MAY)
    stage.decide(DeviceState.APPROVED)
    book(stage.hub.intake, stage.hub.quarantine, link_of(stage), listed, "tester")
    (file,) = stage.hub.quarantine.waiting(link_of(stage))
    assert (file.rows, file.waiting) == (2, 1)
    assert stage.book() == 1
    assert [(batch["accepted"], batch["duplicate"]) for batch in stage.ledger("batch")] == [(1, 0), (1, 1)]


def test_a_file_that_grew_is_tried_again_though_nothing_was_decided(stage: Stage) -> None:
    stage.send()
    stage.decide(DeviceState.APPROVED)
    booking = Booking(stage.hub)
    (file,) = booking.due()
    booking.tried(file)
    assert booking.due() == []
    hold(stage, *numbered(1, 1))
    assert [each.rows for each in booking.due()] == [2]


def test_nothing_is_added_to_a_file_that_was_replayed(stage: Stage) -> None:
    hold(stage, *numbered(0, 1))
    (file,) = stage.hub.quarantine.waiting(link_of(stage))
    stage.hub.quarantine.rows.replayed(file, 1, "tester")
    hold(stage, *numbered(1, 1))
    assert sizes(stage) == [1, 1]


def test_of_two_values_without_a_time_of_their_own_the_later_holds(stage: Stage) -> None:
    for value in ("9", "5"):
        assert stage.send(uploadDate=None, dataValue=value) == "200"
    stage.decide(DeviceState.APPROVED)
    stage.book()
    (batch,) = stage.ledger("batch")
    assert (batch["accepted"], batch["superseded"]) == (1, 1)
    assert [change["value"] for change in current(stage)] == [5]


def test_a_record_that_is_no_utf8_is_booked_though_it_grew_as_it_was_kept(stage: Stage) -> None:
    body = json.dumps({**RECORD, **MAY}).encode()
    said = body[:-1] + b', "remark": "' + b"\xd6" * 16_000 + b'"}'
    assert asyncio.run(stage.hub.ak.take(said, Caller("192.0.2.1", stage.shown))).code == "200"
    assert stage.send() == "200"
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 1
    assert [batch["accepted"] for batch in stage.ledger("batch")] == [2]


def test_rows_that_were_booked_go_when_their_file_is_swept(stage: Stage) -> None:
    stage.send()
    stage.decide(DeviceState.APPROVED)
    (listed,) = stage.hub.quarantine.waiting(link_of(stage))
    stage.book()
    at_once = replace(stage.hub.quarantine, bounds=Bounds(10**9, 10**9, -1))
    assert at_once.clean() == 1
    assert stage.hub.quarantine.raw(listed).num_rows == 0


def test_what_one_device_says_is_no_other_devices(stage: Stage) -> None:
    other = CreditCode("91990000MA0000002E")
    quarantine = stage.hub.quarantine
    assert hold(stage, *numbered(0, 1))
    assert quarantine.hold_few(link_of(stage), other, raw_rows(other, numbered(0, 1)))
    assert sizes(stage) == [1, 1]


def test_records_of_one_device_that_come_at_once_are_one_file_and_known_when_one_comes_again(
    tmp_path: Path,
) -> None:
    every = (FIRST + dt.timedelta(days=number) for number in range(3 * FEW_ROWS))
    sent = [{**RECORD, "statDate": f"{day} 00:00:00"} for day in every]
    with open_hub(Settings(data_dir=ak_folder(tmp_path, approval="needed"))) as hub:
        device = Stage(hub)
        device.begin()

        async def all_at_once() -> list[str]:
            caller = Caller("192.0.2.1", device.shown)
            taken = (hub.ak.take(json.dumps(each).encode(), caller) for each in sent)
            return [answer.code for answer in await asyncio.gather(*taken)]

        assert set(asyncio.run(all_at_once())) == {"200"}
        assert device.send(**sent[7]) == "200"
        assert [file["rows"] for file in device.rows("quarantined")] == [len(sent)]
        assert [day["rows"] for day in device.rows("device_day")] == [1] * len(sent)
        device.decide(DeviceState.APPROVED)
        device.book()
        assert [batch["accepted"] for batch in device.ledger("batch")] == [len(sent)]


def test_a_full_room_is_told_and_what_waits_already_is_acknowledged(tmp_path: Path) -> None:
    folder = ak_folder(tmp_path, approval="needed")
    with open_hub(Settings(data_dir=folder)) as hub:
        device = Stage(hub)
        device.begin()
        assert device.send() == "200"
        size = device.rows("quarantined")[0]["bytes"]
    with open_hub(Settings(data_dir=folder, quarantine_device_bytes_max=2 * size)) as hub:
        device.hub = hub
        later = [device.send(statDate=f"2026-10-0{day} 00:00:00") for day in (6, 7)]
        assert (later[0], later[1] == "200") == ("200", False)
        assert device.send() == "200"
        assert [file["rows"] for file in device.rows("quarantined")] == [2]
        assert [day["rows"] for day in device.rows("device_day")] == [1, 1]


def test_a_record_that_comes_again_after_another_counts_as_of_then(stage: Stage) -> None:
    for value in ("7", "5", "7"):
        assert stage.send(uploadDate=None, dataValue=value) == "200"
    assert sizes(stage) == [2]
    stage.decide(DeviceState.APPROVED)
    stage.book()
    assert [change["value"] for change in current(stage)] == [7]


def test_only_new_rows_are_counted_in_their_days(stage: Stage) -> None:
    asked: list[list[int]] = []

    def days_of(numbers: Collection[int]) -> list[DayOfDevice]:
        asked.append(sorted(numbers))
        return [DayOfDevice(FIRST, len(numbers), len(numbers))]

    for said in (numbered(1, 1), numbered(1, 2)):
        stage.hub.quarantine.hold_few(link_of(stage), UNIT, raw_rows(UNIT, said), days_of)
    assert asked == [[1], [2]]
    assert counted(stage) == 2
