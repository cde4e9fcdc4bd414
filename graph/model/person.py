"""Responsible persons (责任人): how they are reached is for those who need it, and written into no file in clear."""

from __future__ import annotations

import re

MASK = "****"
_LONG = 11  # digits of a mobile number: of fewer, what would be left says too much
_HEAD, _TAIL = 3, 4
CHANGED = " (changed)"  # behind a masked number that took another's place: the two may look alike
_MASKED = re.compile(rf"([0-9]{{{_HEAD}}}\*{{4}}[0-9]{{{_TAIL}}}|\*{{4}})({re.escape(CHANGED)})?")


def masked_phone(number: str) -> str:
    """A telephone number as files show it: 138****5678; of a short one nothing is left."""
    digits = re.sub(r"[^0-9]", "", number)
    return f"{digits[:_HEAD]}{MASK}{digits[-_TAIL:]}" if len(digits) >= _LONG else MASK


def masked_change(before: str | None, after: str | None) -> str | None:
    """The later of two numbers as the audit keeps it: masked, and whether it took another's place."""
    if after is None:
        return None
    return masked_phone(after) + (CHANGED if before not in (None, after) else "")


def is_masked(text: str) -> bool:
    """Whether a text is a number that was masked."""
    return _MASKED.fullmatch(text) is not None
