"""How a noun's rows are told as they change: an event names a row, which is read under the listener's own reach."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from graph.execution.context import Info
from graph.execution.nouns import Noun
from graph.execution.rows import rows
from graph.ports import Compare, Condition, Event

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


async def changes(info: Info, noun: Noun[T], where: Sequence[Condition] = ()) -> AsyncGenerator[T]:
    """The rows of a noun as they are added or changed, of those `where` holds for and the asker may see.

    Permissions are the row source's affair as in any list. All that has come is asked for at once.
    """
    with info.context.sources.events.listen(noun.name) as told:
        async for events in told:
            found = await _read(info, noun, where, {event.id for event in events})
            for event in events:
                if event.id in found:
                    info.context.begin_anew()
                    yield _as_told(found[event.id], event)


async def _read(info: Info, noun: Noun[T], where: Sequence[Condition], ids: set[int]) -> dict[int, T]:
    page = await noun.page(info, [*where, Condition("id", tuple(sorted(ids)), Compare.IN)])
    return dict(zip(page.table.column("id").to_pylist(), rows(page.table, noun.of), strict=True))


def _as_told(row: T, event: Event) -> T:
    return cast("T", replace(cast("DataclassInstance", row), **event.said)) if event.said else row
