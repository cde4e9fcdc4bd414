"""What the audit trail never shows in clear: how persons are reached, and what opens anything."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

from graph.model.person import is_masked, masked_phone
from graph.model.rights import PERSONAL

HIDDEN = frozenset(
    {"secret_hash", "password", "totp", "invitation", "sealed", "issuer_secret", "token", "secret"}
)
MASKED = frozenset[str]().union(*PERSONAL.values())  # kept masked already, in rows of the registry
MASK = "***"
TOLD = ("before", "after", "detail")  # the columns of JSON


def masked(table: pa.Table) -> pa.Table:
    """The rows with a mask in the place of each value that is hidden; null stays null, so that one sees it came or went."""
    for name in TOLD:
        texts = [_masked(text) for text in table.column(name).to_pylist()]
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(texts, pa.string()))
    return table


def _masked(text: str | None) -> str | None:
    if text is None or not any(f'"{name}"' in text for name in HIDDEN | MASKED):
        return text
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        return MASK
    return orjson.dumps(_without(values)).decode()


def _without(values: Any) -> Any:
    if isinstance(values, list):
        return [_without(each) for each in values]
    if not isinstance(values, dict):
        return values
    return {name: _shown(name, value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    """Null stays null, so that one sees it came or went; a number keeps the ends that files show."""
    if value is None or name not in HIDDEN | MASKED:
        return _without(value)
    if name in HIDDEN or not isinstance(value, str):
        return MASK
    return value if is_masked(value) else masked_phone(value)
