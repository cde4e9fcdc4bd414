"""Opaque cursors (游标): where a page begins or ends, as the order's value and the row's id, fit for a URL."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, overload

from graph.errors import InvalidInput
from hub.stores.registry.columns import Scaled, python_type
from hub.stores.registry.nouns import Shown

CURSOR_MAX = (
    4_096  # characters; the longest orderable text is 500, at most 12 a letter in JSON's escapes and base64
)


@dataclass(frozen=True)
class Keyset:
    """The order that cursors of a list belong to; one of another order is refused."""

    noun: str
    order: Shown
    descending: bool

    def encode(self, value: Any, row_id: int) -> str:
        """The cursor of the row with this value in the order's column and this id."""
        plain = value if value is None or isinstance(value, (str, int, bool)) else str(value)
        text = json.dumps([self._name, plain, row_id], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def decode(self, cursor: str, place: str) -> tuple[Any, int]:
        """The value and the id a cursor holds, given as `place`. Raises InvalidInput for one of no or another order."""
        if len(cursor) > CURSOR_MAX:
            raise InvalidInput(f"longer than any cursor ({CURSOR_MAX} characters)", place)
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            name, value, row_id = json.loads(raw)
            typed = self._typed(value)
        except (ValueError, TypeError, ArithmeticError, RecursionError) as fault:
            raise InvalidInput(f"{cursor[:64]!r} is no cursor", place) from fault
        if name != self._name or type(row_id) is not int or (typed is None and not self.order.nullable):
            raise InvalidInput(f"{cursor[:64]!r} is no cursor of this list and order", place)
        return typed, row_id

    @property
    def _name(self) -> str:
        return f"{self.noun}.{self.order.name}{'-' if self.descending else '+'}"

    def _typed(self, value: Any) -> Any:
        """JSON's text back as what the column holds; the binding checks the rest."""
        if value is None or not isinstance(value, str):
            return value
        type_ = self.order.source.type
        if isinstance(type_, Scaled):
            return Decimal(value)
        read = {dt.date: dt.date.fromisoformat, dt.datetime: dt.datetime.fromisoformat}.get(
            python_type(type_)
        )
        return value if read is None else read(value)


class Cursors(Sequence[str]):
    """The cursors of a page, written only when somebody looks at them."""

    def __init__(self, keyset: Keyset, values: Sequence[Any], ids: Sequence[int]) -> None:
        self._keyset, self._values, self._ids = keyset, values, ids

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Cursors: ...
    def __getitem__(self, index: int | slice) -> str | Cursors:
        if isinstance(index, slice):
            return Cursors(self._keyset, self._values[index], self._ids[index])
        return self._keyset.encode(self._values[index], self._ids[index])

    def __len__(self) -> int:
        return len(self._ids)
