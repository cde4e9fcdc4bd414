"""After a 401 the device goes on with the token that has ended."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Fate, Step

IN_A_ROW = 3  # one that is under way and one that was queued may follow the first


def _finds(evidence: Evidence) -> Iterator[Found]:
    refused = 0
    for message in evidence.heard:
        if message.step is Step.AK:
            refused = 0
        elif message.fate is Fate.UNAUTHORIZED:
            refused += 1
            if refused == IN_A_ROW:
                yield Found(f"401 ×{refused}, {message.path}", "token", message.number)
                return


CHECK = Check(
    "endless-401",
    (12,),
    Severity.ERROR,
    Words(
        "收到 401 后不重新申请令牌，一直用旧令牌重试",
        "after a 401 it goes on with the token that has ended, without end",
        "收到 401 立即调用 requestAK 取新令牌，再重发该条数据",
        "ask requestAK for another token at the first 401, then send the record again",
    ),
    _finds,
    live=True,
)
