"""What a device says of its plant is kept in its own words, and everything that is wrong with it has a name."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.region import RegionCode
from provincial_adapters._nhjc04.config import proposal
from provincial_adapters._nhjc04.messages import ConfigUpload
from provincial_adapters._nhjc04.plant import FIELDS_MAX, PART_ROWS_MAX, TEXT_MAX, said
from provincial_adapters._nhjc04.problems import NAMES
from provincial_adapters._toolkit.devices import Proposal
from provincial_adapters.nhjc04 import CONFIGS_A_MINUTE
from tests.provincial_adapters.nhjc04_stage import STRANGER, UNIT, Stage
from tests.provincial_adapters.test_access_devices import ITEM

GENG = RegionCode("970000")
ENTERPRISE = {
    "code": UNIT.text, "name": "虚构钢铁有限公司", "industryCode": "C3110", "regionCode": "970100",
    "latitude": "39.1", "longitude": "117.2",
}  # fmt: skip
PROCESS = {"processCode": "01", "processName": "焦化", "industryCode": "C31", "system": True, "remark": ""}
PROCESS_UNIT = {
    "code": "02",
    "name": "二号焦炉",
    "processCode": "01",
    "commDate": "2010-01-01",
    "designedCapacity": 100,
}
OF_PROCESS = {**ITEM, "processCode": "01", "scope": 2}
OF_UNIT = {**OF_PROCESS, "processUnitCode": "02", "scope": 3}


def told(**message: Any) -> Proposal:
    sent = {
        "deviceId": "x", "enterpriseCode": UNIT.text, "collectItemConfig": [ITEM], "enterprise": ENTERPRISE,
        "process": [PROCESS], "processUnit": [PROCESS_UNIT], **message,
    }  # fmt: skip
    upload = msgspec.json.decode(json.dumps(sent), type=ConfigUpload)
    return proposal(upload, UNIT, 15, dt.date(2026, 11, 23), GENG)


def test_a_sound_configuration_has_no_problems_and_is_kept_as_said() -> None:
    item = {**OF_UNIT, "name": "焦炉用电", "collectSystemName": "电能管理", "remark": "一层", "unheardOf": 7}
    found = told(collectItemConfig=[ITEM, item], group={"name": "虚构集团"}, instruments=[{"number": "A1"}])
    assert found.problems == ()
    assert found.enterprise == ENTERPRISE
    assert found.parts["items"][1]["name"] == "焦炉用电"
    assert found.parts["items"][1]["unheardOf"] == "7"
    assert found.parts["processes"] == (
        {"processCode": "01", "processName": "焦化", "industryCode": "C31", "system": "true"},
    )
    assert found.parts["processUnits"][0]["designedCapacity"] == "100"
    assert found.parts["groups"] == ({"name": "虚构集团"},)
    assert found.parts["instruments"] == ({"number": "A1"},)
    assert json.loads(json.dumps(found.parts)) is not None
    assert [point["code"] for point in found.points] == ["0000000002330011", "0102000002330011"]


def test_what_was_not_sent_is_no_part_and_checked_by_nobody() -> None:
    found = told(process=None, processUnit=None, enterprise=None, collectItemConfig=[OF_UNIT])
    assert found.problems == ()
    assert found.parts.keys() == {"items"}
    assert found.enterprise == {}
    assert told(collectItemConfig=None).parts.keys() == {"processes", "processUnits"}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("position-swapped", {"enterprise": {**ENTERPRISE, "latitude": 117.2, "longitude": 39.1}}, "enterprise.latitude"),
    ("position-outside", {"enterprise": {**ENTERPRISE, "latitude": "51.5", "longitude": "0"}}, "enterprise.latitude"),
    ("position-unreadable", {"enterprise": {**ENTERPRISE, "latitude": "39°06'N"}}, "enterprise.latitude"),
    ("position-unreadable", {"enterprise": {**ENTERPRISE, "longitude": ""}}, "enterprise.latitude"),
    ("other-enterprise", {"enterprise": {**ENTERPRISE, "code": STRANGER.text}}, "enterprise.code"),
    ("other-province", {"enterprise": {**ENTERPRISE, "regionCode": 980100}}, "enterprise.regionCode"),
    ("malformed-region", {"enterprise": {**ENTERPRISE, "regionCode": "庚省"}}, "enterprise.regionCode"),
    ("unknown-industry", {"enterprise": {**ENTERPRISE, "industryCode": "C0110"}}, "enterprise.industryCode"),
    ("unknown-industry", {"process": [PROCESS, {**PROCESS, "industryCode": "焦化"}]}, "process[2].industryCode"),
    ("unknown-process", {"processUnit": [{**PROCESS_UNIT, "processCode": "07"}]}, "processUnit[1].processCode"),
    ("unknown-process", {"collectItemConfig": [{**OF_PROCESS, "processCode": "09"}]}, "collectItemConfig[1].processCode"),
    ("unknown-process", {"process": [], "processUnit": None, "collectItemConfig": [OF_PROCESS]}, "collectItemConfig[1]"),
    ("unknown-process-unit", {"collectItemConfig": [{**OF_UNIT, "processUnitCode": "03"}]}, "processUnitCode"),
    ("repeated-item", {"collectItemConfig": [ITEM, {**ITEM, "statType": "0"}, ITEM]}, "collectItemConfig[3].statType"),
    ("reversed-range", {"collectItemConfig": [{**ITEM, "dataValueMin": "5", "dataValueMax": 4}]}, "dataValueMin"),
    ("malformed-bound", {"collectItemConfig": [{**ITEM, "dataValueMax": "很大"}]}, "dataValueMax"),
    ("malformed-data-code", {"collectItemConfig": [{**ITEM, "energyTypeCode": "02340"}]}, "energyTypeCode"),
    ("unknown-word", {"collectItemConfig": [{**ITEM, "inputType": 9}]}, "inputType"),
    ("malformed-row", {"collectItemConfig": ["电"]}, "collectItemConfig[1].item"),
    ("malformed-row", {"process": [PROCESS, 7]}, "process[2].row"),
    ("malformed-row", {"instrument": "A1"}, "instrument[1].row"),
    ("too-many", {"instruments": [{}] * (PART_ROWS_MAX + 1)}, "instruments"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "place"), WRONG, ids=[code for code, _, _ in WRONG])
def test_each_thing_that_is_wrong_has_a_code_a_chinese_name_and_its_place(
    code: str, message: dict[str, Any], place: str
) -> None:
    (found,) = told(**message).problems
    assert found.code == code
    assert str(found).startswith(place) or f".{place}" in str(found)
    assert f": {NAMES[code]} [{code}]（" in str(found)


def test_every_problem_there_is_has_its_example_here() -> None:
    assert {code for code, _, _ in WRONG} == NAMES.keys()


def test_a_problem_of_one_item_costs_no_other() -> None:
    found = told(collectItemConfig=[{**ITEM, "statType": "7"}, ITEM, "nonsense"])
    assert len(found.points) == 1
    assert [each.item for each in found.problems] == [1, 3]
    assert len(found.parts["items"]) == 2


@given(
    st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
    )
)
def test_what_is_kept_is_bounded_and_can_be_written_as_json(row: dict[str, Any]) -> None:
    kept = said(row)
    assert len(kept) <= FIELDS_MAX
    assert all(len(key) <= TEXT_MAX and 0 < len(value) <= TEXT_MAX for key, value in kept.items())
    assert json.loads(json.dumps(kept)) == kept


PARTS = ["enterprise", "process", "processUnit", "group", "instruments", "instrument"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.sampled_from(PARTS), ANYTHING)
def test_whatever_stands_in_a_part_the_items_are_read(part: str, sent: Any) -> None:
    assert len(told(**{part: sent}).points) == 1


def test_a_part_that_is_no_object_is_told_without_what_it_says() -> None:
    found = told(group="联系电话 13800000001", instruments=[["13800000002"], 13800000003])
    assert [problem.why for problem in found.problems] == [
        "came a text, expected an object with fields",
        "came an array, expected an object with fields",
        "came a number, expected an object with fields",
    ]


def test_a_device_that_floods_its_platform_with_configurations_is_told_to_wait() -> None:
    stage = Stage()
    devices, message = stage.devices(), {"deviceId": stage.identity(), "enterpriseCode": UNIT.text}
    body = json.dumps({**message, "enterprise": ENTERPRISE}).encode()
    answers = [devices.upload_config(body) for _ in range(CONFIGS_A_MINUTE + 3)]
    assert [answer["responseCode"] for answer in answers] == ["0"] * CONFIGS_A_MINUTE + ["1"] * 3
    assert answers[-1]["responseMessage"] == "配置上传过于频繁：每分钟至多 20 次，请 60 秒后重发"
    assert len(stage.proposals) == CONFIGS_A_MINUTE
    stage.clock += dt.timedelta(minutes=1)
    assert devices.upload_config(body)["responseCode"] == "0"
