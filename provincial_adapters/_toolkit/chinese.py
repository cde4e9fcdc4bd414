"""What devices are told, in Chinese first: names and reasons of refusals, of codes' segments, of bodies nobody can read.

The English of whoever found the fault stands behind it in brackets, for who mends the device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graph.errors import InvalidInput, MalformedBody, MalformedCode, TooLarge

# A refusal's name and its reason, by its code: of rules of the intake, and of dialects in which devices call.
REFUSALS: Mapping[str, tuple[str, str]] = {
    "future": ("时间在未来", "统计时段尚未开始，请核对设备时钟"),
    "malformed-credit-code": ("统一社会信用代码错误", "应为 18 位且校验位正确"),
    "malformed-data-code": ("数据编码错误", "应为 16 位数字，即 PP-UU-TTNN-CCVVVV-YY，分类 CC 为 01 至 10"),
    "not-a-number": ("数值无法识别", "应为十进制数"),
    "off-grid": ("时间标签不在整点格", "应为统计时段的起点，北京时间"),
    "too-old": ("时间过早", "早于 1970 年，请核对设备时钟"),
    "twelve-hours": ("疑似十二小时制时间", "小时应写 00 至 23"),
    "unknown-code": ("数据编码未登记", "未登记，或省级平台尚未确认"),
    "unknown-unit": ("单位不在名单", "请联系省级平台"),
    "unknown-word": ("统计类型或采集方式未知", "取值不在码表中"),
    "unreadable-label": ("时间标签无法识别", "应为 yyyy-MM-dd HH:mm:ss"),
    "value-too-large": ("数值超出可存范围", "请核对单位与倍率"),
    "decryption-failed": ("解密失败", "请重新注册以取得 secretKey"),
    "malformed-row": ("内容无法识别", "缺少字段或字段类型有误"),
    "scope-mismatch": ("编码与采集范围不符", "编码各段与 scope 矛盾"),
    "unclear-hour": ("上午下午无法区分", "小时应写 00 至 23"),
}
_SEGMENTS: Mapping[tuple[str, str], str] = {
    ("credit code", "length"): "应为 18 位",
    ("credit code", "alphabet"): "含有不会出现的字符",
    ("credit code", "division (3-8)"): "第 3 至 8 位应为六位数字",
    ("credit code", "check character (18)"): "第 18 位校验码不符",
    ("data code", "whole"): "应为 16 位数字",
    ("data code", "process (PP)"): "工序 PP 有误",
    ("data code", "process unit (UU)"): "工序单元 UU 有误",
    ("data code", "equipment (TTNN)"): "设备 TTNN 有误",
    ("data code", "class (CC)"): "分类 CC 应为 01 至 10",
}
_KINDS = {"credit code": "统一社会信用代码有误", "data code": "数据编码有误"}
_TYPES = {
    "object": "对象", "array": "数组", "str": "文本", "int": "整数", "float": "小数", "bool": "真假值", "null": "空值",
}  # fmt: skip
_UNREADABLE = (
    ("malformed", "不是合法的 JSON"),
    ("truncated", "JSON 不完整"),
    ("recursion", "JSON 嵌套过深"),
)
_MISSING = re.compile(r"missing required field `(\w+)`")
_TYPED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$\.?([^`]*)`)?")


def refused(code: str, why: str) -> str:
    """A row's refusal by its code."""
    name, reason = REFUSALS.get(code, ("被拒收", "原因见括号"))
    return f"{name} [{code}]：{reason}（{why}）"


def of_fault(fault: InvalidInput) -> str:
    """What is wrong with what came. What is said in Chinese already stays as it is."""
    if isinstance(fault, MalformedCode):
        return of_code(fault)
    if not str(fault).isascii():
        return str(fault)
    words = "超过上限" if isinstance(fault, TooLarge) else "内容有误"
    return f"{of_body(str(fault)) if isinstance(fault, MalformedBody) else words}（{fault}）"


def of_code(fault: MalformedCode) -> str:
    """Which segment of a code is wrong."""
    kind = _KINDS.get(fault.kind, "编码有误")
    reason = _SEGMENTS.get((fault.kind, fault.segment), "格式有误")
    return f"{kind}：{reason}（{fault.segment}: {fault.why}）"


def of_body(why: str) -> str:
    """What a reader of JSON found."""
    if missing := _MISSING.search(why):
        return f"缺少字段 {missing[1]}"
    if typed := _TYPED.search(why):
        expected, came = (_typed(words) for words in typed.groups()[:2])
        place = f"字段 {typed[3]} " if typed[3] else "报文"
        return f"{place}应为{expected}，收到的是{came}"
    return next((chinese for word, chinese in _UNREADABLE if word in why), "内容无法识别")


def _typed(words: str) -> str:
    return "或".join(_TYPES.get(word, word) for word in words.split(" | "))
