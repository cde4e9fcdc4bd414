"""What it costs to refuse a question written to cost more than it is: CPU of the one thread that does.

The questions are those of tests/graph/execution/hostile.py, put to the schema over sources in memory, none of which is
reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from time import thread_time
from typing import Any, TypeAlias

from graph.errors import StoreError
from scripts.benchmarks._figure import Figure, Wanted
from tests.graph.execution.hostile import FAULTY, FILTERED, QUESTIONS, TEXTS, VALUES
from tests.graph.fakes import FakeSources

REFUSAL_MS = 10
ROUNDS = 5  # the best of them counts: what else the machine does is not the guard's
# A text and its variables, by what is wrong with it.
Hostile: TypeAlias = Mapping[str, tuple[str, dict[str, Any]]]


def refusals(questions: Hostile) -> Iterator[Figure]:
    """What each costs. Raises StoreError for one that is answered."""
    for name, (query, sent) in questions.items():
        best = min(asyncio.run(_seconds(query, sent)) for _ in range(ROUNDS))
        yield Figure(f"refusing {name}", best * 1000, "ms of CPU", REFUSAL_MS, Wanted.AT_MOST)


def hostile() -> Hostile:
    """All of them, under what is too much or wrong: the text, what it asks, its variables, or what validation finds."""
    return {
        **{f"a text: {name}": (query, {}) for name, (query, _) in TEXTS.items()},
        **{f"a question: {name}": (query, {}) for name, (query, _) in QUESTIONS.items()},
        **{f"variables: {name}": (FILTERED, sent) for name, (sent, _) in VALUES.items()},
        **{f"faults: {name}": question for name, question in FAULTY.items()},
    }


async def _seconds(query: str, sent: dict[str, Any]) -> float:
    began = thread_time()
    result = await FakeSources().ask(query, **sent)
    seconds = thread_time() - began
    if not result.errors or result.data:
        raise StoreError(f"answered instead of refused, so its time says nothing: {query[:100]!r}")
    return seconds
