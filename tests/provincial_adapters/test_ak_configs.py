"""What a device of the AK dialect configures: points proposed, formulas read, the rest kept as said, faults told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.errors import InvalidInput, TooLarge
from provincial_adapters._nhjc_ak.configs import rows_of
from provincial_adapters._nhjc_ak.messages import CONFIG_ROWS_MAX
from provincial_adapters.nhjc_ak import Caller
from tests.provincial_adapters.ak_stage import UNIT, AkStage, say, token

ITEM = {
    "name": "全厂用电", "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "11", "statType": "0", "scope": "1",
}  # fmt: skip
CODE = "00-00-0000-023300-11"


def configured(stage: AkStage, path: str, **message: Any) -> Any:
    devices = stage.devices()
    answer = say(devices, path, Caller("x", token(devices)), **message)
    assert answer["responseCode"] == "200", answer
    return answer["data"]


def problems_of(data: Any) -> str:
    return "\n".join(data.get("problems", []))


@pytest.mark.parametrize(
    "message",
    [
        {"data": [{"gaugeCode": "1"}]},
        {"data": {"gaugeCode": "1"}},
        {"gaugeCode": "1"},
        {"enterpriseCode": UNIT.text, "token": "x", "regVersion": "1.0", "gaugeCode": "1"},
    ],
)
def test_rows_stand_in_a_list_in_an_object_or_are_the_message(message: dict[str, Any]) -> None:
    assert rows_of(message) == ([{"gaugeCode": "1"}], ())


@pytest.mark.parametrize("path", ["/processConfigure", "/processUnitConfigure", "/gaugeConfigure"])
def test_rows_said_one_at_a_time_stand_beside_each_other_and_a_list_takes_the_place_of_all(path: str) -> None:
    stage = AkStage()
    for message in ({"code": "1"}, {"data": {"code": "2"}}):
        configured(stage, path, **message)
        (name,) = stage.said[-1].parts
        assert stage.said[-1].added == {name}
    configured(stage, path, data=[{"code": "3"}])
    assert stage.said[-1].added == frozenset()


@pytest.mark.parametrize("data", [[1], [{}], ["x", 5], [None]])
def test_rows_that_are_none_are_told_by_their_place(data: Any) -> None:
    with pytest.raises(InvalidInput, match=r"data\[1\]"):
        rows_of({"data": data})


def test_a_configuration_of_absurd_length_is_refused() -> None:
    with pytest.raises(TooLarge, match=str(CONFIG_ROWS_MAX)):
        rows_of({"data": [{"a": 1}] * (CONFIG_ROWS_MAX + 1)})
    assert rows_of({"data": []}) == ([], ())


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/collectItemConfigure", ITEM),
        ("/gaugeConfigure", {"gaugeCode": "E-1"}),
        ("/gaugeReplaceConfigure", {"gaugeCode": "E-1", "newGaugeCode": "E-2", "replaceDate": "2026-10-05"}),
        ("/gaugeVerifyConfigure", {"gaugeCode": "E-1", "verifyDate": "2026-10-05"}),
        ("/processConfigure", {"code": "01"}),
    ],
)
@pytest.mark.parametrize("none", [None, {}, "x", []])
def test_a_row_that_is_none_costs_itself_alone(path: str, row: dict[str, Any], none: Any) -> None:
    stage = AkStage()
    alone = configured(stage, path, data=[row])
    parts = stage.said[-1].parts
    data = configured(stage, path, data=[none, row])
    told, before = data["problems"], alone.get("problems", [])
    assert f"{path[1:]}[1].row: 内容无法识别 [malformed-row]（came " in told[0]
    assert [each.replace("[2]", "[1]") for each in told[1:]] == before
    assert data["rows"] == 1
    assert stage.said[-1].parts == parts


def test_collect_items_become_proposed_points_with_either_spelling_of_their_code() -> None:
    stage = AkStage()
    gas = {"dataCode": "00-00-0000-011500-11", "statType": 1, "scope": 1}
    configured(stage, "/collectItemConfigure", data=[ITEM, gas])
    points = {point["code"]: point["granularity"] for point in stage.said[-1].points}
    assert points == {"0000000002330011": "quarter_hour", "0000000001150011": "day"}
    assert stage.said[-1].parts["collectItems"][0]["name"] == "全厂用电"


def test_items_of_one_code_and_their_instruments_are_one_formula() -> None:
    stage = AkStage()
    terms = [("E-1", "1", "1"), ("E-2", 1, "0.5"), ("E-3", "2", None), ("E-4", None, "")]
    rows = [
        {**ITEM, "gaugeCode": gauge, "reportArithmetic": arithmetic, "reportRatio": ratio}
        for gauge, arithmetic, ratio in terms
    ]
    data = configured(stage, "/collectItemConfigure", data=rows)
    assert "problems" not in data
    assert len(stage.said[-1].points) == 1
    assert stage.said[-1].parts["formulas"] == (
        {"dataCode": CODE, "statType": "0", "formula": "E-1 × 1 + E-2 × 0.5 - E-3 × 1 + E-4 × 1"},
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"reportArithmetic": "5"}, "reportArithmetic"),
        ({"reportArithmetic": "plus"}, "reportArithmetic"),
        ({"reportArithmetic": "1" * 6_000}, "expected 1 to 4"),
        ({"reportRatio": "half"}, "reportRatio"),
        ({"reportRatio": "0"}, "not zero"),
        ({"reportArithmetic": "3"}, "comes first"),
        ({"energyClassCode": "99"}, "collectItemConfig[1]"),
    ],
)
def test_a_formula_or_an_item_that_cannot_be_is_a_problem(change: dict[str, Any], word: str) -> None:
    stage = AkStage()
    row = {**ITEM, "gaugeCode": "E-1", "reportArithmetic": "1", "reportRatio": "1", **change}
    data = configured(stage, "/collectItemConfigure", data=[row])
    assert word in problems_of(data)
    assert stage.said[-1].parts["formulas"] == ()


def test_a_term_that_cannot_be_read_is_named_with_each_field_and_makes_no_formula() -> None:
    stage = AkStage()
    wrong = {"gaugeCode": "E-3", "reportArithmetic": "9", "reportRatio": "abc"}
    data = configured(stage, "/collectItemConfigure", data=[{**ITEM, "gaugeCode": "E-1"}, {**ITEM, **wrong}])
    assert data["problems"] == [
        "collectItemConfig[2].reportArithmetic: 虚拟计量参数有误 [malformed-term]（term E-3: came '9', expected 1 to 4）",
        "collectItemConfig[2].reportRatio: 虚拟计量参数有误 [malformed-term]（term E-3: came 'abc', expected a number）",
    ]
    assert stage.said[-1].parts["formulas"] == ()


def test_instruments_are_kept_as_said_and_one_without_its_number_is_told() -> None:
    stage = AkStage()
    gauge = {"gaugeCode": "E-1", "gaugeName": "进线电能表", "gaugeType": "15260000", "level": 1, "odd": [1]}
    data = configured(stage, "/gaugeConfigure", data=[gauge, {"gaugeName": "无编号"}])
    assert data["rows"] == 2
    assert problems_of(data) == "gaugeConfigure[2].gaugeCode: 缺少字段 [missing]（missing）"
    first, second = stage.said[-1].parts["instruments"]
    assert first == {"gaugeCode": "E-1", "gaugeName": "进线电能表", "gaugeType": "15260000", "level": "1"}
    assert second == {"gaugeName": "无编号"}
    assert stage.said[-1].points == ()


def test_a_replacement_is_kept_with_its_day_and_is_a_problem_for_want_of_readings() -> None:
    stage = AkStage()
    row = {"gaugeCode": "E-1", "newGaugeCode": "E-9", "replaceDate": "2026-11-20 14:30:00", "reason": "到期"}
    data = configured(stage, "/gaugeReplaceConfigure", data=[row])
    told = problems_of(data)
    place = "gaugeReplaceConfigure[1].E-1 replaced without readings"
    named = "更换仪表未附新旧表底数 [without-readings]"
    assert told.startswith(f"{place}: {named}（E-9 took its place on ")
    assert "2026-11-20" in told
    assert "negative" in told
    assert stage.said[-1].parts["replacements"] == (row,)
    assert stage.said[-1].added == {"replacements"}


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"gaugeCode": "E-1", "newGaugeCode": "E-9"}, "replaceDate: 日期无法识别 [malformed-day]（came None"),
        (
            {"gaugeCode": "E-1", "newGaugeCode": "E-9", "replaceDate": "soon"},
            "replaceDate: 日期无法识别 [malformed-day]（came 'soon'",
        ),
        ({"gaugeCode": "E-1", "replaceDate": "2026-11-20"}, "newGaugeCode: 缺少字段"),
        ({"newGaugeCode": "E-9", "replaceDate": "2026-11-20"}, "gaugeCode: 缺少字段"),
    ],
)
def test_a_replacement_that_lacks_something_is_told_what(row: dict[str, str], word: str) -> None:
    assert word in problems_of(configured(AkStage(), "/gaugeReplaceConfigure", data=[row]))


def test_a_verification_unlike_the_registrys_is_a_problem_and_changes_nothing() -> None:
    days = dt.date(2026, 3, 1), dt.date(2027, 3, 1)
    stage = AkStage(known={"E-1": days, "E-2": (None, None)})
    rows = [
        {"gaugeCode": "E-1", "verifyDate": "2026-03-01", "validDate": "2027-03-01"},
        {"gaugeCode": "E-2", "verifyDate": "2026-03-01", "validDate": "2027-03-01"},
        {"gaugeCode": "E-3", "verifyDate": "2026-03-01"},
        {"gaugeCode": "E-1", "verifyDate": "never"},
    ]
    told = configured(stage, "/gaugeVerifyConfigure", data=rows)["problems"]
    differs = "came 2026-03-01 to 2027-03-01, the registry has no day to no day"
    of, unknown = "gaugeVerifyConfigure", "the registry has no instrument of this number"
    assert told == [
        f"{of}[2].calibration of E-2 differs: 检定日期与登记不一致 [calibration-differs]（{differs}）",
        f"{of}[3].gaugeCode: 仪表未登记 [unknown-instrument]（{unknown}）",
        f"{of}[4].verifyDate: 日期无法识别 [malformed-day]（came 'never', expected a day such as 2026-01-31）",
    ]
    assert len(stage.said[-1].parts["verifications"]) == 4


def test_the_enterprise_is_kept_as_said_and_swapped_coordinates_are_told() -> None:
    stage = AkStage()
    fields = {"name": "虚构钢铁厂", "latitude": "117.2", "longitude": "39.1", "industryCode": "C31"}
    for message in ({"enterprise": fields}, fields):
        devices = stage.devices()
        token(devices)
        answer = say(devices, "/enterpriseInfo/apply", password="Energy@2026", **message)
        assert "swapped" in problems_of(answer["data"])
        assert dict(stage.said[-1].enterprise) == fields


def test_processes_are_kept_as_said() -> None:
    stage = AkStage()
    configured(
        stage, "/processConfigure", data=[{"processCode": "01", "processName": "焦化", "system": True}]
    )
    assert stage.said[-1].parts == {
        "processes": ({"processCode": "01", "processName": "焦化", "system": "True"},)
    }
    configured(stage, "/processUnitConfigure", code="01", name="一号炉", processCode="01")
    assert stage.said[-1].parts["processUnits"] == ({"code": "01", "name": "一号炉", "processCode": "01"},)
