"""Events that a test put in, standing at the port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from graph.ports import Event


@dataclass
class FakeEvents:
    """What happens is what was put in, and then no more; it remembers who listened and how many still do."""

    told: list[list[Event]] = field(default_factory=list)
    listened: list[str] = field(default_factory=list)
    listening: int = 0

    def publish(self, event: Event) -> None:
        """Keep it for whoever listens."""
        self.told.append([event])

    @contextmanager
    def listen(self, noun: str) -> Iterator[AsyncIterator[Sequence[Event]]]:
        """What was put in of a noun."""
        self.listened.append(noun)
        self.listening += 1
        try:
            yield self._of(noun)
        finally:
            self.listening -= 1

    async def _of(self, noun: str) -> AsyncGenerator[Sequence[Event]]:
        for together in self.told:
            yield [event for event in together if event.noun == noun]
