"""Rows that are not all alike, one by one: what can be read is kept as text, a row that is none is refused by number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from graph.errors import MalformedBody
from graph.model.verdict import Rejection
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._rest_json.answers import parsed
from provincial_adapters._toolkit.rejected import rejection

Path = tuple[str, ...]


class Naming(Protocol):
    """What columns are called, and which objects are looked into."""

    def opens(self, path: Path) -> bool:
        """Whether an object at this place is looked into."""
        ...

    def of(self, path: Path) -> str:
        """The name of a column."""
        ...


def read_odd(rows: Sequence[msgspec.Raw], names: Naming) -> Lines:
    """The rows as columns of text, numbered from 1; a column of nothing but truths stays one."""
    columns: dict[str, list[Any]] = {}
    numbers: list[int] = []
    refused: list[Rejection] = []
    for number, row in enumerate(rows, 1):
        try:
            fields = _fields(row)
        except MalformedBody as fault:
            refused.append(
                rejection(number, "malformed-row", str(fault), bytes(row).decode(errors="replace"))
            )
            continue
        for path, value in _flat(fields, (), names):
            column = columns.setdefault(names.of(path), [])
            column += [None] * (len(numbers) - len(column))
            column.append(value)
        numbers.append(number)
    table = {name: _column(values, len(numbers)) for name, values in columns.items()}
    return Lines(pa.array(numbers, pa.int32()), pa.table(table), tuple(refused))


def _fields(row: msgspec.Raw) -> dict[str, Any]:
    found = parsed(row)
    if not isinstance(found, dict):
        raise MalformedBody("expected an object", "row")
    return found


def _flat(fields: dict[str, Any], above: Path, names: Naming) -> Iterator[tuple[Path, Any]]:
    for name, value in fields.items():
        path = (*above, name)
        if isinstance(value, dict) and names.opens(path):
            yield from _flat(value, path, names)
        else:
            yield path, value


def _column(values: list[Any], count: int) -> pa.Array:
    values = values + [None] * (count - len(values))
    if all(value is None or isinstance(value, bool) for value in values):
        return pa.array(values, pa.bool_() if any(value is not None for value in values) else pa.null())
    return pa.array(map(_text, values), pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False)
