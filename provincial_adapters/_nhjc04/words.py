"""NHJC-04's words and ours, as tables: an unknown word is refused, never given a default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.model.data_code import Scope
from graph.model.period import Granularity
from graph.model.reading import Origin

HALF_HOUR = 30  # has no granularity in the store: shared out over quarter-hours (docs/adr/0033)
REALTIME_MINUTES = {
    15: Granularity.QUARTER_HOUR,
    HALF_HOUR: Granularity.QUARTER_HOUR,
    60: Granularity.HOUR,
}
INPUT_TYPES = 7  # 6 and 7 are one province's; 8 and 9 are ours and not for the wire
VALID_WORDS = {"0": "1", "1": "0", "true": "false", "false": "true"}  # what means valid, what then means not


def granularities(realtime_minutes: int) -> dict[Any, str]:
    """statType, as number or text, to granularity."""
    order = REALTIME_MINUTES[realtime_minutes], Granularity.DAY, Granularity.MONTH, Granularity.YEAR
    return _both_written({number: granularity.value for number, granularity in enumerate(order)})


def origins() -> dict[Any, str]:
    """inputType, as number or text, to origin."""
    return _both_written({n: Origin.of_number(n).value for n in range(1, INPUT_TYPES + 1)})


def scopes() -> dict[Any, Scope]:
    """scope, as number or text."""
    return _both_written({int(scope): scope for scope in Scope})


def polarity(valid_means: Any) -> dict[str, bool] | None:
    """What `valid` says, as lower-case text to flag; None where the link declares nothing (never guessed)."""
    if valid_means is None:
        return None
    word = as_word(valid_means)
    return {word: True, VALID_WORDS[word]: False}


def as_word(value: Any) -> str:
    """true, "TRUE" and True are one word; 1 and "1" another."""
    return str(value).strip().lower()


def _both_written(table: Mapping[int, Any]) -> dict[Any, Any]:
    """A number's meaning under the number, its text, and its text with a leading zero."""
    words = {spelt: meaning for number, meaning in table.items() for spelt in (str(number), f"0{number}")}
    return {**table, **words}
