"""What the audit trail never shows in clear: how persons are reached, and what opens anything."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

HIDDEN = frozenset(
    {"phone", "secret_hash", "password", "totp", "invitation", "sealed", "issuer_secret", "token", "secret"}
)
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
    if text is None or not any(f'"{name}"' in text for name in HIDDEN):
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
    return {
        name: MASK if name in HIDDEN and value is not None else _without(value)
        for name, value in values.items()
    }
