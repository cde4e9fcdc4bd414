"""Upserts by natural key: each row becomes the model's value or a named fault; all are written and audited, or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from graph.errors import InvalidInput, NotFound, TooLarge
from graph.model.principal import NATION, Reach
from graph.model.region import DivisionTree, RegionCode
from graph.ports import Upserted
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.cells import Cell, plain
from hub.stores.registry.conditions import within
from hub.stores.registry.entering import ENTERING, Entering
from hub.stores.registry.faults import Faults
from hub.stores.registry.known import Known, Place, in_chunks
from hub.stores.registry.nouns import NOUNS, Noun
from hub.stores.registry.references import Named, known_of
from hub.stores.registry.tables import T

ROWS_MAX = 200_000  # of one upsert: it is checked and written as a whole, in memory
FAULTS_TOLD_MAX = 20  # of one upsert: enough to see what is wrong with a file
_NUMBERS = ("unit_id", "agency_id")  # references that mean nothing to a reader of the audit
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Given:
    """A row as it came, with its place in the upsert and its natural key."""

    number: int
    key: Key
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """A row as it is to stand, beside what stands now."""

    given: Given
    values: dict[str, Any]
    place: Place
    stored: Mapping[str, Any] | None

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to write."""
        return self.stored is not None and all(
            self.stored[name] == value for name, value in self.values.items() if name in self.stored
        )

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Each column that changes, with its value before and after."""
        before = self.stored or {}
        return {
            name: (before.get(name), value)
            for name, value in self.values.items()
            if name not in _NUMBERS and before.get(name) != value
        }

    def change(self) -> Change:
        """What the audit says of it."""
        names = [name for name in self.values if name not in _NUMBERS]
        before = None if self.stored is None else {name: self.stored[name] for name in names}
        return Change(self.given.key, before, {name: self.values[name] for name in names}, self.place)


Settle = Callable[[Mapping[str, Any] | None, Mapping[str, Any]], Mapping[str, Any]]


def as_it_came(_: Mapping[str, Any] | None, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row that is written whatever stands."""
    return row


def upsert(
    connection: Connection,
    author: Author,
    noun: str,
    rows: Iterable[Mapping[str, Any]],
    tree: DivisionTree,
    reach: Reach = NATION,
    settle: Settle = as_it_came,
) -> Upserted:
    """Insert or change rows in an open write transaction. Raises InvalidInput naming each faulty row and column.

    A row that belongs outside `reach`, or stood outside it before, is faulty. `settle` makes of what stands and a row
    what is to be written.
    """
    if noun not in ENTERING:
        raise InvalidInput(f"came {noun[:64]!r}, expected one of {', '.join(ENTERING)}", "noun")
    shown, entering, faults = NOUNS[noun], ENTERING[noun], Faults(FAULTS_TOLD_MAX)
    given = with_keys(shown, entering, rows, faults)
    keys = {row.key for row in given}
    stored = standing(connection, shown, entering, keys)
    seen = stored if reach.is_national else standing(connection, shown, entering, keys, reach)
    given = [replace(row, cells=settle(stored.get(row.key), row.cells)) for row in given]
    known = known_to(connection, noun, given, stored, tree)
    made = made_of(entering, given, stored, known, faults)
    check_reach(made.values(), seen, reach, faults)
    faults.refuse_any(noun)
    add_divisions(connection, author, known)
    differing = write(connection, shown, made.values())
    record(connection, author, noun, (row.change() for row in differing))
    added = sum(row.stored is None for row in differing)
    return Upserted(added, len(differing) - added, len(given) - len(differing))


def add_divisions(connection: Connection, author: Author, known: Known) -> None:
    """Make rows of the cities and counties that were named and that the division tree knows."""
    if known.wanted:
        rows = [
            {
                "code": str(region.code),
                "name": region.name,
                "short_name": region.short_name,
                "english": region.english,
                "abolished": region.abolished,
            }
            for region in known.wanted.values()
        ]
        upsert(connection, author, "region", rows, known.tree)


def with_keys(
    noun: Noun,
    entering: Entering,
    rows: Iterable[Mapping[str, Any]],
    faults: Faults,
    numbers: Iterable[int] | None = None,
) -> list[Given]:
    """The rows whose natural key can be read, numbered as said, else from 1.

    Columns that are computed are left aside, unknown ones are faults.
    """
    known, found = entering.cells.keys() | noun.columns.keys(), []
    numbered = zip(count(1) if numbers is None else numbers, map(entering.complete, rows), strict=False)
    for number, row in numbered:
        if number > ROWS_MAX:
            raise TooLarge(f"more than {ROWS_MAX} rows in one upsert", noun.name)
        for column in row.keys() - known:
            faults.add(InvalidInput(f"a {noun.name} has no such column"), number, str(column)[:64])
        key = {name: read(entering.cells[name], row.get(name), faults, number, name) for name in entering.key}
        if number not in faults:
            found.append(Given(number, tuple(plain(part) for part in key.values()), row))
    return found


def read(cell: Cell, raw: Any, faults: Faults, row: int, column: str) -> Any:
    """A cell's value; None and a fault where it is wrong."""
    try:
        return cell.value(raw)
    except InvalidInput as fault:
        faults.add(fault, row, column)
        return None


def known_to(
    connection: Connection,
    noun: str,
    given: Sequence[Given],
    stored: Mapping[Key, Mapping[str, Any]],
    tree: DivisionTree,
) -> Known:
    """What these rows may refer to."""
    named = Named(ENTERING[noun], [(row.key, row.cells) for row in given], stored)
    return known_of(connection, noun, named, tree)


def standing(
    connection: Connection, noun: Noun, entering: Entering, keys: Collection[Key], reach: Reach = NATION
) -> dict[Key, Mapping[str, Any]]:
    """What stands now under these keys, and is within reach.

    It is asked for by the key's first column, which leaves few others.
    """
    found: dict[Key, Mapping[str, Any]] = {}
    leading, seen = noun.column(entering.key[0]).source, within(noun.reach, reach)
    for values in in_chunks(sorted({key[0] for key in keys})):
        for row in connection.execute(noun.all_rows.where(leading.in_(values), *seen)).mappings():
            key = tuple(row[column] for column in entering.key)
            if key in keys:
                found[key] = dict(row)
    return found


def made_of(
    entering: Entering,
    given: Iterable[Given],
    stored: Mapping[Key, Mapping[str, Any]],
    known: Known,
    faults: Faults,
) -> dict[Key, Made]:
    """Each row over what stands under its key. The same row twice is one; two that differ are a fault."""
    found: dict[Key, Made] = {}
    for row in given:
        before = stored.get(row.key)
        values = _values(entering, row, before, faults)
        if row.number in faults:
            continue
        try:
            entry = entering.build(values, known)
        except (InvalidInput, NotFound) as fault:
            faults.add(fault, row.number)
            continue
        every = {name: plain(value) for name, value in values.items()} | dict(entry.computed)
        twin = found.setdefault(row.key, Made(row, every, entry.place, before))
        if twin.values != every:
            clash = InvalidInput(f"has the key of row {twin.given.number}, and other values")
            faults.add(clash, row.number)
    return found


def check_reach(made: Iterable[Made], seen: Collection[Key], reach: Reach, faults: Faults) -> None:
    """A writer speaks of its own part of the country, and takes nothing that stands elsewhere, where it is not `seen`."""
    if reach.is_national:
        return
    for row in made:
        if not holds(reach, row.place):
            faults.add(InvalidInput(f"belongs to {row.place}, outside {reach}"), row.given.number)
        elif is_beyond(row, seen, reach):
            faults.add(InvalidInput("has the key of what is another's"), row.given.number)


def is_beyond(row: Made, seen: Collection[Key], reach: Reach) -> bool:
    """Whether a row lies out of reach, or takes what does."""
    if reach.is_national:
        return False
    is_taken = row.stored is not None and row.given.key not in seen
    return is_taken or not holds(reach, row.place) or _is_moved(row)


def _is_moved(row: Made) -> bool:
    """Whether what stands under its key is of another province or unit."""
    stored, place = row.stored or {}, row.place
    return (stored.get("province", place.province), stored.get("unit", place.unit)) != (
        place.province,
        place.unit,
    )


def holds(reach: Reach, place: Place) -> bool:
    """Whether a row that belongs there is within reach."""
    if reach.unit is not None:
        return place.unit == str(reach.unit)
    where = place.region or place.province
    return reach.region is None or (where is not None and reach.region.holds(RegionCode(where)))


def _values(
    entering: Entering, row: Given, stored: Mapping[str, Any] | None, faults: Faults
) -> dict[str, Any]:
    """The cells read: those given, else those stored, else their defaults."""
    values = {}
    for column, cell in entering.cells.items():
        raw = row.cells.get(column)
        if raw is None and not (cell.may_be_null and column in row.cells):
            raw = cell.default if stored is None else stored[column]
        values[column] = read(cell, raw, faults, row.number, column)
    return values


def write(connection: Connection, noun: Noun, made: Iterable[Made]) -> list[Made]:
    """Write what is new and what is changed, and say which rows those are; the audit of them is still owed."""
    differing = [row for row in made if not row.is_same]
    added = [row for row in differing if row.stored is None]
    if noun.name == "data_point":
        _number_points(connection, added)
    if added:
        connection.execute(insert(noun.table), [_cells(row, noun) for row in added])
    rows = [_cells(row, noun) | {"_id": row.stored["id"]} for row in differing if row.stored is not None]
    if rows:
        connection.execute(update(noun.table).where(noun.table.c.id == bindparam("_id")), rows)
    return differing


def _cells(row: Made, noun: Noun) -> dict[str, Any]:
    return {name: value for name, value in row.values.items() if name in noun.table.columns}


def _number_points(connection: Connection, added: Sequence[Made]) -> None:
    """Number new points of each unit onward from its highest number, in the order they came."""
    point = T["data_point"].c
    highest: dict[int, int] = {}
    for units in in_chunks(sorted({row.values["unit_id"] for row in added})):
        largest = select(point.unit_id, func.max(point.point_id)).where(point.unit_id.in_(units))
        highest.update((unit, number) for unit, number in connection.execute(largest.group_by(point.unit_id)))
    for row in added:
        unit = row.values["unit_id"]
        highest[unit] = row.values["point_id"] = highest.get(unit, 0) + 1
