"""What a link declares of an existing platform above that units' readings are handed to, whichever dialect it speaks."""

from __future__ import annotations

from typing import Any

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from provincial_adapters._toolkit.dialect import Quirk, one_of, whole_number

UNITS_MAX = 20_000  # all there are in the country, and some


def _units(value: Any) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= UNITS_MAX:
        return f"came {value!r:.64}, expected a list of 1 to {UNITS_MAX} credit codes"
    for code in value:
        try:
            CreditCode(str(code))
        except MalformedCode as fault:
            return str(fault)
    return None


def header(value: Any) -> str | None:
    """A quirk that takes the name of a header of HTTP."""
    is_name = (
        isinstance(value, str)
        and 1 <= len(value) <= 64
        and value.replace("-", "").isalnum()
        and value.isascii()
    )
    return None if is_name else f"came {value!r:.64}, expected the name of a header"


def path(value: Any) -> str | None:
    """A quirk that takes a path below a link's address."""
    is_path = isinstance(value, str) and value.startswith("/") and len(value) <= 200 and value.isprintable()
    return None if is_path else f"came {value!r:.64}, expected a path such as /enterprise/register"


PLATFORM_QUIRKS = (
    Quirk("units", "which units are handed over; undeclared, all of the province", fault=_units),
    Quirk(
        "valid_means",
        "what `valid` holds for a valid reading over there, or `none` where no such field is wanted",
        required=True,
        fault=one_of("0", "1", "true", "false", "none"),
    ),
    Quirk("realtime_minutes", "length of a realtime period (statType 0)", 15, fault=one_of(15, 60)),
    Quirk("hyphens", "whether data codes have their hyphens", default=True, fault=one_of(True, False)),
    Quirk("numbers_as_text", "whether numbers are text", default=True, fault=one_of(True, False)),
    Quirk("estimated_as", "inputType of estimated and derived values", 1, fault=whole_number(1, 7)),
)
