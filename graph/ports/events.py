"""What happened (事件): told once it is durable, to all who listen at that moment."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Event:
    """A row of a noun was added or changed.

    `said` holds columns as they were told, where a later change might hide them before the row is read.
    """

    noun: str
    id: int
    said: Mapping[str, Any] = field(default_factory=dict)


class Events(Protocol):
    """Who tells and who listens, without knowing each other. What is told says nothing of who may hear of it."""

    def publish(self, event: Event) -> None:
        """Tell it to all who listen to its noun, from any thread; nobody's slowness is waited for."""
        ...

    def listen(self, noun: str) -> AbstractContextManager[AsyncIterator[Sequence[Event]]]:
        """What is told of a noun from now on, in the order it is told, as many at once as have come.

        Raises TooLarge where too many listen, and while listening where more waits than is kept.
        """
        ...


class Silence:
    """Nothing ever happens: what a command asks of stores it has for itself alone."""

    def publish(self, event: Event) -> None:
        """Nobody listens."""

    @contextmanager
    def listen(self, noun: str) -> Iterator[AsyncIterator[Sequence[Event]]]:  # noqa: ARG002 - of none
        """No event."""
        yield _none()


async def _none() -> AsyncGenerator[Sequence[Event]]:
    for event in list[Event]():
        yield [event]
