"""What a link of the AK dialect may declare: the name, the quirks and their defaults."""

from __future__ import annotations

from typing import Any

from graph.model.sync_run import Link
from provincial_adapters._nhjc04.quirks import QUIRKS as OF_NHJC04
from provincial_adapters._nhjc_ak.keys import KeyForm
from provincial_adapters._toolkit.devices import APPROVAL
from provincial_adapters._toolkit.dialect import Quirk, one_of, whole_number

NAME = "nhjc_ak"
UNTIL, FROM = "until", "from"
TOKEN_S = 7_200  # of a token: two hours
TOKEN_S_MIN, TOKEN_S_MAX = 60, 30 * 86_400  # a month where devices are slow to ask for another

# Of NHJC-04's: devices of either dialect have the same clocks. Which of two equal labels came first is not known of records
# that come one by one, so a clock of twelve hours cannot be read.
_SHARED = {"realtime_minutes", "valid_means", "registration", APPROVAL.key, "labels", "day_begins"}
_TWENTY_FOUR = {"hours": 24}

QUIRKS = (
    *(quirk for quirk in OF_NHJC04 if quirk.key in _SHARED),
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
    return _TWENTY_FOUR | {quirk.key: link.quirks.get(quirk.key, quirk.default) for quirk in QUIRKS}
