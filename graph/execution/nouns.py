"""A noun of a row source and the four ways a resolver asks for its rows: a page, by key, one, those below others.

Every ask carries the asker's reach. Keys and parents are asked for all at once, never one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

import pyarrow as pa
from strawberry.dataloader import DataLoader
from strawberry.utils.str_converters import to_camel_case

from graph.errors import InvalidInput, TooLarge
from graph.execution.arguments import Paging
from graph.execution.connection import Connection, connection
from graph.execution.context import Info, ask
from graph.execution.levels import Parted, Picked, Rows
from graph.execution.list_coverage import Listed
from graph.execution.selection import selects
from graph.ports import ROWS_PER_PAGE_MAX, Ask, Compare, Condition, Order, Page, RowSource

ROWS_BELOW_MAX = 50_000  # rows below all parents of one level: some 50 MB of objects; more is for pages
PARENTS_MAX = 1_000  # rows that lists are paged below; all counties of three provinces are fewer
LISTS_AT_ONCE = 100  # paged in one statement: SQLite joins no more than 500
VALUES_AT_ONCE = 20_000  # that they are filtered by in all: SQLite binds no more than 32 766
T = TypeVar("T")

_word = cache(to_camel_case)  # parts of keys are few, and named a thousand times at once

Parse = Callable[[str], Any]  # key text of a query -> the value the source keeps
Shape = Callable[[pa.Table, Info], pa.Table]  # adds the columns that follow from others


def _as_it_is(table: pa.Table, _: Info) -> pa.Table:
    return table


@dataclass(frozen=True)
class Noun(Generic[T]):
    """What a row source calls these rows, the type they become, and the columns of their key with their parsers.

    `order` is the column a list goes by unless the asker says otherwise. `in_ledger` tells the readings store's
    nouns from the registry's. `nullable` are the parts of the key that a row may be without. Rows of the nation
    itself are not `in_provinces`.
    """

    name: str
    of: type[T]
    key: Mapping[str, Parse]
    order: str
    in_ledger: bool = False
    shape: Shape = _as_it_is
    nullable: frozenset[str] = frozenset()
    in_provinces: bool = True

    def source(self, info: Info) -> RowSource:
        """Who keeps these rows."""
        sources = info.context.sources
        return sources.ledger if self.in_ledger else sources.registry

    async def page(self, info: Info, where: Sequence[Condition], **rest: Any) -> Page:
        """One page of columns; `rest` are fields of graph.ports.Ask."""
        question, source = self._question(info, where, **rest), self.source(info)
        found = source.known(question)
        if found is None:
            found = await ask(info, source.rows, question)
        return replace(found, table=self.shape(found.table, info))

    async def connection(self, info: Info, where: Sequence[Condition], paging: Paging) -> Connection[T]:
        """One page as a connection."""
        return (await self.connections(info, [where], paging))[0]

    async def connections(
        self, info: Info, wheres: Sequence[Sequence[Condition]], paging: Paging
    ) -> list[Connection[T]]:
        """One page for each of several parents, a question for many of them.

        Other askers' questions go between two of those. Raises TooLarge past PARENTS_MAX.
        """
        if len(wheres) > PARENTS_MAX:
            raise TooLarge(f"{self.name} is paged below at most {PARENTS_MAX} rows, came {len(wheres)}")
        reach, order = info.context.principal.reach, Order(paging.column or self.order, paging.descending)
        asked = {"order": order, "want_total": selects(info, "totalCount"), **paging.bounds}
        source, found = self.source(info), list[Connection[T]]()
        at_once = min(LISTS_AT_ONCE, max(1, VALUES_AT_ONCE // max(map(_values, wheres), default=1)))
        for begin in range(0, len(wheres), at_once):
            asks = [Ask(self.name, reach, tuple(where), **asked) for where in wheres[begin:][:at_once]]
            for question, page in zip(asks, await ask(info, source.pages, asks), strict=True):
                listed = Ask(self.name, reach, question.where)
                shaped = replace(page, table=self.shape(page.table, info))
                found.append(connection(shaped, self.of, Listed(source, listed, self.in_provinces)))
        return found

    async def total(self, info: Info, where: Sequence[Condition] = ()) -> int:
        """How many rows there are within the asker's reach."""
        page = await self.page(info, where, first=1, want_total=True)
        return page.total or 0

    async def counts(
        self, info: Info, by: str, as_of: dt.datetime | None, where: Sequence[Condition] = ()
    ) -> dict[Any, int]:
        """How many rows of now, or of a moment, each value of a column has within the asker's reach."""
        question = Ask(self.name, info.context.principal.reach, tuple(where), as_of=as_of)
        table = await ask(info, self.source(info).counts, question, by)
        return dict(zip(*(table.column(name).to_pylist() for name in (by, "rows")), strict=True))

    async def look_up(self, info: Info, keys: Sequence[tuple[Any, ...]]) -> Picked[T]:
        """The row of each key, or none where there is none within reach, or where the key lacks a part it needs."""
        whole = {key for key in keys if self._is_whole(key)}
        if not whole:
            return Picked(Rows.none(self.of), pa.nulls(len(keys), pa.int64()))
        page = await self.page(info, self._where(whole))
        places = {key: place for place, key in enumerate(self._keys(page.table))}
        return Picked(Rows(page.table, self.of), pa.array(map(places.get, keys), pa.int64()))

    async def one(self, info: Info, *key: Any) -> T | None:
        """The row of a key; all that are asked for at the same moment become one question, but for what is known."""
        if self._is_known(info, key):
            return (await self.look_up(info, [key]))[0]
        loaders = info.context.loaders
        place = (self.name, self.in_ledger)
        if place not in loaders:

            async def load(keys: list[tuple[Any, ...]]) -> Sequence[T | None]:
                return await self.look_up(info, keys)

            loaders[place] = DataLoader(load)
        found: T | None = await loaders[place].load(key)
        return found

    def _is_known(self, info: Info, key: tuple[Any, ...]) -> bool:
        """Whether its row, or that there is none, is told without waiting."""
        if not self._is_whole(key):
            return False
        return self.source(info).known(self._question(info, self._where({key}))) is not None

    def _question(self, info: Info, where: Sequence[Condition], **rest: Any) -> Ask:
        return Ask(self.name, info.context.principal.reach, tuple(where), **rest)

    def _where(self, keys: Collection[tuple[Any, ...]]) -> list[Condition]:
        """The rows that may have one of these keys: those of which each part is among them."""
        return [_among(name, parts) for name, parts in zip(self.key, zip(*keys, strict=True), strict=True)]

    def key_of(self, representation: Mapping[str, Any]) -> tuple[Any, ...]:
        """The key in a gateway's representation. Raises InvalidInput, which tells the part that is none."""
        return tuple([self._parsed(name, self._given(representation, name)) for name in self.key])

    def keys_of(self, representations: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """The keys in representations whose parts all are texts, a part of all at once. Raises as `key_of`, and LookupError.

        Raises TypeError where a part is no text: `key_of` says what is to be thought of it.
        """
        parts = []
        for name in self.key:
            given = list(map(itemgetter(_word(name)), representations))
            if set(map(type, given)) != {str}:
                raise TypeError(name)
            parts.append(map(self.key[name], given))
        return list(zip(*parts, strict=True))

    async def named(self, info: Info, key: Mapping[str, Any]) -> T | None:
        """The row of a key as an asker writes it. Raises InvalidInput, which tells the part that is malformed."""
        return await self.one(info, *(self._parsed(name, key[name]) for name in self.key))

    async def below(self, info: Info, column: str, parents: Sequence[Any]) -> Parted[T]:
        """The rows whose `column` is each parent's value. Raises TooLarge past ROWS_BELOW_MAX in all."""
        table = await self._all(info, [_among(column, set(parents))])
        return Parted.by(Rows(table, self.of), (column,), [(parent,) for parent in parents])

    async def _all(self, info: Info, where: Sequence[Condition]) -> pa.Table:
        tables: list[pa.Table] = []
        after, more = None, True
        while more:
            page = await self.page(info, where, order=Order(self.order), first=ROWS_PER_PAGE_MAX, after=after)
            tables.append(page.table)
            more, after = page.has_next, page.cursors[-1] if page.cursors else None
            if sum(table.num_rows for table in tables) > ROWS_BELOW_MAX:
                raise TooLarge(
                    f"more than {ROWS_BELOW_MAX} rows of {self.name}; ask for fewer parents at once"
                )
        return pa.concat_tables(tables)

    def _keys(self, table: pa.Table) -> list[tuple[Any, ...]]:
        return list(zip(*(table.column(name).to_pylist() for name in self.key), strict=True))

    def _is_whole(self, key: tuple[Any, ...]) -> bool:
        return None not in key or all(
            part is not None or name in self.nullable for name, part in zip(self.key, key, strict=True)
        )

    def _given(self, representation: Mapping[str, Any], name: str) -> str | int:
        word = _word(name)
        value = representation.get(word)
        if not isinstance(value, (str, int)):
            raise InvalidInput(f"a reference to {self.of.__name__} needs {word}, came {value!r:.64}", word)
        return value

    def _parsed(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        try:
            if type(value) is str:  # of a thousand all are
                return self.key[name](value)
            return self.key[name](str(value.value if isinstance(value, Enum) else value))
        except InvalidInput as fault:
            fault.place = fault.place or _word(name)  # a parser knows the text and not where it stood
            raise


def _values(where: Sequence[Condition]) -> int:
    """How many values these conditions bind, and one for the reach."""
    return 1 + sum(len(each.value) if isinstance(each.value, tuple) else 1 for each in where)


def _among(column: str, values: Any) -> Condition:
    known = sorted(value for value in set(values) if value is not None)
    return Condition(column, (*known, None) if None in values else tuple(known), Compare.IN)
