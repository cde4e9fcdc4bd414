"""Responsible persons (责任人): how they are reached is for those who need it, and written into no file in clear."""

from __future__ import annotations

import re

MASK = "****"
_LONG = 11  # digits of a mobile number: of fewer, what would be left says too much
_HEAD, _TAIL = 3, 4


def masked_phone(number: str) -> str:
    """A telephone number as files show it: 138****5678; of a short one nothing is left."""
    digits = re.sub(r"[^0-9]", "", number)
    return f"{digits[:_HEAD]}{MASK}{digits[-_TAIL:]}" if len(digits) >= _LONG else MASK
