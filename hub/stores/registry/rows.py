"""The one query builder of the registry's lists: conditions, order, pages and reach over any noun's columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    func,
    literal_column,
    select,
    union_all,
)

from graph.errors import InvalidInput
from graph.ports import Ask, Condition, Order, Page
from hub.stores.registry import access_ends
from hub.stores.registry.conditions import Cut, beyond, holds, within
from hub.stores.registry.cursors import Cursors, Keyset
from hub.stores.registry.nouns import NOUNS, Noun, Nouns, Shown, noun_called

BY_ID = Order("id")
UNPAGED = (None,) * 6
SOME = 16  # texts of one condition; more are asked for anew, lest what is remembered be their sum
Ordered: TypeAlias = Sequence[ColumnElement[Any]]


class Answer(Protocol):
    """Rows of an executed statement."""

    def all(self) -> Sequence[Any]:
        """Every row, a tuple each."""
        ...


class Executing(Protocol):
    """A connection, or whatever else answers a statement."""

    def execute(self, statement: Select[Any], /) -> Answer:
        """Run it."""
        ...


@dataclass(frozen=True)
class OnDay:
    """A connection on a day, which lists that speak of what was reached by today are bound to."""

    connection: Connection
    today: dt.date

    def execute(self, statement: Select[Any], /) -> Answer:
        """Run it."""
        return self.connection.execute(statement, {access_ends.TODAY: self.today})


def is_by_values(ask: Ask) -> bool:
    """Whether an ask is for the rows that have some texts, as by their keys, and the answer changes only when rows do.

    Raises InvalidInput for an unknown noun.
    """
    if not ask.where or ask.want_total or noun_called(ask.noun).is_of_today:
        return False
    paged = (ask.order, ask.first, ask.after, ask.last, ask.before, ask.as_of)
    return paged == UNPAGED and all(map(_is_of_texts, ask.where))


def _is_of_texts(condition: Condition) -> bool:
    among = condition.value
    return isinstance(among, tuple) and len(among) <= SOME and all(type(each) is str for each in among)


def page(connection: Executing, ask: Ask, nouns: Nouns = NOUNS) -> Page:
    """One page of one of these nouns, asked of whatever holds it.

    Raises InvalidInput for an unknown noun, column or cursor, or a value of another kind.
    """
    return pages(connection, [ask], nouns)[0]


def pages(connection: Executing, asks: Sequence[Ask], nouns: Nouns = NOUNS) -> list[Page]:
    """A page for each ask, where these differ in nothing but their conditions. Raises InvalidInput as `page` does.

    They take as many statements as one of them: a list's rows, what its cursors cut off, its total.
    """
    ask, noun = asks[0], noun_called(asks[0].noun, nouns)
    keyset = _keyset(noun, ask.order or BY_ID)
    _check_present(ask)
    seen = [_seen(noun, each) for each in asks]
    after = _cut(noun, keyset, ask.after, "after")
    before = _cut(noun, keyset, ask.before, "before")
    cuts = [cut.left for cut in (after, before) if cut is not None]
    backwards, size = ask.last is not None, ask.first if ask.last is None else ask.last
    turned = [_turned(noun, keyset, each.where(*cuts), size, backwards=backwards) for each in seen]
    follows, precedes = _are_cut_off(connection, seen, before), _are_cut_off(connection, seen, after)
    totals = _totals(connection, seen) if ask.want_total else [None] * len(asks)
    found = []

    def in_order(rows: FromClause) -> Ordered:
        return _in_order(keyset, rows.c[keyset.order.name], rows.c["id"], backwards=backwards)

    for place, rows in enumerate(_each(connection, turned, in_order)):
        kept, more = rows[:size], size is not None and len(rows) > size
        kept = kept[::-1] if backwards else kept
        page = Page(
            table_of(noun, kept),
            _cursors(noun, keyset, kept),
            has_next=(more and not backwards) or follows[place],
            has_previous=(more and backwards) or precedes[place],
            total=totals[place],
        )
        found.append(page)
    return found


def counts(
    connection: Executing, ask: Ask, by: str, latest: str | None = None, nouns: Nouns = NOUNS
) -> pa.Table:
    """Rows of a noun by a column's values, in one statement. Raises InvalidInput for an unknown noun or column."""
    noun = noun_called(ask.noun, nouns)
    _check_present(ask)
    key, last = noun.column(by), noun.column(latest) if latest else None
    rows = Shown("rows", func.count(), nullable=False, arrow=pa.int64())
    shown = [key, rows, *([replace(last, source=func.max(last.source))] if last else [])]
    seen = _seen(noun, ask).with_only_columns(*(column.source.label(column.name) for column in shown))
    grouped = seen.group_by(key.source).order_by(key.source)
    return arrow_table(shown, connection.execute(grouped).all())


def _seen(noun: Noun, ask: Ask) -> Select[Any]:
    """The whole list, within the asker's reach."""
    return noun.all_rows.where(*within(noun.reach, ask.reach), *(holds(noun, c) for c in ask.where))


def _check_present(ask: Ask) -> None:
    if ask.as_of is not None:
        raise InvalidInput(f"a list of {ask.noun} is told of now only", "asOf")


def _keyset(noun: Noun, order: Order) -> Keyset:
    column = noun.column(order.column)
    if not column.is_orderable:
        raise InvalidInput(f"{column.name} is prose, a list of {noun.name} cannot be ordered by it", "order")
    return Keyset(noun.name, column, order.descending)


def _cut(noun: Noun, keyset: Keyset, cursor: str | None, place: str) -> Cut | None:
    """The rows a cursor leaves, those after it or before it, and the others; None where none was given."""
    if cursor is None:
        return None
    value, row_id = keyset.decode(cursor, place)
    id_, down = noun.columns["id"], keyset.descending
    return beyond(keyset.order, id_, value, row_id, descending=down, backwards=place == "before")


def _as_they_come(_rows: FromClause) -> Ordered:
    return ()


def _each(
    connection: Executing,
    lists: Sequence[Select[Any]],
    order: Callable[[FromClause], Ordered] = _as_they_come,
) -> list[Sequence[Sequence[Any]]]:
    """The rows of each list, all asked in one statement; `order` says it of the rows of several together."""
    if len(lists) == 1:
        return [connection.execute(lists[0]).all()]
    parts = [
        select(literal_column(str(number), Integer).label("list_"), *each.subquery().c)
        for number, each in enumerate(lists)
    ]
    together = union_all(*parts).subquery()
    found: list[list[Sequence[Any]]] = [[] for _ in lists]
    for number, *row in connection.execute(select(together).order_by(*order(together))).all():
        found[number].append(row)
    return list(found)


def _are_cut_off(connection: Executing, lists: Sequence[Select[Any]], cut: Cut | None) -> list[bool]:
    """Whether a cursor leaves out any row of each list."""
    if cut is None:
        return [False] * len(lists)
    one = literal_column("1", Integer).label("one_")
    left = [each.with_only_columns(one).where(cut.off).limit(1) for each in lists]
    return [bool(rows) for rows in _each(connection, left)]


def _totals(connection: Executing, lists: Sequence[Select[Any]]) -> list[int]:
    counted = [select(func.count().label("rows_")).select_from(each.subquery()) for each in lists]
    return [int(count) for ((count,),) in _each(connection, counted)]


def _turned(
    noun: Noun, keyset: Keyset, seen: Select[Any], size: int | None, *, backwards: bool
) -> Select[Any]:
    """The rows in their order, or against it, one more than the page's size so that its end is known."""
    id_ = noun.columns["id"]
    seen = seen.order_by(*_in_order(keyset, keyset.order.source, id_.source, backwards=backwards))
    return seen if size is None else seen.limit(size + 1)


def _in_order(
    keyset: Keyset, value: ColumnElement[Any], id_: ColumnElement[Any], *, backwards: bool
) -> Ordered:
    down = keyset.descending is not backwards
    keys = [value] if keyset.order.name == "id" else [value, id_]
    ordered = [key.desc() if down else key for key in keys]
    if keyset.order.nullable:
        nulls = value.is_(None)  # last in the list's order, whichever way that goes
        ordered.insert(0, nulls.desc() if backwards else nulls)
    return ordered


def _cursors(noun: Noun, keyset: Keyset, rows: Sequence[Sequence[Any]]) -> Cursors:
    names = list(noun.columns)
    value, row_id = names.index(keyset.order.name), names.index("id")
    return Cursors(keyset, [row[value] for row in rows], [row[row_id] for row in rows])


def table_of(noun: Noun, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of `noun.all_rows` as an Arrow table of the noun's types."""
    return arrow_table(list(noun.columns.values()), rows)


def arrow_table(columns: Sequence[Shown], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as columns."""
    schema = pa.schema([(column.name, column.arrow) for column in columns])
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(cells, field.type) for cells, field in zip(values, schema, strict=True)]
    return pa.table(arrays, schema=schema)
