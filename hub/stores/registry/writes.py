"""Upserts by natural key: each row becomes the model's value or a named fault; all are written and audited, or none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from graph.errors import InvalidInput, NengshuError, NotFound, TooLarge
from graph.model.principal import NATION, Reach
from graph.model.region import DivisionTree, RegionCode
from graph.ports import Upserted
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.cells import Cell, plain
from hub.stores.registry.entering import ENTERING, Entering
from hub.stores.registry.known import Known, Place, in_chunks, load
from hub.stores.registry.nouns import NOUNS, Noun
from hub.stores.registry.tables import T

ROWS_MAX = 200_000  # of one upsert: it is checked and written as a whole, in memory
FAULTS_TOLD_MAX = 20  # of one upsert: enough to see what is wrong with a file
_NUMBERS = ("unit_id", "agency_id")  # references that mean nothing to a reader of the audit
Key = tuple[Any, ...]


@dataclass(frozen=True)
class _Given:
    """A row as it came, with its place in the upsert and its natural key."""

    number: int
    key: Key
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class _Made:
    """A row as it is to stand, beside what stands now."""

    given: _Given
    values: dict[str, Any]
    place: Place
    stored: Mapping[str, Any] | None

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to write."""
        return self.stored is not None and all(
            self.stored[name] == value for name, value in self.values.items() if name in self.stored
        )

    def change(self) -> Change:
        """What the audit says of it."""
        names = [name for name in self.values if name not in _NUMBERS]
        before = None if self.stored is None else {name: self.stored[name] for name in names}
        return Change(self.given.key, before, {name: self.values[name] for name in names}, self.place)


class _Faults:
    """Gathers what is wrong with the rows of an upsert, so that all of it is told at once."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._told: list[str] = []
        self._rows: set[int] = set()

    def add(self, fault: NengshuError, row: int, column: str | None = None) -> None:
        """Take down what is wrong with a row, or with one cell of it."""
        self._rows.add(row)
        if len(self._told) < FAULTS_TOLD_MAX:
            self._told.append(f"row {row}{'' if column is None else ', ' + column}: {fault}")

    def __contains__(self, row: int) -> bool:
        return row in self._rows

    def raise_if_any(self) -> None:
        """Raise InvalidInput with the first faults and the number of rows that have any."""
        if self._rows:
            more = f" ({len(self._rows)} rows in all)" if len(self._rows) > len(self._told) else ""
            raise InvalidInput("; ".join(self._told) + more, self._noun)


def upsert(
    connection: Connection,
    author: Author,
    noun: str,
    rows: Iterable[Mapping[str, Any]],
    tree: DivisionTree,
    reach: Reach = NATION,
) -> Upserted:
    """Insert or change rows in an open write transaction. Raises InvalidInput naming each faulty row and column.

    A row that belongs outside `reach`, or stood outside it before, is faulty.
    """
    if noun not in ENTERING:
        raise InvalidInput(f"came {noun[:64]!r}, expected one of {', '.join(ENTERING)}", "noun")
    shown, entering, faults = NOUNS[noun], ENTERING[noun], _Faults(noun)
    given = _with_keys(shown, entering, rows, faults)
    stored = _stored(connection, shown, entering, {row.key for row in given})
    known = _known(connection, entering, given, stored, tree)
    made = _made(entering, given, stored, known, faults)
    _check_reach(made.values(), reach, faults)
    faults.raise_if_any()
    add_divisions(connection, author, known)
    added, changed = _write(connection, author, shown, made.values())
    return Upserted(added, changed, len(given) - added - changed)


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


def _with_keys(
    noun: Noun, entering: Entering, rows: Iterable[Mapping[str, Any]], faults: _Faults
) -> list[_Given]:
    """The rows whose natural key can be read; columns that are computed are left aside, unknown ones are faults."""
    known, found = entering.cells.keys() | noun.columns.keys(), []
    for number, row in enumerate(map(entering.complete, rows), start=1):
        if number > ROWS_MAX:
            raise TooLarge(f"more than {ROWS_MAX} rows in one upsert", noun.name)
        for column in row.keys() - known:
            faults.add(InvalidInput(f"a {noun.name} has no such column"), number, str(column)[:64])
        key = {
            name: _read(entering.cells[name], row.get(name), faults, number, name) for name in entering.key
        }
        if number not in faults:
            found.append(_Given(number, tuple(plain(part) for part in key.values()), row))
    return found


def _read(cell: Cell, raw: Any, faults: _Faults, row: int, column: str) -> Any:
    """A cell's value; None and a fault where it is wrong."""
    try:
        return cell.value(raw)
    except InvalidInput as fault:
        faults.add(fault, row, column)
        return None


def _known(
    connection: Connection,
    entering: Entering,
    given: Sequence[_Given],
    stored: Mapping[Key, Mapping[str, Any]],
    tree: DivisionTree,
) -> Known:
    regions = {row.key[0] for row in given} if entering is ENTERING["region"] else ()
    return load(connection, tree, _named("unit", entering, given, stored), more_regions=regions)


def _named(
    column: str, entering: Entering, given: Sequence[_Given], stored: Mapping[Key, Mapping[str, Any]]
) -> set[str]:
    """What rows name in a column, as they came or as they stand; what cannot be read becomes a fault later."""
    if column in entering.key:
        place = entering.key.index(column)
        return {row.key[place] for row in given if row.key[place] is not None}
    if column not in entering.cells:
        return set()
    cell, found = entering.cells[column], {row[column] for row in stored.values()}
    for row in given:
        with suppress(InvalidInput):
            found.add(plain(cell.value(row.cells.get(column))))
    return found - {None}


def _stored(
    connection: Connection, noun: Noun, entering: Entering, keys: Collection[Key]
) -> dict[Key, Mapping[str, Any]]:
    """What stands now under these keys; asked for by the key's first column, which leaves few others."""
    found: dict[Key, Mapping[str, Any]] = {}
    leading = noun.column(entering.key[0]).source
    for values in in_chunks(sorted({key[0] for key in keys})):
        for row in connection.execute(noun.select().where(leading.in_(values))).mappings():
            key = tuple(row[column] for column in entering.key)
            if key in keys:
                found[key] = dict(row)
    return found


def _made(
    entering: Entering,
    given: Iterable[_Given],
    stored: Mapping[Key, Mapping[str, Any]],
    known: Known,
    faults: _Faults,
) -> dict[Key, _Made]:
    """Each row over what stands under its key. The same row twice is one; two that differ are a fault."""
    found: dict[Key, _Made] = {}
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
        twin = found.setdefault(row.key, _Made(row, every, entry.place, before))
        if twin.values != every:
            clash = InvalidInput(f"has the key of row {twin.given.number}, and other values")
            faults.add(clash, row.number)
    return found


def _check_reach(made: Iterable[_Made], reach: Reach, faults: _Faults) -> None:
    """A writer speaks of its own part of the country, and takes nothing that stands in another's."""
    if reach.is_national:
        return
    for row in made:
        if not _holds(reach, row.place):
            faults.add(InvalidInput(f"belongs to {row.place}, outside {reach}"), row.given.number)
        elif _is_moved(row):
            faults.add(InvalidInput("has the key of what is another's"), row.given.number)


def _is_moved(row: _Made) -> bool:
    """Whether what stands under its key is of another province or unit."""
    stored, place = row.stored or {}, row.place
    return (stored.get("province", place.province), stored.get("unit", place.unit)) != (
        place.province,
        place.unit,
    )


def _holds(reach: Reach, place: Place) -> bool:
    if reach.unit is not None:
        return place.unit == str(reach.unit)
    where = place.region or place.province
    return reach.region is None or (where is not None and reach.region.holds(RegionCode(where)))


def _values(
    entering: Entering, row: _Given, stored: Mapping[str, Any] | None, faults: _Faults
) -> dict[str, Any]:
    """The cells read: those given, else those stored, else their defaults."""
    values = {}
    for column, cell in entering.cells.items():
        raw = row.cells.get(column)
        if raw is None and not (cell.may_be_null and column in row.cells):
            raw = cell.default if stored is None else stored[column]
        values[column] = _read(cell, raw, faults, row.number, column)
    return values


def _write(connection: Connection, author: Author, noun: Noun, made: Iterable[_Made]) -> tuple[int, int]:
    """Write and audit what is new and what is changed; how many of each."""
    differing = [row for row in made if not row.is_same]
    added = [row for row in differing if row.stored is None]
    changed = [row for row in differing if row.stored is not None]
    if noun.name == "data_point":
        _number_points(connection, added)
    if added:
        connection.execute(insert(noun.table), [_cells(row, noun) for row in added])
    if changed:
        statement = update(noun.table).where(noun.table.c.id == bindparam("_id"))
        rows = [_cells(row, noun) | {"_id": row.stored["id"]} for row in changed if row.stored is not None]
        connection.execute(statement, rows)
    record(connection, author, noun.name, (row.change() for row in differing))
    return len(added), len(changed)


def _cells(row: _Made, noun: Noun) -> dict[str, Any]:
    return {name: value for name, value in row.values.items() if name in noun.table.columns}


def _number_points(connection: Connection, added: Sequence[_Made]) -> None:
    """Number new points of each unit onward from its highest number, in the order they came."""
    point = T["data_point"].c
    highest: dict[int, int] = {}
    for units in in_chunks(sorted({row.values["unit_id"] for row in added})):
        largest = select(point.unit_id, func.max(point.point_id)).where(point.unit_id.in_(units))
        highest.update((unit, number) for unit, number in connection.execute(largest.group_by(point.unit_id)))
    for row in added:
        unit = row.values["unit_id"]
        highest[unit] = row.values["point_id"] = highest.get(unit, 0) + 1
