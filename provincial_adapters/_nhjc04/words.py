"""NHJC-04's words and ours, as tables: an unknown word is refused, never given a default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.errors import MalformedCode
from graph.model.data_code import Scope
from graph.model.period import Granularity
from graph.model.reading import Origin

HALF_HOUR = 30  # has no granularity in the store: shared out over quarter-hours (docs/adr/0033)
REALTIME_MINUTES = {
    15: Granularity.QUARTER_HOUR,
    HALF_HOUR: Granularity.QUARTER_HOUR,
    60: Granularity.HOUR,
}
INPUT_TYPES = 7  # 6 and 7 are one province's; 8 and 9 are ours and not for the wire
VALID_WORDS = {"0": "1", "1": "0", "true": "false", "false": "true"}  # what means valid, what then means not

# What a refusal is called in the words of the field: of rules of the intake, and of this dialect.
REFUSALS = {
    "future": "时间在未来",
    "malformed-credit-code": "统一社会信用代码错误",
    "malformed-data-code": "数据编码错误",
    "not-a-number": "数值无法识别",
    "off-grid": "时间标签不在整点格",
    "too-old": "时间过早",
    "twelve-hours": "疑似十二小时制时间",
    "unknown-code": "数据编码未登记",
    "unknown-unit": "单位不在名单",
    "unknown-word": "统计类型或采集方式未知",
    "unreadable-label": "时间标签无法识别",
    "value-too-large": "数值超出可存范围",
    "decryption-failed": "解密失败",
    "malformed-row": "内容无法识别",
    "scope-mismatch": "编码与采集范围不符",
    "unclear-hour": "上午下午无法区分",
}

EXPECTED = {
    "future": "该时段尚未开始，请核对设备时钟",
    "malformed-credit-code": "应为 18 位，且校验码相符",
    "malformed-data-code": "应为 16 位数字，可带分隔符",
    "not-a-number": "应为数字；缺失的数据不上传，不得填 0",
    "off-grid": "应为时段的起点，如 15 分钟数据为每小时 00、15、30、45 分 00 秒",
    "too-old": "早于 1970 年，请核对设备时钟",
    "twelve-hours": "小时应按 00 至 23 书写",
    "unknown-code": "采集项未配置，或待省级平台确认",
    "unknown-unit": "该企业不在本平台重点用能单位名单中",
    "unknown-word": "应按数据字典取值",
    "unreadable-label": "格式应为 yyyy-MM-dd HH:mm:ss",
    "value-too-large": "小数点前最多 14 位",
    "decryption-failed": "请核对密钥与算法",
    "malformed-row": "字段缺失或类型有误",
    "scope-mismatch": "scope 与编码的工序、用能单元不符",
    "unclear-hour": "小时应按 00 至 23 书写",
}


_OF_CREDIT_CODES = {
    "length": "应为 18 位",
    "alphabet": "含有不会出现的字符",
    "division (3-8)": "第 3 至 8 位应为行政区划代码",
    "check character (18)": "第 18 位校验码不符",
}


def credit_code_of(fault: MalformedCode) -> str:
    """What is wrong with a credit code, as a device is told."""
    said = _OF_CREDIT_CODES.get(fault.segment, "")
    return f"enterpriseCode 统一社会信用代码有误：{said}（{fault.segment}: {fault.why}）"


def refusal_of(code: str, why: str) -> str:
    """A refused row as its device is told: the name of what is wrong, its code, what was expected, and the detail."""
    expected = f"：{EXPECTED[code]}" if code in EXPECTED else ""
    return f"{REFUSALS.get(code, '')} [{code}]{expected}（{why}）"


def granularities(realtime_minutes: int) -> dict[Any, str]:
    """statType, as number or text, to granularity."""
    order = REALTIME_MINUTES[realtime_minutes], Granularity.DAY, Granularity.MONTH, Granularity.YEAR
    return _both_written({number: granularity.value for number, granularity in enumerate(order)})


def origins() -> dict[Any, str]:
    """inputType, as number or text, to origin."""
    return _both_written({n: Origin.of_number(n).value for n in range(1, INPUT_TYPES + 1)})


def scopes() -> dict[Any, Scope]:
    """scope, as number or text."""
    return _both_written({int(scope): scope for scope in Scope})


def polarity(valid_means: Any) -> dict[str, bool] | None:
    """What `valid` says, as lower-case text to flag; None where the link declares nothing (never guessed)."""
    if valid_means is None:
        return None
    word = as_word(valid_means)
    return {word: True, VALID_WORDS[word]: False}


def as_word(value: Any) -> str:
    """true, "TRUE" and True are one word; 1 and "1" another."""
    return str(value).strip().lower()


def _both_written(table: Mapping[int, Any]) -> dict[Any, Any]:
    """A number's meaning under the number, its text, and its text with a leading zero."""
    words = {spelt: meaning for number, meaning in table.items() for spelt in (str(number), f"0{number}")}
    return {**table, **words}
