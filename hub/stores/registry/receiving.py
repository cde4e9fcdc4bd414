"""Rows of a noun that came together, of which each stands for itself: good ones are written, each bad one is named.

Beside it `upsert` takes all rows or none, which is right for a file somebody mends; a batch of another's platform is not to
wait for its worst row. What is out of a sender's reach is refused in the words of what is not there at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from graph.errors import Fault, Forbidden, InvalidInput
from graph.model.principal import Reach
from graph.model.region import DivisionTree, RegionCode
from graph.model.registry_receipt import CHANGES_NAMED_MAX, FieldChange
from graph.model.sync_run import REJECTED_NAMED_MAX
from graph.model.verdict import Rejection
from hub.stores.registry.audit import Author, record, subject_of
from hub.stores.registry.entering import ENTERING
from hub.stores.registry.faults import Faults, FirstFaults
from hub.stores.registry.known import Known, Place
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.personal import kept
from hub.stores.registry.writes import (
    ROWS_MAX,
    Key,
    Made,
    Settle,
    add_divisions,
    holds,
    is_beyond,
    known_to,
    made_of,
    standing,
    with_keys,
    write,
)

WHY_CHARACTERS_MAX = 512  # of a reason, which repeats what came
VALUE_CHARACTERS_MAX = (
    512  # of a text that was changed, before and after: a receipt is read, the audit has it whole
)
OUT_OF_REACH, UNKNOWN_UNIT, INVALID = "out-of-reach", "unknown-unit", "invalid-row"


@dataclass(frozen=True)
class Outcome:
    """What became of rows: how many are new, changed what stood, said what stood; who was refused, and why."""

    added: int
    changed: int
    same: int
    refused: tuple[Rejection, ...]
    refused_count: int
    changes: tuple[FieldChange, ...]
    changes_count: int


def receive(
    connection: Connection,
    author: Author,
    noun: str,
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    tree: DivisionTree,
    reach: Reach,
    settle: Settle,
) -> Outcome:
    """Insert or change the good rows in an open write transaction, audited; rows are numbered as they came."""
    shown, entering, faults = NOUNS[noun], ENTERING[noun], FirstFaults(ROWS_MAX)
    given = with_keys(shown, entering, (cells for _, cells in rows), faults, (number for number, _ in rows))
    keys = {row.key for row in given}
    stored = standing(connection, shown, entering, keys)
    seen = stored if reach.is_national else standing(connection, shown, entering, keys, reach)
    given = [replace(row, cells=settle(seen.get(row.key), row.cells)) for row in given]
    known = _within(known_to(connection, noun, given, seen, tree), reach)
    made = made_of(entering, given, seen, known, faults)
    mine = list(_mine(made.values(), stored, seen, reach, faults))
    add_divisions(connection, author, known)
    differing = write(connection, shown, mine)
    record(connection, author, noun, (row.change() for row in differing))
    return _outcome(noun, len(rows), differing, faults.kept())


def _outcome(noun: str, count: int, differing: Sequence[Made], faults: Sequence[Fault]) -> Outcome:
    changed = [row for row in differing if row.stored is not None]
    changes = (change for row in changed for change in _changes(noun, row))
    named = tuple(islice(changes, CHANGES_NAMED_MAX))
    return Outcome(
        added=len(differing) - len(changed),
        changed=len(changed),
        same=count - len(faults) - len(differing),
        refused=tuple(map(_refused, faults[:REJECTED_NAMED_MAX])),
        refused_count=len(faults),
        changes=named,
        changes_count=len(named) + sum(1 for _ in changes),
    )


def _within(known: Known, reach: Reach) -> Known:
    """What rows may refer to, as far as their sender reaches: what lies beyond is not there for them."""
    if reach.is_national:
        return known
    units = {
        code: unit
        for code, unit in known.units.items()
        if holds(reach, Place(unit.province, unit.region, code))
    }
    regions = {code for code in known.regions if _meets(reach.region, RegionCode(code))}
    return replace(known, units=units, regions=regions)


def _meets(own: RegionCode | None, other: RegionCode) -> bool:
    """Whether a division lies in one's own or holds it."""
    return own is None or own.holds(other) or other.holds(own)


def _mine(
    made: Iterable[Made], stored: Collection[Key], seen: Collection[Key], reach: Reach, faults: Faults
) -> Iterator[Made]:
    """The rows that lie where their sender reaches and take nothing that stands elsewhere; the others are faults."""
    for row in made:
        is_taken = row.given.key in stored and row.given.key not in seen
        if is_taken or is_beyond(row, seen, reach):
            faults.add(Forbidden(f"is outside {reach}"), row.given.number)
        else:
            yield row


def _refused(fault: Fault) -> Rejection:
    error = fault.error
    if isinstance(error, Forbidden):
        code = OUT_OF_REACH
    else:
        is_unknown = fault.column is None and isinstance(error, InvalidInput) and error.place == "unit"
        code = UNKNOWN_UNIT if is_unknown else INVALID
    why = str(error) if fault.column is None else f"{fault.column}: {error}"
    return Rejection(fault.row, code, why[:WHY_CHARACTERS_MAX])


def _changes(noun: str, row: Made) -> Iterator[FieldChange]:
    """The cells of a row that were others before; what is about persons as the audit keeps it."""
    columns = sorted(row.differences().keys() & ENTERING[noun].cells.keys())
    before, after = kept(noun, row.stored or {}, row.values)
    for name in columns:
        was = None if before is None else before.get(name)
        yield FieldChange(row.given.number, subject_of(row.given.key), name, _told(was), _told(after[name]))


def _told(value: Any) -> Any:
    """A value as JSON has it; of a long text its beginning, for the audit has the rest."""
    if value is None or isinstance(value, (bool, int)):
        return value
    return str(value)[:VALUE_CHARACTERS_MAX]
