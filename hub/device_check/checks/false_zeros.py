"""A value that is missing is sent as 0.00, as the rule for false zeros tells."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words

RULE = "false-zero"


def _finds(evidence: Evidence) -> Iterator[Found]:
    yield from evidence.first_of_each_point(RULE, field="dataValue")


CHECK = Check(
    "false-zeros",
    (1,),
    Severity.ERROR,
    Words(
        "缺测的数据被写成 0.00 上传",
        "a missing value is sent as 0.00",
        "缺测时不要上传该条数据；取到真值后按原时间标签补传",
        "leave a row out while its value is missing, and send it under its own label once it is known",
    ),
    _finds,
    rules=(RULE,),
)
