"""The one way every mutation saves its rows: who may, how many, what is written, and what is told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.utils.str_converters import to_camel_case

from graph.errors import FaultyRows, InvalidInput, TooLarge
from graph.execution.context import Info
from graph.execution.nouns import Noun
from graph.execution.prices import COUNTED_BY
from graph.execution.rows import enumerations, rows
from graph.execution.scalars import Count
from graph.model.rights import require_decision
from graph.ports import AuditEntry as Audited
from graph.ports import Decided, Decision

ROWS_MAX = 1_000  # of one mutation: what people look over; more is what `nengshu registry load` is for
T = TypeVar("T")
Words = Callable[[str], str]

Rows = strawberry.argument(description="The rows, 1 to 1 000: all are saved, or none.")


@strawberry.enum(description="What a decision did to a row.")
class AuditAction(Enum):
    """Values are the audit's words."""

    INSERT = strawberry.enum_value("insert", description="The row is new (新增).")
    UPDATE = strawberry.enum_value("update", description="The row was changed (修改).")


@strawberry.type(description="A field that a decision changed (变更).")
class FieldChange:
    """One column of a row."""

    field: str = strawberry.field(description="The field's name, as the row has it.")
    before: str | None = strawberry.field(
        description="Its value before as text (变更前); null where there was none, and of a field that is never shown."
    )
    after: str | None = strawberry.field(
        description="Its value after as text (变更后); null where it was emptied, and of a field that is never shown."
    )


@strawberry.type(description="The audit row of a decision (审计).")
class AuditEntry:
    """A row of the noun audit."""

    id: Count = strawberry.field(description="Its number; it grows with every change.")
    at: dt.datetime = strawberry.field(description="When it was decided.")
    who: str = strawberry.field(description="The client that decided it.")
    action: AuditAction = strawberry.field(description="Whether the row is new or was changed.")


@strawberry.type(description="A row that was saved.")
class Saved(Generic[T]):
    """What came of one row of a mutation."""

    row: T = strawberry.field(description="The row as it now stands.")
    changes: list[FieldChange] = strawberry.field(
        description="What changed (变更内容); empty when nothing differed from what stood."
    )
    audit: AuditEntry | None = strawberry.field(
        description="The audit row of the change (审计); null when nothing changed."
    )
    latest: Count = strawberry.field(
        description="Number of the newest audit row of its key, to be given as `ifLatest` next time; 0 for none."
    )


def given(description: str) -> Any:
    """A field of an input that keeps what stands where it is not given."""
    return strawberry.field(description=description, default=strawberry.UNSET)


def if_latest() -> Any:
    """The field of every input that guards against overwriting what its author has not seen."""
    return strawberry.field(
        description="Number of the newest audit row of this key that you have seen, 0 for none; CONFLICT where there is "
        "a newer one. Not given: whatever stands is changed.",
        default=strawberry.UNSET,
    )


def saving(argument: str, description: str) -> Any:
    """A mutation that saves the rows of an argument; the guard counts them."""
    return strawberry.mutation(description=description, metadata={COUNTED_BY: argument})


async def saved(
    info: Info,
    noun: Noun[T],
    argument: str,
    inputs: Sequence[object],
    worded: Mapping[str, Words] | None = None,
) -> list[Saved[T]]:
    """Save rows within the asker's reach, all or none. Raises Forbidden, TooLarge, InvalidInput, FaultyRows.

    `worded` says how a column's text is shown, where it is not as it is kept.
    """
    asker, sink = info.context.principal, info.context.sources.writer
    require_decision(asker, noun.name)  # told before the rows are looked at; the sink refuses it, too
    _check_number(argument, len(inputs))
    decisions = [_decision(each) for each in inputs]
    call = partial(sink.decide, noun.name, decisions, asker)
    try:
        found = await info.context.run_writing(call)
    except FaultyRows as fault:
        raise FaultyRows(fault.faults, fault.more, argument) from fault
    info.context.loaders.clear()  # what an earlier field of the operation read is no longer what stands
    now = rows(noun.shape(found.table, info), noun.of)
    return [_saved(row, decided, worded or {}) for row, decided in zip(now, found.decided, strict=True)]


def _saved(row: T, decided: Decided, worded: Mapping[str, Words]) -> Saved[T]:
    entry, changes = decided.audit, _changes(decided, type(row), worded)
    return Saved(row=row, changes=changes, audit=_audit(entry), latest=Count(decided.latest))


def _check_number(argument: str, came: int) -> None:
    if came == 0:
        raise InvalidInput(f"came no row, expected 1 to {ROWS_MAX}", argument)
    if came > ROWS_MAX:
        raise TooLarge(f"at most {ROWS_MAX} rows are saved at once, came {came}", argument)


def _decision(row: object) -> Decision:
    """The cells that were given, null among them, and what their author has seen."""
    cells = {name: value for name, value in vars(row).items() if value is not strawberry.UNSET}
    seen = cells.pop("if_latest", None)
    return Decision(cells, seen)


def _changes(decided: Decided, of: type, worded: Mapping[str, Words]) -> list[FieldChange]:
    """What changed, in the schema's words; of a column that the row does not show, only that it did."""
    shown = enumerations(of)
    return [
        FieldChange(
            field=to_camel_case(name),
            before=_text(before, shown[name], worded.get(name)) if name in shown else None,
            after=_text(after, shown[name], worded.get(name)) if name in shown else None,
        )
        for name, (before, after) in decided.changes.items()
    ]


def _text(value: Any, enumeration: type[Enum] | None, words: Words | None) -> str | None:
    """A value as text: a member of an enumeration by its name, yes and no as JSON has them."""
    if value is None:
        return None
    if enumeration is not None:
        return enumeration(value).name
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if words is None else words(text)


def _audit(entry: Audited | None) -> AuditEntry | None:
    if entry is None:
        return None
    return AuditEntry(id=Count(entry.id), at=entry.at, who=entry.who, action=AuditAction(entry.action))
