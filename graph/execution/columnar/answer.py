"""A level's rows filled by a plan, and written.

Two steps. `found` asks for what the rows themselves do not hold, a field for all rows of a level at once. `texts` writes
what was found; it asks nobody, so that it may be done beside the event loop.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from graphql import get_nullable_type, is_non_null_type
from graphql.pyutils import gather_with_cancel

from graph.execution.columnar.moments import follows
from graph.execution.columnar.plan import Column, Plan
from graph.execution.columnar.texts import (
    COMMA,
    NULL,
    TEXT,
    Unusual,
    Written,
    joined,
    listed,
    written,
    written_values,
)
from graph.execution.levels import Mixed, Parted, Picked, Rows, bounds_of
from graph.execution.selection import TYPENAME

Moments: TypeAlias = tuple[object, pa.Array, Written]  # their type, less its non-null, and their texts


class Laid(Protocol):
    """What was found of each row of a level; `cells` is how many values that is, and all that is below."""

    @property
    def cells(self) -> int: ...

    def written(self, column: Column) -> Written:
        """As JSON. Raises Unusual."""
        ...


@dataclass(frozen=True)
class Found:
    """A level's rows, and what was found of them beside their own columns, by the place in the plan."""

    rows: Sequence[Any]
    cells: int
    laid: dict[int, Laid] = field(default_factory=dict)


@dataclass(frozen=True)
class Ready:
    """A whole list, found and not yet written; `write` says each row behind a comma, and raises Unusual."""

    write: Callable[[], pa.Array]
    cells: int


@dataclass(frozen=True)
class Values:
    """A leaf, or a list of them, of each row."""

    values: Sequence[Any]

    @property
    def cells(self) -> int:
        """How many values there are."""
        return sum(len(each) if isinstance(each, list) else 1 for each in self.values)

    def written(self, column: Column) -> Written:
        """As JSON. Raises Unusual."""
        return Written(written_values(column.kind, self.values))


@dataclass(frozen=True)
class One:
    """One row below each, at its place, or none."""

    plan: Plan
    below: Found
    places: pa.Array

    @property
    def cells(self) -> int:
        """How many values are below."""
        return self.below.cells

    def texts(self, before: str = "") -> pa.Array:
        """Each row as a JSON object behind this, null where there is none. Raises Unusual."""
        return texts(self.plan, self.below, before).take(self.places)

    def written(self, column: Column) -> Written:
        """As JSON. Raises Unusual."""
        found = self.texts()
        if found.null_count and is_non_null_type(column.kind):
            raise Unusual("null where there never is one")
        return Written(pc.fill_null(found, NULL))


@dataclass(frozen=True)
class Many:
    """Some rows below each, one after another."""

    plan: Plan
    below: Found
    bounds: pa.Array

    @property
    def cells(self) -> int:
        """How many values are below."""
        return self.below.cells

    def written(self, _: Column) -> Written:
        """As JSON. Raises Unusual."""
        return Written(listed(texts(self.plan, self.below), self.bounds))


async def rows_found(plan: Plan, rows: Rows[Any]) -> Ready:
    """A list of rows. Raises as `found` does."""
    level = await found(plan, rows)
    return Ready(partial(texts, plan, level, COMMA), level.cells)


async def mixed_found(plans: Sequence[Plan], rows: Mixed) -> Ready:
    """The same of rows of several types, a plan for each."""
    parts = zip(plans, rows.parts, strict=True)
    levels = await gather_with_cancel(*(found(plan, part.rows) for plan, part in parts))
    each = [One(*those) for those in zip(plans, levels, (part.places for part in rows.parts), strict=True)]

    def write() -> pa.Array:
        written = pa.concat_arrays([one.texts(COMMA) for one in each]).take(rows.order)
        return pc.fill_null(written, pa.scalar(COMMA + NULL.as_py()))

    return Ready(write, sum(one.cells for one in each))


async def found(plan: Plan, rows: Sequence[Any]) -> Found:
    """The rows with everything that has to be asked for. Raises Unusual, and whatever who was asked raised."""
    kinds = {rows.of} if isinstance(rows, Rows) else set(map(type, rows))
    # Rows of a generic type are of what it is made from.
    if not all(issubclass(plan.origin, kind) for kind in kinds):
        raise Unusual("rows of another type")
    places = [place for place, column in enumerate(plan.columns) if column.ask or column.below]
    cells = len(rows) * len(plan.columns)
    if not rows or not places:
        return Found(rows, cells)
    laid = await gather_with_cancel(*(_laid(plan.columns[place], rows) for place in places))
    return Found(rows, cells + sum(each.cells for each in laid), dict(zip(places, laid, strict=True)))


async def _laid(column: Column, rows: Sequence[Any]) -> Laid:
    """What a column has of each row. Raises Unusual for what graphql-core has to say itself."""
    each = column.ask(rows) if column.ask else _beside(column, rows)
    if inspect.isawaitable(each):
        each = await each
    if len(each) != len(rows):
        raise Unusual("more or fewer values than rows")
    if column.below is None:
        return Values(each)
    if isinstance(each, Picked):
        return One(column.below, await found(column.below, each.rows), each.places)
    if isinstance(each, Parted):
        return Many(column.below, await found(column.below, each.rows), each.bounds)
    if column.is_list:
        return await _many(column.below, each)
    return await _one(column.below, each)


def _beside(column: Column, rows: Sequence[Any]) -> Sequence[Any]:
    """Attributes that are objects themselves."""
    if not isinstance(rows, Rows):
        return list(map(attrgetter(column.name), rows))
    if column.name in rows.beside:
        return rows.beside[column.name]
    return [rows.attribute(column.name).default] * len(rows)


async def _one(plan: Plan, each: Sequence[Any]) -> One:
    there = [item for item in each if item is not None]
    places = iter(range(len(there)))
    found_at = pa.array([None if item is None else next(places) for item in each], pa.int64())
    return One(plan, await found(plan, there), found_at)


async def _many(plan: Plan, each: Sequence[Any]) -> Many:
    if any(not isinstance(items, list | Rows) for items in each):
        raise Unusual("a list that is none")
    there = [item for items in each for item in items]
    return Many(plan, await found(plan, there), bounds_of(map(len, each)))


def texts(plan: Plan, level: Found, before: str = "") -> pa.Array:
    """Each row of a level as a JSON object behind `before`. Raises Unusual."""
    if not level.rows:
        return pa.array([], TEXT)
    parts: list[pa.Array | pa.Scalar] = []
    moments: list[Moments] = []
    said = f"{before}{{"
    for place, column in enumerate(plan.columns):
        said += f'"{column.key}":'
        if column.name == TYPENAME:
            said += f'"{plan.kind.name}",'
            continue
        laid = level.laid.get(place)
        each = laid.written(column) if laid else _attribute(column, level.rows, moments)
        parts += [pa.scalar(said + each.before), each.texts]
        said = f"{each.after},"
    said = said.removesuffix(",") + "}"
    if not parts:
        return pa.array([said] * len(level.rows), TEXT)
    return joined(*parts, pa.scalar(said))


def _attribute(column: Column, rows: Sequence[Any], moments: list[Moments]) -> Written:
    """An attribute of leaves, as its column where there is one; `moments` are those of the level that were written."""
    if not isinstance(rows, Rows):
        return Written(written_values(column.kind, list(map(attrgetter(column.name), rows))))
    attribute = rows.attribute(column.name)
    if column.name not in rows.table.column_names:
        if not attribute.is_optional:
            raise Unusual("a column the table lacks")
        return Written(written_values(column.kind, [attribute.default]).take(pa.array([0] * len(rows))))
    values, place = _whole(rows.table.column(column.name)), f"{rows.of.__name__}.{column.name}"
    write = partial(written, column.kind, enumeration=attribute.enumeration, place=place)
    if not pa.types.is_timestamp(values.type):
        return write(values)
    for kind, other, said in moments:
        if kind is get_nullable_type(column.kind) and follows(values, other):
            last = write(values.slice(len(values) - 1))
            return replace(said, texts=pa.concat_arrays([said.texts[1:], last.texts]))
    found = write(values)
    moments.append((get_nullable_type(column.kind), values, found))
    return found


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks or [pa.array([], column.type)])
