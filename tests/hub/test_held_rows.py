"""Few rows of a device wait beside each other: one file, one delivery on approval, each row once and of its own day."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model.access_device import DayOfDevice, DeviceState
from graph.model.credit_code import CreditCode
from graph.model.period import Granularity, Month
from graph.ports import RAW_ROW, ReadingAsk
from hub.device_booking import Booking
from hub.settings import Settings
from hub.stores.quarantine.quarantine import FEW_ROWS, uncounted
from hub.stores.registry.held_rows import FILE_ROWS_MAX, DaysOf
from hub.wiring import open_hub
from provincial_adapters._nhjc04.waiting import raw_of
from provincial_adapters.nhjc_ak import Caller
from tests.hub.ak_devices import RECORD, ak_folder
from tests.hub.ak_devices import UNIT as AK_UNIT
from tests.hub.device_stage import LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.test_ak_approval import Stage as AkStage

FIRST = dt.date(2023, 1, 1)


def days(count: int, since: int = 0) -> list[str]:
    """So many days, one after the other."""
    return [str(FIRST + dt.timedelta(days=number)) for number in range(since, since + count)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A device that awaits its province."""
    with stage_in(tmp_path) as one:
        one.registered()
        yield one


def files_of(stage: Stage) -> list[tuple[int, int, str]]:
    """Rows, waiting rows and state of each file of the device."""
    files = stage.rows("quarantined", unit=stage.unit)
    return [(file["rows"], file["waiting"], str(file["state"])) for file in files]


def values_of(stage: Stage) -> list[str]:
    """What holds of the device's unit, in the order of days."""
    points = [(row["unit_id"], row["point_id"]) for row in stage.rows("data_point", unit=stage.unit)]
    asked = ReadingAsk(points, Month.parse("2026-10").period, Granularity.DAY)
    found = stage.hub.store.readings(asked).sort_by("start")
    return [f"{value:f}".rstrip("0").rstrip(".") for value in found["value"].to_pylist()]


def test_a_thousand_rows_are_one_file_and_one_batch_and_the_next_begins_another(stage: Stage) -> None:
    each, parts = 50, FILE_ROWS_MAX // 50
    for part in range(parts):
        assert stage.upload(*(row(POWER, day=day) for day in days(each, part * each))) == SUCCESS
    assert files_of(stage) == [(FILE_ROWS_MAX, FILE_ROWS_MAX, "waiting")]
    assert stage.upload(row(POWER, day=days(1, FILE_ROWS_MAX)[0])) == SUCCESS
    assert [rows for rows, *_ in files_of(stage)] == [FILE_ROWS_MAX, 1]
    assert not stage.hub.quarantine.folder.path.exists()
    told = stage.rows("device_day", unit=stage.unit)
    assert [(str(day["day"]), day["rows"], day["fitting"]) for day in told] == [
        (day, 1, 1) for day in days(FILE_ROWS_MAX + 1)
    ]
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 2
    assert [batch["accepted"] for batch in stage.batches()] == [FILE_ROWS_MAX, 1]
    assert {state for *_, state in files_of(stage)} == {"booked"}


def test_more_rows_than_a_few_have_a_file_of_their_own(stage: Stage) -> None:
    stage.upload(*(row(POWER, day=day) for day in days(FEW_ROWS + 1)))
    (file,) = stage.hub.quarantine.folder.path.iterdir()
    assert file.stem == stage.rows("quarantined", unit=stage.unit)[0]["name"]


def test_a_row_that_comes_again_alone_or_beside_others_counts_once(stage: Stage) -> None:
    one, two, three = (row(POWER, day=day) for day in days(3))
    for sent in ([one], [one], [two, one, one], [three, two]):
        assert stage.upload(*sent) == SUCCESS
    assert files_of(stage) == [(3, 3, "waiting")]
    assert [day["rows"] for day in stage.rows("device_day", unit=stage.unit)] == [1, 1, 1]


def test_of_rows_without_a_version_the_one_that_came_last_counts(stage: Stage) -> None:
    said = [row(POWER, value, uploadDate=None) for value in ("7", "5", "7", "6")]
    for each in said:
        assert stage.upload(each) == SUCCESS
    assert files_of(stage) == [(3, 3, "waiting")]
    stage.decide(DeviceState.APPROVED)
    stage.book()
    assert values_of(stage) == ["6"]


def test_a_row_that_comes_again_after_another_counts_as_of_then(stage: Stage) -> None:
    for value in ("7", "5", "7"):
        stage.upload(row(POWER, value, uploadDate=None))
    stage.decide(DeviceState.APPROVED)
    stage.book()
    assert values_of(stage) == ["7"]


def test_what_comes_while_a_file_is_booked_waits_and_is_booked_next(stage: Stage) -> None:
    early, late = row(POWER, "1", day="2026-10-05"), row(POWER, "2", day="2026-10-06")
    stage.upload(early)
    stage.decide(DeviceState.APPROVED)
    booking = Booking(stage.hub)
    (file,) = (each for each in booking.due() if each.unit == stage.unit)
    hold(stage, late)
    booking.book(file)
    assert files_of(stage) == [(2, 1, "waiting")]
    hold(stage, row(POWER, "3", day="2026-10-07"))
    assert [rows for rows, *_ in files_of(stage)] == [2, 1]
    for again in (each for each in booking.due() if each.unit == stage.unit):
        booking.book(again)
    assert files_of(stage) == [(2, 0, "booked"), (1, 0, "booked")]
    assert values_of(stage) == ["1", "2", "3"]


def hold(stage: Stage, *rows: dict[str, Any], days: DaysOf = uncounted) -> None:
    """Rows of a device that was still awaiting as they were read."""
    unit = CreditCode(stage.unit)
    raw = raw_of(unit, json.dumps(rows).encode())
    stage.hub.quarantine.hold(stage.hub.registry.link(LINK), unit, raw, days)


def test_rows_of_points_not_mapped_yet_wait_on_in_the_file_and_are_booked_once_they_are(stage: Stage) -> None:
    stage.upload(row(POWER), row(UNHEARD))
    stage.decide(DeviceState.APPROVED)
    stage.book()
    assert files_of(stage) == [(2, 1, "waiting")]
    stage.upload(row(UNHEARD, day="2026-10-06"))
    assert [rows for rows, *_ in files_of(stage)] == [2, 1]
    stage.map(UNHEARD)
    assert stage.book() == 2
    assert {state for *_, state in files_of(stage)} == {"booked"}
    assert sum(batch["accepted"] for batch in stage.batches()) == 3


def test_settled_rows_go_with_their_file(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.upload(row(POWER), row(POWER, day="2026-10-06"))
        (file,) = stage.hub.quarantine.rows.waiting(stage.hub.registry.link(LINK))
        stage.hub.quarantine.rows.give_up(file.id, "tester")
        assert stage.hub.quarantine.raw(file).num_rows == 2
    with stage_in(tmp_path, quarantine_days=0) as stage:
        stage.hub.quarantine.clean()
        assert stage.hub.quarantine.raw(file).num_rows == 0
        assert stage.rows("quarantined", unit=stage.unit)[0]["swept_at"] is not None


def test_a_record_under_another_token_is_the_same_and_no_token_is_kept(tmp_path: Path) -> None:
    with open_hub(Settings(data_dir=ak_folder(tmp_path, approval="needed"))) as hub:
        device = AkStage(hub)
        device.begin()
        tokens = [str(device.shown), "another"]
        assert [device.send(token=token) for token in tokens] == ["200", "200"]
        (file,) = device.rows("quarantined")
        assert (file["unit"], file["rows"]) == (AK_UNIT.text, 1)
        (known,) = hub.quarantine.waiting(hub.registry.link("ak"))
        said = hub.quarantine.raw(known).drop_columns([RAW_ROW]).to_pylist()
        assert all(token not in str(said) for token in tokens)
        assert [day["rows"] for day in device.rows("device_day")] == [1]


def test_records_of_one_device_that_come_at_once_are_one_file_and_known_when_one_comes_again(
    tmp_path: Path,
) -> None:
    sent = [{**RECORD, "statDate": f"{day} 00:00:00"} for day in days(3 * FEW_ROWS)]
    with open_hub(Settings(data_dir=ak_folder(tmp_path, approval="needed"))) as hub:
        device = AkStage(hub)
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
        device = AkStage(hub)
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


def test_only_new_rows_are_counted_in_their_days(stage: Stage) -> None:
    asked: list[list[int]] = []

    def days_of(numbers: Collection[int]) -> list[DayOfDevice]:
        asked.append(sorted(numbers))
        return [DayOfDevice(FIRST, len(numbers), len(numbers))]

    hold(stage, row(POWER), days=days_of)
    hold(stage, row(POWER), row(POWER, "3"), days=days_of)
    assert asked == [[1], [2]]
    assert [day["rows"] for day in stage.rows("device_day", unit=stage.unit)] == [2]
