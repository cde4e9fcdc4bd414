"""Rows of one level of an answer, kept as columns; objects are made of them only where somebody wants objects.

`Rows` are the rows of a table. `Picked` and `Parted` say what each of several parents has of them: one or none, or some.
All three are sequences, so that whoever knows nothing of columns reads them as the lists they stand for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

import pyarrow as pa
import pyarrow.compute as pc

from graph.execution.rows import Attribute, attribute_of, attributes, rows

T = TypeVar("T")


class _Lazy(Sequence[T]):
    """A sequence whose items are made when the first of them is wanted."""

    @property
    @abstractmethod
    def made(self) -> Sequence[T]:
        """All items."""

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        return self.made[place]

    def __iter__(self) -> Iterator[T]:
        return iter(self.made)


@dataclass(frozen=True, eq=False)
class Rows(_Lazy[T], Generic[T]):
    """One object of `of` a row of `table`, its attributes the columns of the same name.

    `beside` are attributes that are objects themselves: what each row has of other rows.
    """

    table: pa.Table
    of: type[T]
    beside: Mapping[str, Picked[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def made(self) -> list[T]:
        """The rows as objects."""
        return rows(self.table, self.of, self.beside) if len(self) else []

    def values(self, name: str) -> list[Any]:
        """An attribute of every row."""
        if not len(self):
            return []
        if name not in self.table.column_names:
            return list(map(attrgetter(name), self.made))
        return attribute_of(self.table, self.of, name)

    @classmethod
    def none(cls, of: type[T]) -> Rows[T]:
        """No rows, of which nobody knows the columns."""
        return cls(pa.table({}), of)

    def attribute(self, name: str) -> Attribute:
        """What is known of an attribute, whatever the rows are."""
        of: type = self.of
        return attributes(of)[name]

    def at(self, places: Sequence[int]) -> Rows[T]:
        """The rows at these places, without what is beside them."""
        return Rows(self.table.take(pa.array(places, pa.int64())), self.of)

    def part(self, start: int, stop: int) -> Rows[T]:
        """The rows from one place to before another."""
        beside = {name: others.part(start, stop) for name, others in self.beside.items()}
        return Rows(self.table.slice(start, stop - start), self.of, beside)


@dataclass(frozen=True, eq=False)
class Picked(_Lazy[T | None], Generic[T]):
    """Of each parent one row, whose place is told, or none."""

    rows: Rows[T]
    places: pa.Array  # int64; null for a parent that has none

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def made(self) -> list[T | None]:
        """The row of each parent as an object; one that several have is one object."""
        found = self.rows.made
        return [None if place is None else found[place] for place in self.places.to_pylist()]

    def part(self, start: int, stop: int) -> Picked[T]:
        """Of the parents from one place to before another."""
        return Picked(self.rows, self.places.slice(start, stop - start))

    @classmethod
    def each(cls, found: Rows[T]) -> Picked[T]:
        """Of each parent the row of its own place."""
        return cls(found, pa.array(range(len(found)), pa.int64()))


@dataclass(frozen=True, eq=False)
class Mixed(_Lazy[Any]):
    """Rows of several types in one list, or none at a place: picked type by type, `order` says which comes when."""

    parts: Sequence[Picked[Any]]
    order: pa.Array  # int64, places in all parts one after another

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def made(self) -> list[Any]:
        """All of them in their order."""
        found = list(chain.from_iterable(part.made for part in self.parts))
        return [found[place] for place in self.order.to_pylist()]

    @classmethod
    def of(cls, parts: Sequence[Picked[Any]], places: Sequence[Sequence[int]]) -> Mixed:
        """Of parts whose items belong at these places."""
        belongs = pa.array(chain.from_iterable(places), pa.int64())
        return cls(parts, pc.sort_indices(belongs).cast(pa.int64()))


@dataclass(frozen=True, eq=False)
class Parted(Sequence[Rows[T]], Generic[T]):
    """Of each parent some rows, one after another; `bounds` are where they begin, and at last where they end."""

    rows: Rows[T]
    bounds: pa.Array  # int32, one more than there are parents

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, place: int) -> Rows[T]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Rows[T]]: ...
    def __getitem__(self, place: int | slice) -> Rows[T] | Sequence[Rows[T]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        start, stop = self.bounds[place % len(self) :][:2].to_pylist()
        return self.rows.part(start, stop)

    def part(self, start: int, stop: int) -> Parted[T]:
        """Of the parents from one place to before another."""
        return Parted(self.rows, self.bounds.slice(start, stop - start + 1))

    @property
    def lengths(self) -> list[int]:
        """How many rows each parent has."""
        bounds: list[int] = self.bounds.to_pylist()
        return [stop - start for start, stop in pairwise(bounds)]

    @classmethod
    def by(cls, found: Rows[T], names: Sequence[str], parents: Sequence[Hashable]) -> Parted[T]:
        """Of each parent the rows whose attributes of these names are its key, in the order they have.

        Rows of no parent are nobody's. Only where rows of one key begin are keys read, so that ordered rows cost little.
        """
        places: dict[Hashable, list[range]] = {parent: [] for parent in parents}
        begins = _begins(found.table, names)
        keys = keys_of(found.at(begins), *names)
        for key, (begin, end) in zip(keys, pairwise([*begins, len(found)]), strict=True):
            if key in places:
                places[key].append(range(begin, end))
        of_each = [places[parent] for parent in parents]
        taken = [run for runs in of_each for run in runs]
        ordered = found if _is_all(taken, len(found)) else found.at(list(chain.from_iterable(taken)))
        return cls(ordered, bounds_of(sum(map(len, runs)) for runs in of_each))

    @classmethod
    def concatenated(cls, parts: Sequence[Rows[T]], of: type[T]) -> Parted[T]:
        """The rows of each parent where they were found apart; of none there is a row of nothing."""
        some = [part for part in parts if len(part)]
        if not some:
            return cls(Rows.none(of), bounds_of(map(len, parts)))
        beside = {name: _concatenated([part.beside[name] for part in some]) for name in some[0].beside}
        table = pa.concat_tables([part.table for part in some])
        return cls(Rows(table, of, beside), bounds_of(map(len, parts)))


def _begins(table: pa.Table, names: Sequence[str]) -> list[int]:
    """Where the values of some columns are not those of the row before."""
    if not table.num_rows:
        return []
    changes = [
        pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)) for column in map(table.column, names)
    ]
    changed = pc.fill_null(reduce(pc.or_kleene, changes), fill_value=True)
    return [0, *(pc.add(pc.indices_nonzero(changed), 1).to_pylist())]


def _is_all(runs: Sequence[range], rows: int) -> bool:
    """Whether runs are all rows in their order."""
    bounds = [0, *(run.stop for run in runs)]
    return bounds[-1] == rows and all(run.start == stop for run, stop in zip(runs, bounds, strict=False))


def _concatenated(parts: Sequence[Picked[Any]]) -> Picked[Any]:
    begins = accumulate((len(part.rows) for part in parts), initial=0)
    places = [pc.add(part.places, begin) for part, begin in zip(parts, begins, strict=False)]
    whole = Parted.concatenated([part.rows for part in parts], parts[0].rows.of).rows
    return Picked(whole, pa.concat_arrays(places))


def bounds_of(lengths: Any) -> pa.Array:
    """Where parts of these lengths begin, and at last where they end."""
    return pa.array(accumulate(lengths, initial=0), pa.int32())


def together(lists: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """The items of some lists as one; of rows of one type with the same columns no objects are made."""
    if len(lists) == 1:
        return lists[0]
    rows = [each for each in lists if isinstance(each, Rows)]
    if len(rows) == len(lists) and len({(each.of, *each.table.schema) for each in rows if len(each)}) <= 1:
        return Parted.concatenated(rows, rows[0].of).rows
    return list(chain.from_iterable(lists))


def part_of(found: Sequence[Any], start: int, stop: int) -> Sequence[Any]:
    """The items of a list from one place to before another, still as columns where it was."""
    if start == 0 and stop == len(found):
        return found
    return found.part(start, stop) if isinstance(found, Picked | Parted) else found[start:stop]


def keys_of(parents: Sequence[Any], *names: str) -> list[tuple[Any, ...]]:
    """These attributes of each parent; of rows that are columns no objects are made."""
    if isinstance(parents, Rows):
        return list(zip(*(parents.values(name) for name in names), strict=True))
    read: Callable[[Any], Any] = attrgetter(*names)
    return [read(parent) if len(names) > 1 else (read(parent),) for parent in parents]
