"""What waits for a province's word is read by its link as it then stands: decrypted, re-labelled, shared out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.model.access_device import DeviceState
from hub.stores.quarantine.quarantine import FEW_ROWS
from tests.hub.device_stage import LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.invented_hub import WHO
from tests.hub.test_recorded_nhjc04 import encrypted, held


def quirky(stage: Stage, **quirks: Any) -> None:
    """The link declares something of its devices."""
    stage.hub.registry.upsert("link", [{"key": LINK, "quirks": json.dumps(quirks)}], WHO)


def booked(stage: Stage) -> dict[str, Any]:
    """What the store holds once the province approved the device and the hub booked what waited."""
    assert stage.batches() == []
    stage.decide(DeviceState.APPROVED)
    stage.book()
    (batch,) = stage.batches()
    return held(stage.hub, stage.unit, batch["id"])


def test_encrypted_values_wait_decrypted_and_are_booked_when_the_device_is_approved(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        quirky(stage, encryption="sm4_cbc")
        secret = stage.say("register", enterpriseCode=stage.unit)["secretKey"]
        assert stage.upload(row(POWER, encrypted("1052.25", stage.unit, secret))) == SUCCESS
        values = [reading[3] for reading in booked(stage)["readings"]]
    assert values == ["1052.2500"]


@pytest.mark.parametrize("rows", [1, FEW_ROWS + 1])
def test_a_value_that_could_not_be_decrypted_is_refused_again_though_it_looks_like_a_number(
    tmp_path: Path, rows: int
) -> None:
    with stage_in(tmp_path) as stage:
        quirky(stage, encryption="sm4_cbc")
        secret = stage.say("register", enterpriseCode=stage.unit)["secretKey"]
        good = [row(POWER, encrypted(str(number), stage.unit, secret)) for number in range(rows)]
        assert stage.upload(*good, row(POWER, "12345678", day="2026-10-06")) == SUCCESS
        found = booked(stage)
    assert {reading[2].split()[0] for reading in found["readings"]} == {"2026-10-05"}
    (refused,) = found["rejections"]
    assert "decryption-failed" in refused


@pytest.mark.parametrize(
    ("quirks", "sent", "starts", "rules"),
    [
        ({"labels": "containing"}, ["10:03:27", "11:00:00"], ["10:00", "11:00"], ["relabelled"]),
        ({"realtime_minutes": 30}, ["10:30:00"], ["10:30", "10:45"], []),
        ({"realtime_minutes": 60, "hours": 12}, ["03:00:00", "03:00:00"], ["03:00", "15:00"], ["relabelled"]),
    ],
)
def test_a_declaration_made_while_rows_wait_is_what_they_are_read_by(
    tmp_path: Path, quirks: dict[str, Any], sent: list[str], starts: list[str], rules: list[str]
) -> None:
    with stage_in(tmp_path) as stage:
        rows = [
            row(POWER, str(n + 1), statType="0", statDate=f"2026-10-05 {label}")
            for n, label in enumerate(sent)
        ]
        assert stage.upload(*rows) == SUCCESS
        quirky(stage, **quirks)
        found = booked(stage)
    assert [reading[2].split()[1] for reading in found["readings"]] == starts
    assert [rule for _, rule in found["verdicts"]] == rules


def test_of_two_equal_rows_of_a_clock_of_twelve_hours_none_is_lost(tmp_path: Path) -> None:
    sent = row(POWER, "3", statType="0", statDate="2026-10-05 03:00:00")
    with stage_in(tmp_path) as stage:
        quirky(stage, realtime_minutes=60, hours=12)
        assert stage.upload(sent, sent) == SUCCESS
        found = booked(stage)
    assert [reading[2].split()[1] for reading in found["readings"]] == ["03:00", "15:00"]


def test_uploads_that_wait_are_read_one_by_one(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        for value in ("3", "4"):
            assert stage.upload(row(POWER, value)) == SUCCESS
        assert [file["rows"] for file in stage.rows("quarantined")] == [1, 1]


def test_a_half_hour_waits_as_one_row_and_its_day_counts_two_readings(tmp_path: Path) -> None:
    sent = [row(code, "3", statType="0", statDate="2026-10-05 10:30:00") for code in (POWER, UNHEARD)]
    with stage_in(tmp_path) as stage:
        quirky(stage, realtime_minutes=30)
        assert stage.upload(*sent) == SUCCESS
        (day,) = stage.rows("device_day", unit=stage.unit)
        assert (day["rows"], day["fitting"]) == (4, 2)
        stage.decide(DeviceState.APPROVED)
        stage.book()
        assert [file["waiting"] for file in stage.rows("quarantined", unit=stage.unit)] == [1]


def test_half_hours_that_wait_and_are_sent_again_are_kept_once(tmp_path: Path) -> None:
    sent = row(UNHEARD, "3", statType="0", statDate="2026-10-05 10:30:00")
    with stage_in(tmp_path) as stage:
        quirky(stage, realtime_minutes=30)
        stage.registered()
        stage.decide(DeviceState.APPROVED)
        for _ in range(3):
            assert stage.upload(sent) == SUCCESS
            stage.book()
        assert [file["waiting"] for file in stage.rows("quarantined", unit=stage.unit)] == [1]


def test_half_hours_within_the_range_their_device_declared_are_not_suspected(tmp_path: Path) -> None:
    item = {"energyClassCode": "02", "energyTypeCode": "3200", "dataUsageCode": "11", "statType": "0"}
    with stage_in(tmp_path) as stage:
        quirky(stage, realtime_minutes=30)
        sender = {"deviceId": stage.registered(), "enterpriseCode": stage.unit}
        bounds = {"dataValueMin": "10.0001", "dataValueMax": "15"}
        assert stage.say("upload_config", **sender, collectItemConfig=[{**item, **bounds}]) == SUCCESS
        for n, value in enumerate(("10.0001", "15", "9", "16")):
            label = f"2026-10-0{n + 1} 10:30:00"
            assert stage.upload(row(UNHEARD, value, statType="0", statDate=label)) == SUCCESS
        days = stage.rows("device_day", unit=stage.unit)
    assert [json.loads(day["suspected"]).get("declared-range", 0) for day in days] == [0, 0, 2, 2]
