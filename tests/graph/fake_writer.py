"""A sink of decisions in memory, standing at the port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graph.model.principal import Principal, Reach
from graph.ports import Decision, Decisions


@dataclass
class FakeWriter:
    """A sink that remembers what was decided, and answers with what was put in, or raises it."""

    answer: Decisions | Exception | None = None
    decided: list[tuple[str, Sequence[Decision], str, Reach]] = field(default_factory=list)

    def decide(self, noun: str, decisions: Sequence[Decision], asker: Principal) -> Decisions:
        """The answer that was put in; queries never ask for one."""
        self.decided.append((noun, decisions, asker.client, asker.reach))
        assert self.answer is not None
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer
