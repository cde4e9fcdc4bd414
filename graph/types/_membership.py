"""What organisations, their machines and their people have in common: kind, parts and roles, as lists of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

import pyarrow as pa

from graph.execution.batched import batched
from graph.execution.context import Info
from graph.model.principal import Part as PartOf
from graph.model.principal import Role as RoleOf
from graph.types._access_enums import Part, Role

WORD = TypeVar("WORD", bound=Enum)
WRITTEN = "words"  # behind a column's name: its words, as one text


def written(*columns: str) -> Callable[[pa.Table, Info], pa.Table]:
    """Shapes a table whose columns are words with blanks between, so that their fields can be lists."""

    def shape(table: pa.Table, _: Info) -> pa.Table:
        names = [f"{name}_{WRITTEN}" if name in columns else name for name in table.column_names]
        return table.rename_columns(names)

    return shape


def words(column: str, of: type[WORD], description: str) -> Any:
    """A field that lists the words of a column that was shaped by `written`, in the enumeration's order."""

    async def batch(parents: Sequence[Any], info: Info) -> list[list[WORD]]:  # noqa: ARG001 - a Batch's signature
        given = (getattr(parent, f"{column}_{WRITTEN}").split() for parent in parents)
        return [[word for word in of if word.value in found] for found in given]

    return batched(batch, description)


PARTS = words("parts", PartOf, "What of the programme it decides (职责分工); none unless it is an authority.")
ROLES = words("roles", RoleOf, "What it may do within its reach (角色).")
__all__ = ["PARTS", "ROLES", "Part", "Role", "written"]
