"""The device calls addresses of its own instead of those it was given when it registered."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    strayed = [message for message in evidence.heard if message.at_given_address is False]
    if strayed:
        yield Found(strayed[0].path, "", strayed[0].number, None, len(strayed))


CHECK = Check(
    "hard-coded-urls",
    (11,),
    Severity.ERROR,
    Words(
        "使用写死的地址，没有用注册应答下发的地址",
        "addresses are hard-coded: those of the register answer are not used",
        "每次注册后使用应答中的 centerInfoURL、centerDataURL、loadDicVersionURL 等地址",
        "use centerInfoURL, centerDataURL, loadDicVersionURL and the others as the register answer gives them",
    ),
    _finds,
    live=True,
)
