"""What a link of the AK dialect may declare: the name, the quirks and their defaults."""

from __future__ import annotations

from typing import Any

from graph.model.sync_run import Link
from provincial_adapters._nhjc04.words import REALTIME_MINUTES, VALID_WORDS, as_word
from provincial_adapters._nhjc_ak.keys import KeyForm
from provincial_adapters._toolkit.devices import APPROVAL
from provincial_adapters._toolkit.dialect import Quirk, one_of, whole_number

NAME = "nhjc_ak"
LISTED, CLOSED = "listed", "closed"
UNTIL, FROM = "until", "from"
TOKEN_S, TOKEN_S_MIN, TOKEN_S_MAX = (
    7_200,
    60,
    30 * 86_400,
)  # of a token: two hours; a month where clocks are bad


def _minutes_fault(minutes: Any) -> str | None:
    if type(minutes) is int and minutes in REALTIME_MINUTES:
        return None
    return f"came {minutes!r:.64}, expected one of {', '.join(map(str, REALTIME_MINUTES))}"


def _polarity_fault(word: Any) -> str | None:
    if word is None or as_word(word) in VALID_WORDS:
        return None
    return f"came {word!r:.64}, expected 0, 1, true or false"


QUIRKS = (
    Quirk("realtime_minutes", "length of a realtime period (statType 0)", 15, fault=_minutes_fault),
    Quirk(
        "valid_means",
        "what `valid` holds for a valid reading; undeclared, it is ignored",
        fault=_polarity_fault,
    ),
    Quirk(
        "registration",
        "`listed`: any unit on the roster may apply for its device; `closed`: nobody applies or configures",
        LISTED,
        fault=one_of(LISTED, CLOSED),
    ),
    APPROVAL,
    Quirk(
        "secret_key_form",
        "`text`: the 16 letters of secretKey are the SM4 key; `hex`: it is 32 hexadecimal digits",
        KeyForm.TEXT.value,
        fault=one_of(*(form.value for form in KeyForm)),
    ),
    Quirk(
        "unauthorized_status",
        "HTTP status of an answer whose responseCode is 401",
        200,
        fault=one_of(200, 401),
    ),
    Quirk("token_seconds", "how long a token counts", TOKEN_S, fault=whole_number(TOKEN_S_MIN, TOKEN_S_MAX)),
    Quirk(
        "ak_valid_at",
        "`until`: akValidAt is when the token ends; `from`: when it was made",
        UNTIL,
        fault=one_of(UNTIL, FROM),
    ),
)


def settled(link: Link) -> dict[str, Any]:
    """A link's quirks with defaults; they were checked when the link was kept."""
    return {quirk.key: link.quirks.get(quirk.key, quirk.default) for quirk in QUIRKS}
