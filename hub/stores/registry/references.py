"""What the rows of an upsert refer to, wherever they name it: in their key, in another cell, or as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.model.region import DivisionTree
from hub.stores.registry.cells import plain
from hub.stores.registry.entering import Entering
from hub.stores.registry.known import Known, load

Key = tuple[Any, ...]
REFERENCES = {"inspection": "inspection", "order_number": "rectification_order"}  # column -> noun


@dataclass(frozen=True)
class Named:
    """The rows of an upsert, each with its key and its cells, and the rows that stand under these keys."""

    entering: Entering
    given: Sequence[tuple[Key, Mapping[str, Any]]]
    stored: Mapping[Key, Mapping[str, Any]]

    def named(self, column: str) -> set[str]:
        """What rows name in a column; what cannot be read becomes a fault later."""
        if column in self.entering.key:
            place = self.entering.key.index(column)
            return {key[place] for key, _ in self.given if key[place] is not None}
        if column not in self.entering.cells:
            return set()
        cell, found = self.entering.cells[column], {row[column] for row in self.stored.values()}
        for _, cells in self.given:
            with suppress(InvalidInput):
                found.add(plain(cell.value(cells.get(column))))
        return found - {None}


def known_of(connection: Connection, noun: str, rows: Named, tree: DivisionTree) -> Known:
    """All regions and agencies, and the units, inspections and orders these rows name."""
    return load(
        connection,
        tree,
        rows.named("unit"),
        more_regions=rows.named("code") if noun == "region" else (),
        referred={noun: rows.named(column) for column, noun in REFERENCES.items()},
    )
