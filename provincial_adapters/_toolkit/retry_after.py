"""When a source that said no wants to be asked again: `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

SECONDS_DIGITS_MAX = 9  # thirty years; more is no answer


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from the answer on; None where it says nothing that can be read. A date is counted from the answer's own."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(rf"[0-9]{{1,{SECONDS_DIGITS_MAX}}}", said, re.ASCII):
        return float(said)
    then, now = _moment(said), _moment(headers.get("date", ""))
    return None if then is None or now is None else max(0.0, (then - now).total_seconds())


def _moment(said: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found
