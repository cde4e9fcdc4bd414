"""People's decisions (决策): upserts whose every fault is told by itself, and which answer with what they changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import Connection

from graph.errors import Conflict, Forbidden, InvalidInput, NengshuError
from graph.model.period import beijing_day
from graph.model.principal import NATION, Principal, Reach
from graph.model.region import DivisionTree
from graph.ports import AuditEntry, Decided, Decision, Decisions
from hub.stores.registry.audit import Author, newest, recorded, subject_of
from hub.stores.registry.cells import REQUIRED
from hub.stores.registry.entering import ENTERING, Entering
from hub.stores.registry.faults import Faults
from hub.stores.registry.filling import FILLS, as_given
from hub.stores.registry.known import Known, Place
from hub.stores.registry.nouns import NOUNS, Noun
from hub.stores.registry.rows import table_of
from hub.stores.registry.writes import (
    Given,
    Key,
    Made,
    add_divisions,
    holds,
    is_beyond,
    known_to,
    made_of,
    read,
    standing,
    with_keys,
    write,
)

FAULTS_TOLD_MAX = 100  # of one call: what somebody mends before they try again; the others are counted
Rows = dict[Key, Mapping[str, Any]]


@dataclass(frozen=True)
class Step:
    """A row as it stands (None where it is new), as it is to stand, and the columns in which these differ.

    Beside it who decides so, and the day.
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    changed: Set[str]
    asker: Principal
    today: dt.date


Objection = tuple[str | None, NengshuError]  # to one column of a step, or to all of it
Check = Callable[[Step], Iterable[Objection]]


def unopposed(_: Step) -> Iterable[Objection]:
    """Of a noun whose rows need be nothing but right."""
    return ()


@dataclass(frozen=True)
class _Deciding:
    """One call: in which transaction, of which noun, who decides, what is wrong with the rows."""

    connection: Connection
    noun: Noun
    entering: Entering
    asker: Principal
    faults: Faults
    author: Author

    @property
    def today(self) -> dt.date:
        """The day on which it is decided."""
        return beijing_day(self.author.at)

    def standing(self, given: Iterable[Given], reach: Reach = NATION) -> Rows:
        """What stands under the keys of these rows, and is within reach."""
        return standing(self.connection, self.noun, self.entering, {row.key for row in given}, reach)


def decide(
    connection: Connection,
    author: Author,
    noun: str,
    decisions: Sequence[Decision],
    tree: DivisionTree,
    asker: Principal,
    check: Check = unopposed,
) -> Decisions:
    """Insert or change rows in an open write transaction. Raises FaultyRows with every fault."""
    faults, reach = Faults(FAULTS_TOLD_MAX), asker.reach
    asked = _Deciding(connection, NOUNS[noun], ENTERING[noun], asker, faults, author)
    cells = [_without_nulls(asked.entering, decision.cells) for decision in decisions]
    given = with_keys(asked.noun, asked.entering, cells, asked.faults, count())
    stored, foreign = _standing(asked, given)
    latest = newest(connection, noun, {subject_of(row.key) for row in given if row not in foreign})
    known = _seen_of(known_to(connection, noun, given, stored, tree), reach)
    mine = [_filled(asked, row, stored) for row in _mine(asked, given, known)]
    _read_rest(asked, cells, {row.number for row in mine})
    made = made_of(asked.entering, mine, stored, known, asked.faults)
    _check_latest(asked, [row for row in mine if not _is_so(row, made)], decisions, latest)
    _deny(asked, (row.given for row in made.values() if is_beyond(row, stored, reach)))
    _hear(asked, made.values(), check)
    asked.faults.refuse_each()
    _deny(asked, foreign)  # last: what is wrong with a row does not rest on what its author may not know of
    asked.faults.refuse_each()
    add_divisions(connection, author, known)
    decided, rows = _written(asked, author, made.values(), latest), asked.standing(given)
    table = table_of(asked.noun, [tuple(rows[row.key].values()) for row in given])
    return Decisions(table, [decided[row.key] for row in given])


def _without_nulls(entering: Entering, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The cells given; null where nothing may be empty is a fault, and not what stands or a default."""
    nullable = {name for name, cell in entering.cells.items() if cell.may_be_null}
    return {
        name: REQUIRED if value is None and name not in nullable else value for name, value in cells.items()
    }


def _seen_of(known: Known, reach: Reach) -> Known:
    """A unit out of reach is none that rows may refer to."""
    seen = {
        code: unit
        for code, unit in known.units.items()
        if holds(reach, Place(unit.province, unit.region, code))
    }
    return known if reach.is_national else replace(known, units=seen)


def _standing(asked: _Deciding, given: Sequence[Given]) -> tuple[Rows, list[Given]]:
    """What stands within reach, and the rows under whose keys something stands elsewhere: they are looked at as new ones."""
    reach = asked.asker.reach
    seen = asked.standing(given, reach)
    if reach.is_national:
        return seen, []
    every = asked.standing(given)
    return seen, [row for row in given if row.key in every and row.key not in seen]


def _deny(asked: _Deciding, rows: Iterable[Given]) -> None:
    """Rows out of reach, because of where they lie or of what stands there: in the same words."""
    for row in rows:
        asked.faults.add(Forbidden(f"is outside {asked.asker.reach}"), row.number)


def _mine(asked: _Deciding, given: Sequence[Given], known: Known) -> list[Given]:
    """The rows whose unit their author may know of: nothing of the others is looked at."""
    unit = asked.entering.key.index("unit") if "unit" in asked.entering.key else None
    mine = []
    for row in given:
        if unit is not None and row.key[unit] not in known.units:
            asked.faults.add(
                InvalidInput(f"no unit with credit code {row.key[unit]} is registered"), row.number, "unit"
            )
        else:
            mine.append(row)
    return mine


def _filled(asked: _Deciding, row: Given, stored: Rows) -> Given:
    """The row with what its author leaves to the hub."""
    fill = FILLS.get(asked.noun.name, as_given)
    return replace(row, cells=fill(stored.get(row.key), row.cells, asked.author))


def _read_rest(asked: _Deciding, cells: Sequence[Mapping[str, Any]], mine: set[int]) -> None:
    """Of rows that go no further, look at the cells that were given, so that all faults are told at once."""
    for number, row in enumerate(cells):
        if number not in mine:
            for column, cell in asked.entering.cells.items():
                if column in row and column not in asked.entering.key:
                    read(cell, row[column], asked.faults, number, column)


def _is_so(row: Given, made: Mapping[Key, Made]) -> bool:
    """Whether a row says what stands already, as one that is sent again does."""
    return row.key in made and made[row.key].is_same


def _check_latest(
    asked: _Deciding, rows: Iterable[Given], decisions: Sequence[Decision], latest: Mapping[str, int]
) -> None:
    """Nobody overwrites what they have not seen, where they say what they have."""
    for row in rows:
        seen, last = decisions[row.number].if_latest, latest.get(subject_of(row.key), 0)
        if seen is not None and last > seen:
            fault = Conflict(f"it was changed meanwhile: its newest audit row is {last}, came {seen}")
            asked.faults.add(fault, row.number, "if_latest")


def _hear(asked: _Deciding, made: Iterable[Made], check: Check) -> None:
    """Take down what is to be said against each row that changes anything."""
    for row in made:
        if not row.is_same:
            step = Step(row.stored, row.values, row.differences().keys(), asked.asker, asked.today)
            for column, fault in check(step):
                asked.faults.add(fault, row.given.number, column)


def _written(
    asked: _Deciding, author: Author, made: Collection[Made], latest: Mapping[str, int]
) -> dict[Key, Decided]:
    """Write and audit what differs; what came of each row."""
    found = {row.given.key: Decided({}, None, latest.get(subject_of(row.given.key), 0)) for row in made}
    differing = write(asked.connection, asked.noun, made)
    changes = [row.change() for row in differing]
    numbers = recorded(asked.connection, author, asked.noun.name, changes)
    for row, change, number in zip(differing, changes, numbers, strict=True):
        entry = AuditEntry(number, author.at, author.who, change.action)
        found[row.given.key] = Decided(row.differences(), entry, number)
    return found
