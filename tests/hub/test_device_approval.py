"""A device registers, waits for its province and is approved: nothing of what it sent is lost, nothing counts before."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.model.access_device import DeviceState, Slot
from graph.model.sync_run import REJECTED_NAMED_MAX
from hub.device_readings import DeviceReadings
from hub.device_sides import nhjc04_of
from hub.stores.quarantine.quarantine import FEW_ROWS
from tests.hub.device_stage import DAY, GAS, LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.invented_hub import WHO, YI, units_of


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A hub whose devices need approval."""
    with stage_in(tmp_path_factory.mktemp("approval")) as made:
        yield made


@pytest.fixture
def stage(hub: Stage) -> Stage:
    """A unit of it whose device nobody knows yet."""
    return hub.newcomer()


def test_a_device_that_registers_awaits_its_province_and_is_given_all_it_needs(stage: Stage) -> None:
    answer = stage.say("register", enterpriseCode=stage.unit, region=YI)
    assert answer | SUCCESS == answer
    device = stage.device()
    assert answer["uploadTime"] == str(Slot.of_place(device["place"]))
    assert (device["state"], device["link"], device["province"]) == ("awaiting", LINK, YI)
    assert device["decided_at"] is None


def test_registering_again_changes_nothing_and_the_next_device_has_the_next_place(stage: Stage) -> None:
    stage.registered()
    before = stage.device()
    stage.registered()
    assert stage.device() == before
    other = stage.newcomer()
    slot = str(Slot.of_place(before["place"] + 1))
    assert other.say("register", enterpriseCode=other.unit)["uploadTime"] == slot
    assert (
        len([each for each in stage.rows("audit", unit=stage.unit) if each["noun"] == "access_device"]) == 1
    )


def test_a_unit_that_is_on_no_roster_gets_no_device(stage: Stage) -> None:
    answer = stage.say("register", enterpriseCode="91990000MA0000002E")
    assert answer["responseCode"] == "1"
    assert stage.rows("access_device", unit="91990000MA0000002E") == []


def test_what_an_awaiting_device_sends_is_acknowledged_waits_and_does_not_count(stage: Stage) -> None:
    stage.configure(POWER)
    assert stage.upload(row(POWER)) == SUCCESS
    assert stage.batches() == []
    (file,) = stage.rows("quarantined", unit=stage.unit)
    assert (file["unit"], file["waiting"], file["rows"], file["state"]) == (stage.unit, 1, 1, "waiting")


def test_its_province_sees_how_good_its_days_are_as_though_its_points_were_active(stage: Stage) -> None:
    stage.configure(UNHEARD)
    stage.upload(
        row(UNHEARD), row(UNHEARD, "-3"), row(UNHEARD, "7", "2026-10-06"), row("00-00-0000023400-80")
    )
    days = {each["day"]: each for each in stage.rows("device_day", unit=stage.unit)}
    assert set(days) == {dt.date(2026, 10, 5), dt.date(2026, 10, 6)}
    first = days[dt.date(2026, 10, 5)]
    assert (first["rows"], first["fitting"]) == (3, 2)
    assert json.loads(first["refused"]) == {"malformed-data-code": 1}
    assert json.loads(first["suspected"]) == {"negative": 1, "contradicting": 2}
    assert (days[dt.date(2026, 10, 6)]["rows"], days[dt.date(2026, 10, 6)]["fitting"]) == (1, 1)


def test_what_is_sent_again_while_it_waits_is_answered_alike_and_kept_and_counted_once(stage: Stage) -> None:
    stage.configure(POWER)
    assert [stage.upload(row(POWER)) for _ in range(3)] == [SUCCESS] * 3
    assert len(stage.rows("quarantined", unit=stage.unit)) == 1
    (day,) = stage.rows("device_day", unit=stage.unit)
    assert day["rows"] == 1


def test_an_approved_device_with_its_points_mapped_has_what_waited_booked_on_its_own_days(
    stage: Stage,
) -> None:
    stage.configure(UNHEARD)
    stage.upload(row(UNHEARD, "5", DAY), row(UNHEARD, "6", "2026-10-06"))
    assert stage.book() == 0
    stage.decide(DeviceState.APPROVED)
    stage.map(UNHEARD)
    assert stage.book() == 1
    (batch,) = stage.batches()
    assert (batch["rows"], batch["accepted"], batch["province"]) == (2, 2, YI)
    assert [file["state"] for file in stage.rows("quarantined", unit=stage.unit)] == ["booked"]
    assert stage.book() == 0
    assert stage.upload(row(UNHEARD, "7", "2026-10-07")) == SUCCESS
    assert [batch["accepted"] for batch in stage.batches()] == [2, 1]


def test_what_is_sent_again_after_it_was_booked_is_a_duplicate(stage: Stage) -> None:
    stage.configure(UNHEARD)
    stage.upload(row(UNHEARD))
    stage.decide(DeviceState.APPROVED)
    stage.map(UNHEARD)
    stage.book()
    assert stage.upload(row(UNHEARD)) == SUCCESS
    assert [batch["duplicate"] for batch in stage.batches()] == [0, 1]


def test_approval_alone_books_what_is_mapped_and_the_rest_waits_for_its_points(stage: Stage) -> None:
    stage.configure(UNHEARD)
    stage.upload(row(POWER), row(UNHEARD))
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 1
    (file,) = stage.rows("quarantined", unit=stage.unit)
    assert (file["state"], file["waiting"]) == ("waiting", 1)
    stage.map(UNHEARD)
    assert stage.book() == 1
    assert sum(batch["accepted"] for batch in stage.batches()) == 2
    assert [file["state"] for file in stage.rows("quarantined", unit=stage.unit)] == ["booked"]


def test_rows_of_an_approved_device_for_a_point_that_is_proposed_wait_and_are_booked_later(
    stage: Stage,
) -> None:
    stage.configure(UNHEARD)
    stage.decide(DeviceState.APPROVED)
    assert stage.upload(row(UNHEARD)) == SUCCESS
    (file,) = stage.rows("quarantined", unit=stage.unit)
    assert file["waiting"] == 1
    stage.map(UNHEARD)
    assert stage.book() == 1
    assert [batch["accepted"] for batch in stage.batches()] == [0, 1]


def test_rows_that_no_word_of_a_province_mends_are_refused_at_once_and_do_not_wait(stage: Stage) -> None:
    stage.configure(POWER)
    answer = stage.upload(row("00-00-0000023400-80"))
    assert answer["responseCode"] == "1"
    assert "malformed-data-code" in answer["responseMessage"]
    assert stage.rows("quarantined", unit=stage.unit) == []


def test_a_refused_device_is_told_so_and_why_at_every_step(stage: Stage) -> None:
    identity = stage.registered()
    stage.decide(DeviceState.REFUSED, "设备与备案不符")
    sender = {"deviceId": identity, "enterpriseCode": stage.unit}
    answers = (
        stage.say("register", enterpriseCode=stage.unit),
        stage.say("version_check", deviceId=identity),
        stage.say("upload_config", **sender, collectItemConfig=[], enterprise={}),
        stage.say("upload_data", **sender, data=[row(POWER)]),
    )
    for answer in answers:
        assert answer["responseCode"] == "1"
        assert "已拒绝" in answer["responseMessage"]
        assert "设备与备案不符" in answer["responseMessage"]
    assert stage.rows("quarantined", unit=stage.unit) == []


def test_what_waited_of_a_device_that_is_refused_waits_on_and_is_booked_once_it_is_approved(
    stage: Stage,
) -> None:
    stage.registered()
    stage.upload(row(POWER))
    stage.decide(DeviceState.REFUSED, "再查")
    assert stage.book() == 0
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 1


def test_a_decision_taken_back_lets_what_comes_wait_again(stage: Stage) -> None:
    stage.registered()
    stage.decide(DeviceState.APPROVED)
    stage.upload(row(POWER, "1"))
    stage.decide(DeviceState.AWAITING)
    assert stage.upload(row(POWER, "2", "2026-10-06")) == SUCCESS
    assert len(stage.batches()) == 1
    assert stage.book() == 0


def test_a_link_that_approves_by_itself_books_at_once(stage: Stage) -> None:
    stage.hub.registry.upsert("link", [{"key": LINK, "quirks": '{"approval": "automatic"}'}], WHO)
    try:
        assert stage.upload(row(POWER)) == SUCCESS
    finally:
        stage.hub.registry.upsert("link", [{"key": LINK, "quirks": "{}"}], WHO)
    assert [batch["accepted"] for batch in stage.batches()] == [1]
    device = stage.device()
    assert (device["state"], device["decided_by"]) == ("approved", f"link {LINK}")


def test_a_full_quarantine_acknowledges_nothing(tmp_path: Path) -> None:
    with stage_in(tmp_path, quarantine_device_bytes_max=10) as stage:
        stage.configure(POWER)
        answer = stage.upload(row(POWER))
        assert answer["responseCode"] == "1"
        assert "请重发" in answer["responseMessage"]
        assert stage.rows("quarantined", unit=stage.unit) == []
        assert stage.rows("device_day", unit=stage.unit) == []


def test_a_full_quarantine_does_not_stop_what_an_approved_device_may_send(tmp_path: Path) -> None:
    with stage_in(tmp_path, quarantine_device_bytes_max=10) as stage:
        stage.registered()
        stage.decide(DeviceState.APPROVED)
        assert stage.upload(row(POWER), row(UNHEARD)) == SUCCESS
        assert stage.upload(row(GAS, day="2026-10-09"), row(UNHEARD)) == SUCCESS
        assert sum(batch["accepted"] for batch in stage.batches()) == 2
        assert stage.upload(row(UNHEARD))["responseCode"] == "1"


def test_one_devices_room_is_its_own(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.registered()
        stage.upload(row(POWER))
        size = stage.rows("quarantined", unit=stage.unit)[0]["bytes"]
    with stage_in(tmp_path, quarantine_device_bytes_max=size + size // 2) as stage:
        assert stage.upload(row(POWER, "13"))["responseCode"] == "1"
        other = Stage(stage.hub, units_of(YI)[2].code)
        assert other.upload(row(POWER)) == SUCCESS


@pytest.mark.parametrize("state", [DeviceState.REFUSED, DeviceState.AWAITING])
def test_an_upload_whose_device_is_decided_of_while_it_waits_for_its_turn_does_not_count(
    stage: Stage, state: DeviceState
) -> None:
    identity = stage.registered()
    stage.decide(DeviceState.APPROVED)
    sent = {"deviceId": identity, "enterpriseCode": stage.unit, "data": [row(POWER)]}
    rest = stage.hub.devices.read_data(json.dumps(sent).encode())
    assert callable(rest)
    stage.decide(state, "设备与备案不符")
    assert (rest() == SUCCESS) is (state is DeviceState.AWAITING)
    assert stage.batches() == []


def test_what_could_not_be_kept_while_a_disk_failed_is_kept_when_it_is_sent_again(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.registered()
        stage.decide(DeviceState.APPROVED)
        unheard = [row(UNHEARD, str(number)) for number in range(FEW_ROWS + 1)]
        sent = row(POWER), *unheard
        folder = stage.hub.quarantine.folder.path
        folder.write_bytes(b"")
        assert stage.upload(*sent)["responseCode"] == "1"
        folder.unlink()
        assert stage.upload(*sent) == SUCCESS
        assert [file["waiting"] for file in stage.rows("quarantined", unit=stage.unit)] == [len(unheard)]
        assert [batch["accepted"] for batch in stage.batches()] == [1]


@dataclass(frozen=True)
class MappedAfter:
    """A sink whose unit's points are mapped as soon as a batch is written."""

    sink: Any
    map: Callable[[], None]

    def receipts(self, keys: Any) -> Any:
        return self.sink.receipts(keys)

    def commit_all(self, batches: Any) -> Any:
        answers = self.sink.commit_all(batches)
        self.map()
        return answers


def test_of_very_many_refused_rows_none_is_lost_whose_point_is_mapped_meanwhile(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        identity = stage.registered()
        stage.decide(DeviceState.APPROVED)
        hub, many = stage.hub, REJECTED_NAMED_MAX + 1
        days = [str(dt.date(2023, 1, 1) + dt.timedelta(days=n)) for n in range(many)]
        sent = {
            "deviceId": identity,
            "enterpriseCode": stage.unit,
            "data": [row(UNHEARD, "1", d) for d in days],
        }
        sink = MappedAfter(hub.store, lambda: stage.map(UNHEARD))
        readings = DeviceReadings(hub.intake, sink, hub.quarantine, hub.clock)
        devices = nhjc04_of(hub.settings, hub.clock, hub.registry, hub.door, readings)
        assert devices.upload_data(json.dumps(sent).encode()) == SUCCESS
        stage.book()
        assert sum(batch["accepted"] for batch in stage.batches()) == many
