"""The same upload comes again though it was acknowledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Fate, Heard, Step

AGAIN_FREELY = (Fate.LOST, Fate.REFUSED, Fate.UNAUTHORIZED)  # after these a device has to send again


def _finds(evidence: Evidence) -> Iterator[Found]:
    sent: dict[bytes, list[Heard]] = defaultdict(list)
    for message in evidence.of(Step.DATA, Step.RECORD):
        sent[message.content].append(message)
    for messages in sent.values():
        again = [later for earlier, later in pairwise(messages) if earlier.fate not in AGAIN_FREELY]
        if again:
            yield Found(f"= {messages[0].number}", "data", again[0].number, None, len(again))


CHECK = Check(
    "resent",
    (10,),
    Severity.WARNING,
    Words(
        "已应答成功的报文整批重发（平台只计一次，但浪费时段）",
        "a whole upload that was acknowledged is sent again (it counts once, and costs the slot)",
        "读到 RECEIVE SUCCESS 后记为已送达，只重发没有应答的报文",
        "mark an upload as delivered once RECEIVE SUCCESS is read, and resend only what was not answered",
    ),
    _finds,
)
