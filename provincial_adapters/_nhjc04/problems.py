"""What can be wrong with a configuration: a stable code each, and its name in the words of the field."""

from __future__ import annotations

from collections.abc import Mapping

from provincial_adapters._toolkit.devices import Problem

ITEMS = "collectItemConfig"
NAMES = {
    "position-swapped": "经纬度填反",
    "position-outside": "位置不在中国境内",
    "position-unreadable": "经纬度无法识别",
    "other-enterprise": "企业代码与上报企业不一致",
    "other-province": "行政区划不属于本省",
    "malformed-region": "行政区划代码错误",
    "unknown-industry": "行业代码未知",
    "unknown-process": "所属工序未申报",
    "unknown-process-unit": "所属工序单元未申报",
    "malformed-data-code": "数据编码错误",
    "repeated-item": "采集项重复",
    "reversed-range": "下限大于上限",
    "malformed-bound": "上下限不是数值",
    "unknown-word": "取值不在码表中",
    "malformed-row": "内容无法识别",
    "too-many": "条数超过上限",
}


def problem(
    code: str,
    field: str,
    why: str,
    item: int | None = None,
    of: str = ITEMS,
    names: Mapping[str, str] = NAMES,
) -> Problem:
    """A problem of this code, by its name in a dialect."""
    return Problem(item, field, why, of, code, names[code])
