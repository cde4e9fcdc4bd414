"""How one noun's rows lead to another's: batch functions for fields of a row.

A noun is given as itself, or, where two files name each other, as the name of its file.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from graph.execution.batched import Batch
from graph.execution.context import Info
from graph.execution.levels import keys_of
from graph.execution.nouns import Noun


def one(noun: Noun[Any] | str, *attributes: str) -> Batch:
    """The row whose key the parents hold in these attributes."""

    async def batch(parents: Sequence[Any], info: Info) -> Sequence[Any]:
        return await _noun(noun).look_up(info, keys_of(parents, *attributes))

    return batch


def many(noun: Noun[Any] | str, column: str, attribute: str) -> Batch:
    """The rows whose `column` is what the parents hold in `attribute`."""

    async def batch(parents: Sequence[Any], info: Info) -> Sequence[Any]:
        return await _noun(noun).below(info, column, [value for (value,) in keys_of(parents, attribute)])

    return batch


def _noun(noun: Noun[Any] | str) -> Noun[Any]:
    if isinstance(noun, Noun):
        return noun
    found: Noun[Any] = importlib.import_module(f"graph.types.{noun}").NOUN
    return found
