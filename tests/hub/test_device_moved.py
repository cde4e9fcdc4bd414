"""A unit that moved to another province: its device is told why it is not heard, and is approved by nobody meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from graph.errors import FaultyRows
from graph.model.access_device import DeviceState
from graph.model.principal import NATION, Reach
from provincial_adapters.nhjc_ak import Caller
from tests.hub.ak_devices import PASSWORD
from tests.hub.device_stage import LINK, POWER, Stage, row, stage_in
from tests.hub.invented_hub import JIA, WHO, YI, of_province
from tests.hub.stores.deciding import one, told


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage_in(tmp_path_factory.mktemp("moved")) as made:
        yield made


def move(stage: Stage, province: str) -> None:
    stage.hub.registry.upsert("unit", [{"credit_code": stage.unit, "region": f"{province[:2]}0100"}], WHO)


def said_in_ak(stage: Stage, path: str, **message: Any) -> str:
    body = json.dumps({"enterpriseCode": stage.unit, **message}).encode()
    return stage.hub.ak.answer(path, body, Caller("192.0.2.7")).message


def test_a_device_whose_unit_moved_is_told_that_its_province_has_no_link_and_not_that_no_roster_lists_it(
    hub: Stage,
) -> None:
    stage = hub.newcomer()
    identity = stage.registered()
    move(stage, JIA)
    sender = {"deviceId": identity, "enterpriseCode": stage.unit}
    answers = (
        stage.say("register", enterpriseCode=stage.unit, region=YI),
        stage.say("upload_data", **sender, data=[row(POWER)]),
        stage.say("upload_config", **sender),
    )
    for answer in answers:
        assert answer["responseCode"] == "1"
        assert f"在名单中，但其所在省 {JIA} 未开通 NHJC-04 协议的链路" in answer["responseMessage"]
    for path, message in (
        ("/enterpriseInfo/rwk", {}),
        ("/enterpriseInfo/apply", {"password": PASSWORD}),
        ("/requestAK", {"password": "0" * 32}),
    ):
        assert f"所在省 {JIA} 未开通 AK 协议的链路" in said_in_ak(stage, path, **message)


def test_a_unit_that_no_roster_lists_is_told_so(hub: Stage) -> None:
    stranger = Stage(hub.hub, "91990000MA0000002E")
    answer = stranger.say("register", enterpriseCode=stranger.unit, region=YI)
    assert "不在本平台重点用能单位名单中" in answer["responseMessage"]
    assert "不在本平台重点用能单位名单中" in said_in_ak(stranger, "/enterpriseInfo/rwk")


@pytest.mark.parametrize("reach", [NATION, of_province(JIA)])
def test_a_device_whose_unit_moved_is_approved_by_nobody_until_it_is_back(hub: Stage, reach: Reach) -> None:
    stage = hub.newcomer()
    stage.registered()
    move(stage, JIA)
    approve = {"unit": stage.unit, "link": LINK, "state": DeviceState.APPROVED.value}
    with pytest.raises(FaultyRows) as refused:
        one(stage.hub.registry, "access_device", approve, reach)
    ((_, column, why),) = told(refused.value)
    assert (column, stage.device()["state"]) == ("state", "awaiting")
    assert f"unit {stage.unit} lies in {JIA} by now, link {LINK} is {YI}'s" in why
    one(stage.hub.registry, "access_device", {**approve, "state": "refused", "why": "moved"}, reach)
    move(stage, YI)
    one(stage.hub.registry, "access_device", approve)
    assert stage.device()["state"] == "approved"
