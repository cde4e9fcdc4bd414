"""Refused records that come again unchanged are answered as before for an hour: a device resends them for months.

Judged each time they would fill the quarantine; never again, and a point that was mapped would be of no use.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from provincial_adapters._nhjc_ak.answers import WRONG, Answer
from provincial_adapters._nhjc_ak.records import Sent

AGAIN_S = 3_600  # then it is judged again
KEPT_MAX = 20_000  # refused records, 200 bytes each; of more the oldest are forgotten


class Remembered:
    """What refused records were answered; lives on one event loop."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, tuple[Answer, float]] = OrderedDict()

    def find(self, each: Sent, now_s: float) -> Answer | None:
        """The answer this very record got within the hour."""
        if not self._answers:
            return None
        found = self._answers.get(_name(each))
        return None if found is None or now_s - found[1] >= AGAIN_S else found[0]

    def keep(self, each: Sent, answer: Answer, now_s: float) -> None:
        """Remember a refusal; what may go better by itself is not remembered."""
        if answer.code == WRONG:
            self._answers[_name(each)] = answer, now_s
            if len(self._answers) > KEPT_MAX:
                self._answers.popitem(last=False)


def _name(each: Sent) -> bytes:
    return hashlib.sha256(f"{each.token.unit}\n{each.token.link}\n".encode() + each.raw).digest()
