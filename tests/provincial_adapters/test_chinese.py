"""What a device is told begins in Chinese, names the rule, and has the English behind it in brackets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.errors import InvalidInput, MalformedBody, MalformedCode, TooLarge
from graph.model.credit_code import CreditCode
from graph.model.data_code import SEGMENTS
from provincial_adapters._nhjc04.messages import DataUpload, decoded
from provincial_adapters._nhjc_ak.problems import NAMES
from provincial_adapters._toolkit.chinese import REFUSALS, of_code, of_fault, refused
from tests.provincial_adapters.ak_stage import UNIT, AkStage, say, send, token
from tests.provincial_adapters.nhjc04_stage import Stage

REPLACED = {"gaugeCode": "E-1", "newGaugeCode": "E-2"}


def is_chinese(text: str) -> bool:
    """Whether most letters before the bracket are."""
    letters = [letter for letter in text.partition("（")[0] if letter.isalpha()]
    return sum(letter > "\u3400" for letter in letters) * 2 > len(letters)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9197", "统一社会信用代码有误：应为 18 位（length: expected 18 characters, came 4）"),
        ("91970000MA0000001I", "统一社会信用代码有误：含有不会出现的字符（alphabet: 'I' cannot occur）"),
        ("91A70000MA00000013", "统一社会信用代码有误：第 3 至 8 位应为六位数字（"),
        ("91970000MA00000012", "统一社会信用代码有误：第 18 位校验码不符（"),
    ],
)
def test_a_wrong_credit_code_is_told_by_its_segment_in_both_dialects(text: str, reason: str) -> None:
    with pytest.raises(MalformedCode) as fault:
        CreditCode(text)
    assert of_code(fault.value).startswith(reason)
    answer = Stage().devices().register(json.dumps({"enterpriseCode": text}).encode())
    assert answer["responseMessage"].startswith(f"enterpriseCode {reason}")
    ak = AkStage().devices()
    for path, message in (("/enterpriseInfo/rwk", {}), ("/requestAK", {"password": "0" * 32})):
        told = say(ak, path, **{"enterpriseCode": text, **message})
        assert told["responseMessage"].startswith(f"enterpriseCode {reason}")


def test_every_segment_of_a_data_code_that_can_be_wrong_is_named() -> None:
    for segment in ("whole", *(name for name, _ in SEGMENTS[:3])):
        assert "格式有误" not in of_code(MalformedCode("data code", "x", segment, "why"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "报文应为对象，收到的是数组（"),
        (b"{}", "缺少字段 deviceId（"),
        (b'{"deviceId": 5, "enterpriseCode": "", "data": []}', "字段 deviceId 应为文本，收到的是整数（"),
        (b'{"deviceId"', "JSON 不完整（"),
        (b"<html>", "不是合法的 JSON（"),
        (b"[" * 5_000, "（"),
        (b"\xff", "DataUpload: 不是 UTF-8 编码"),
    ],
)
def test_a_body_nobody_can_read_is_told_what_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedBody) as fault:
        decoded(body, DataUpload)
    assert reason in of_fault(fault.value)
    assert Stage().devices().upload_data(body)["responseMessage"] == f"报文有误：{of_fault(fault.value)}"


def test_what_nests_too_deep_is_told_so() -> None:
    deep = MalformedBody("maximum recursion depth exceeded", "Record")
    assert of_fault(deep) == "JSON 嵌套过深（Record: maximum recursion depth exceeded）"


def test_a_bound_and_a_value_are_told_and_what_is_chinese_already_stays() -> None:
    assert of_fault(TooLarge("5 rows, at most 4", "data")) == "超过上限（data: 5 rows, at most 4）"
    assert of_fault(InvalidInput("came 5", "data")) == "内容有误（data: came 5）"
    assert of_fault(TooLarge("超过上限 2 个")) == "超过上限 2 个"


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_has_a_name_and_a_reason(code: str) -> None:
    told = refused(code, "in English")
    assert told.endswith("（in English）")
    assert f" [{code}]：" in told
    name, reason = REFUSALS[code]
    assert is_chinese(name)
    assert reason[0] > "\u3400"


@pytest.mark.anyio
async def test_a_refused_record_is_told_by_name() -> None:
    stage = AkStage()
    devices = stage.devices()
    answer = await send(devices, token(devices), statType="9")
    assert answer["responseMessage"].startswith(
        "数据被拒收：统计类型或采集方式未知 [unknown-word]：取值不在码表中（statType"
    )


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/collectItemConfigure", [{"gaugeCode": "E-1", "dataCode": "x", "statType": "7"}, None]),
        ("/gaugeConfigure", [{"gaugeName": "x"}]),
        ("/gaugeReplaceConfigure", [{**REPLACED, "replaceDate": "2026-10-05"}, REPLACED, {"x": 1}]),
        ("/gaugeVerifyConfigure", [{"gaugeCode": "E-1", "verifyDate": day} for day in ("x", "2026-10-05")]),
    ],
)  # fmt: skip
def test_every_problem_of_a_configuration_begins_with_its_chinese_name(path: str, rows: list[Any]) -> None:
    devices = AkStage().devices()
    caller_token = token(devices)
    told = say(devices, path, enterpriseCode=UNIT.text, token=caller_token, data=rows)
    assert told["data"]["problems"]
    for problem in told["data"]["problems"]:
        name, bracket, rest = problem.partition(": ")[2].partition(" [")
        assert bracket
        assert is_chinese(name)
        assert rest.partition("]")[2].startswith("（")


def test_every_name_is_chinese() -> None:
    assert all(is_chinese(name) for name in NAMES.values() if "token" not in name)
