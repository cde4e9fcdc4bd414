"""The one query builder of the registry's lists: conditions, order, pages and reach over any noun's columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa
from sqlalchemy import Connection, Row, Select, func, select

from graph.errors import InvalidInput
from graph.ports import Ask, Order, Page
from hub.stores.registry.conditions import beyond, holds, within
from hub.stores.registry.cursors import Cursors, Keyset
from hub.stores.registry.nouns import Noun, Shown, noun_called

BY_ID = Order("id")


class Answer(Protocol):
    """Rows of an executed statement."""

    def all(self) -> Sequence[Any]:
        """Every row, a tuple each."""
        ...

    def scalar_one(self) -> Any:
        """The one value of the one row."""
        ...


class Executing(Protocol):
    """A connection, or whatever else answers a statement."""

    def execute(self, statement: Select[Any], /) -> Answer:
        """Run it."""
        ...


def page(connection: Connection, ask: Ask) -> Page:
    """One page of a noun. Raises InvalidInput for an unknown noun, column or cursor, or a value of another kind."""
    return page_of(connection, noun_called(ask.noun), ask)


def page_of(connection: Executing, noun: Noun, ask: Ask) -> Page:
    """One page of this noun, asked of whatever holds it. Raises InvalidInput as `page` does."""
    keyset = _keyset(noun, ask.order or BY_ID)
    seen = noun.select().where(*within(noun.reach, ask.reach), *(holds(noun, c) for c in ask.where))
    rows = connection.execute(_turned(noun, keyset, seen, ask)).all()
    kept = rows if ask.first is None else rows[: ask.first]
    total = _count(connection, seen) if ask.want_total else None
    return Page(table_of(noun, kept), _cursors(noun, keyset, kept), len(rows) > len(kept), total)


def _keyset(noun: Noun, order: Order) -> Keyset:
    column = noun.column(order.column)
    if not column.is_orderable:
        raise InvalidInput(f"{column.name} is prose, a list of {noun.name} cannot be ordered by it", "order")
    return Keyset(noun.name, column, order.descending)


def _turned(noun: Noun, keyset: Keyset, seen: Select[Any], ask: Ask) -> Select[Any]:
    """The rows in their order, from the cursor on, one more than asked for so that the end is known."""
    order, id_, down = keyset.order, noun.columns["id"], keyset.descending
    if ask.after is not None:
        value, row_id = keyset.decode(ask.after)
        seen = seen.where(beyond(order, id_, value, row_id, descending=down))
    if order.nullable:
        seen = seen.order_by(order.source.is_(None))
    keys = [column.source for column in ((order, id_) if order is not id_ else (id_,))]
    seen = seen.order_by(*(key.desc() if down else key for key in keys))
    return seen if ask.first is None else seen.limit(ask.first + 1)


def _count(connection: Executing, seen: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(seen.subquery())).scalar_one())


def _cursors(noun: Noun, keyset: Keyset, rows: Sequence[Row[Any]]) -> Cursors:
    names = list(noun.columns)
    value, row_id = names.index(keyset.order.name), names.index("id")
    return Cursors(keyset, [row[value] for row in rows], [row[row_id] for row in rows])


def table_of(noun: Noun, rows: Sequence[Row[Any]]) -> pa.Table:
    """Rows of `noun.select()` as an Arrow table of the noun's types."""
    return arrow_table(list(noun.columns.values()), rows)


def arrow_table(columns: Sequence[Shown], rows: Sequence[Row[Any]]) -> pa.Table:
    """Rows as columns."""
    schema = pa.schema([(column.name, column.arrow) for column in columns])
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(cells, field.type) for cells, field in zip(values, schema, strict=True)]
    return pa.table(arrays, schema=schema)
