"""What a link of NHJC-04 may declare of its devices."""

from __future__ import annotations

from typing import Any

from provincial_adapters._nhjc04.ciphering import ENCRYPTION
from provincial_adapters._nhjc04.labels import LABEL_QUIRKS
from provincial_adapters._nhjc04.words import REALTIME_MINUTES, VALID_WORDS, as_word
from provincial_adapters._toolkit.devices import APPROVAL
from provincial_adapters._toolkit.dialect import Quirk, one_of

LISTED, CLOSED = "listed", "closed"


def _minutes_fault(minutes: Any) -> str | None:
    if type(minutes) is int and minutes in REALTIME_MINUTES:
        return None
    return f"came {minutes!r:.64}, expected 15, 30 or 60"


def _polarity_fault(word: Any) -> str | None:
    if word is None or as_word(word) in VALID_WORDS:
        return None
    return f"came {word!r:.64}, expected 0, 1, true or false"


QUIRKS = (
    Quirk(
        "realtime_minutes",
        "length of a realtime period (statType 0); values of 30 minutes are shared out over their quarter-hours",
        15,
        fault=_minutes_fault,
    ),
    Quirk(
        "valid_means",
        "what `valid` holds for a valid reading; undeclared, it is ignored",
        fault=_polarity_fault,
    ),
    Quirk(
        "registration",
        "`listed`: any unit on the roster may register a device; `closed`: nobody registers or configures one",
        LISTED,
        fault=one_of(LISTED, CLOSED),
    ),
    APPROVAL,
    *LABEL_QUIRKS,
    ENCRYPTION,
)
