"""What can be wrong with what a device of the AK dialect says of itself: a stable code each, and its Chinese name."""

from __future__ import annotations

from functools import partial

from provincial_adapters._nhjc04.problems import problem as named

NAMES = {
    "malformed-row": "内容无法识别",
    "missing": "缺少字段",
    "malformed-day": "日期无法识别",
    "malformed-term": "虚拟计量参数有误",
    "malformed-formula": "虚拟计量公式有误",
    "without-readings": "更换仪表未附新旧表底数",
    "unknown-instrument": "仪表未登记",
    "calibration-differs": "检定日期与登记不一致",
    "malformed-coefficient": "折标系数无法识别",
    "coefficient-differs": "折标系数与平台不一致",
    "old-dictionary": "数据字典版本过旧",
    "old-token": "反复使用已失效的 token",
}
problem = partial(named, names=NAMES)
