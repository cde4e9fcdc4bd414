"""The one query builder of the registry's lists: conditions, order, pages and reach over any noun's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, func, literal_column, not_, select

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
    seen = _seen(noun, ask)
    after = _cut(noun, keyset, ask.after, "after")
    before = _cut(noun, keyset, ask.before, "before")
    between = seen.where(*(cut for cut in (after, before) if cut is not None))
    backwards, size = ask.last is not None, ask.first if ask.last is None else ask.last
    rows = connection.execute(_turned(noun, keyset, between, size, backwards=backwards)).all()
    kept, more = rows[:size], size is not None and len(rows) > size
    kept = kept[::-1] if backwards else kept
    return Page(
        table_of(noun, kept),
        _cursors(noun, keyset, kept),
        has_next=(more and not backwards) or _is_any_cut_off(connection, seen, before),
        has_previous=(more and backwards) or _is_any_cut_off(connection, seen, after),
        total=_count(connection, seen) if ask.want_total else None,
    )


def counts(connection: Connection, ask: Ask, by: str, latest: str | None) -> pa.Table:
    """Rows of a noun by a column's values. Raises InvalidInput for an unknown noun or column."""
    return counts_of(connection, noun_called(ask.noun), ask, by, latest)


def counts_of(connection: Executing, noun: Noun, ask: Ask, by: str, latest: str | None) -> pa.Table:
    """The same of this noun, asked of whatever holds it, in one statement."""
    key, last = noun.column(by), noun.column(latest) if latest else None
    rows = Shown("rows", func.count(), nullable=False, arrow=pa.int64())
    shown = [key, rows, *([replace(last, source=func.max(last.source))] if last else [])]
    seen = _seen(noun, ask).with_only_columns(*(column.source.label(column.name) for column in shown))
    grouped = seen.group_by(key.source).order_by(key.source)
    return arrow_table(shown, connection.execute(grouped).all())


def _seen(noun: Noun, ask: Ask) -> Select[Any]:
    """The whole list, within the asker's reach."""
    return noun.select().where(*within(noun.reach, ask.reach), *(holds(noun, c) for c in ask.where))


def _keyset(noun: Noun, order: Order) -> Keyset:
    column = noun.column(order.column)
    if not column.is_orderable:
        raise InvalidInput(f"{column.name} is prose, a list of {noun.name} cannot be ordered by it", "order")
    return Keyset(noun.name, column, order.descending)


def _cut(noun: Noun, keyset: Keyset, cursor: str | None, place: str) -> ColumnElement[bool] | None:
    """The rows a cursor leaves: those after it, or before it; None where none was given."""
    if cursor is None:
        return None
    value, row_id = keyset.decode(cursor, place)
    id_, down = noun.columns["id"], keyset.descending
    return beyond(keyset.order, id_, value, row_id, descending=down, backwards=place == "before")


def _is_any_cut_off(connection: Executing, seen: Select[Any], cut: ColumnElement[bool] | None) -> bool:
    """Whether a cursor leaves out any row of the list."""
    if cut is None:
        return False
    one = seen.with_only_columns(literal_column("1", Integer)).where(not_(cut)).limit(1)
    return bool(connection.execute(one).all())


def _turned(
    noun: Noun, keyset: Keyset, seen: Select[Any], size: int | None, *, backwards: bool
) -> Select[Any]:
    """The rows in their order, or against it, one more than the page's size so that its end is known."""
    order, id_, down = keyset.order, noun.columns["id"], keyset.descending is not backwards
    if order.nullable:
        nulls = order.source.is_(None)  # last in the list's order, whichever way that goes
        seen = seen.order_by(nulls.desc() if backwards else nulls)
    keys = [column.source for column in ((order, id_) if order is not id_ else (id_,))]
    seen = seen.order_by(*(key.desc() if down else key for key in keys))
    return seen if size is None else seen.limit(size + 1)


def _count(connection: Executing, seen: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(seen.subquery())).scalar_one())


def _cursors(noun: Noun, keyset: Keyset, rows: Sequence[Row[Any]]) -> Cursors:
    names = list(noun.columns)
    value, row_id = names.index(keyset.order.name), names.index("id")
    return Cursors(keyset, [row[value] for row in rows], [row[row_id] for row in rows])


def table_of(noun: Noun, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of `noun.select()` as an Arrow table of the noun's types."""
    return arrow_table(list(noun.columns.values()), rows)


def arrow_table(columns: Sequence[Shown], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as columns."""
    schema = pa.schema([(column.name, column.arrow) for column in columns])
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(cells, field.type) for cells, field in zip(values, schema, strict=True)]
    return pa.table(arrays, schema=schema)
