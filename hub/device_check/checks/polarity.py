"""`valid` says the opposite of what the province's link declares, or is written in words of two kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import UNREADABLE, Heard, Step

DIGITS, BOOLEANS = {"0", "1"}, {"true", "false"}
RULES = ("polarity", "flagged-invalid")


class _Flag(msgspec.Struct):
    valid: object = None


_FLAGS = msgspec.json.Decoder(list[_Flag])
_FLAG = msgspec.json.Decoder(_Flag)


def _finds(evidence: Evidence) -> Iterator[Found]:
    words = Counter(word for message in evidence.of(Step.DATA, Step.RECORD) for word in _words(message))
    said = ", ".join(f"{word} ×{count}" for word, count in words.most_common())
    if words.keys() & DIGITS and words.keys() & BOOLEANS:
        yield Found(said, "valid", count=words.total())
    for each in evidence.by_rules(RULES[0])[:1]:
        flagged = evidence.by_rules(RULES[1])
        yield Found(f"{said}; valid = {evidence.valid_means}", "valid", each.message, each.row, len(flagged))


def _words(message: Heard) -> Iterator[str]:
    try:
        if message.step is Step.RECORD:
            flags = [_FLAG.decode(msgspec.json.encode(message.said))]
        else:
            flags = _FLAGS.decode(message.rows)
    except UNREADABLE:
        return
    yield from (str(flag.valid).strip().lower() for flag in flags if flag.valid is not None)


CHECK = Check(
    "polarity",
    (9,),
    Severity.ERROR,
    Words(
        "valid 的含义与本省约定相反，或同时用了两种写法",
        "`valid` means the opposite of what the province agreed on, or is written in two ways",
        "与省级平台确认 valid 取值含义（没有统一约定），全部数据用同一种写法",
        "ask the province what `valid` holds for a valid value (no rule is common) and write it one way",
    ),
    _finds,
    rules=RULES,
)
