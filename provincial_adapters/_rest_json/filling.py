"""Placeholders of a request: `{day}` and its like in a path, a query and a body, and what stands for each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from graph.errors import InvalidInput
from graph.model.period import BEIJING, midnight
from provincial_adapters._toolkit.columns import BEIJING_FORMAT, label_pattern

DATES = frozenset({"day", "from", "to"})
TURNS = frozenset({"page", "size", "offset", "cursor"})
UNIT = "unit"
ASKED = DATES | TURNS | {UNIT}  # what a request for readings may hold
SIGNING_IN = frozenset({"user", "secret"})  # what a request for a token may hold
EPOCHS = {"unix_s": 1, "unix_ms": 1000}  # a second's share, where a moment is a number since 1970
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LEFT_OUT: Final = object()


@dataclass(frozen=True)
class Dates:
    """How a day and its two ends are written (日期格式); `to` is the next midnight or the day's last second."""

    day: str = "%Y-%m-%d"
    begin: str = BEIJING_FORMAT
    end: str = BEIJING_FORMAT
    last_second: bool = False

    def of(self, day: dt.date) -> dict[str, str | int]:
        """What stands for a Beijing day in a request."""
        begin, end = midnight(day), midnight(day + dt.timedelta(days=1))
        if self.last_second:
            end -= dt.timedelta(seconds=1)
        moments = {"day": (self.day, begin), "from": (self.begin, begin), "to": (self.end, end)}
        return {name: _written(moment, form) for name, (form, moment) in moments.items()}


def date_form(text: str) -> str:
    """A format of a date as a request writes it. Raises InvalidInput."""
    if text not in EPOCHS:
        label_pattern(text)
    return text


def _written(moment: dt.datetime, form: str) -> str | int:
    if form in EPOCHS:
        return int(moment.timestamp()) * EPOCHS[form]
    return moment.astimezone(BEIJING).strftime(form)


def placeholders(template: Any) -> set[str]:
    """What a text, or the texts of a body, leave open."""
    if isinstance(template, str):
        return set(_PLACEHOLDER.findall(template))
    if isinstance(template, Mapping):
        return {name for value in template.values() for name in placeholders(value)}
    if isinstance(template, list):
        return {name for value in template for name in placeholders(value)}
    return set()


def check_known(template: Any, known: frozenset[str]) -> None:
    """Raise InvalidInput for a placeholder nobody fills."""
    if unknown := sorted(placeholders(template) - known):
        listed = ", ".join(f"{{{name}}}" for name in unknown)
        raise InvalidInput(f"unknown {listed}, expected {', '.join(f'{{{name}}}' for name in sorted(known))}")


def filled(template: Any, values: Mapping[str, str | int | None]) -> Any:
    """A template with everything filled in. A text that is one placeholder becomes the number where that is one.

    What is one placeholder with nothing to stand for it, as a cursor before the first page, is left out.
    """
    found = _filled(template, values)
    return None if found is _LEFT_OUT else found


def _filled(template: Any, values: Mapping[str, str | int | None]) -> Any:
    if isinstance(template, str):
        return _text(template, values)
    if isinstance(template, Mapping):
        pairs = ((key, _filled(value, values)) for key, value in template.items())
        return {key: value for key, value in pairs if value is not _LEFT_OUT}
    if isinstance(template, list):
        return [value for value in (_filled(value, values) for value in template) if value is not _LEFT_OUT]
    return template


def _text(template: str, values: Mapping[str, str | int | None]) -> Any:
    if whole := _PLACEHOLDER.fullmatch(template):
        value = values.get(whole[1])
        return _LEFT_OUT if value is None else value
    return _PLACEHOLDER.sub(lambda found: _plain(values.get(found[1])), template)


def _plain(value: str | int | None) -> str:
    return "" if value is None else str(value)


def filled_path(template: str, values: Mapping[str, str | int | None]) -> str:
    """A path with everything filled in, each value as one piece of it."""
    return _PLACEHOLDER.sub(lambda found: quote(_plain(values.get(found[1])), safe=""), template)
