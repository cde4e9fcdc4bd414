"""The same questions to the hub and to others over HTTP: strawberry's own executor, Apollo Server, PostGraphile, no GraphQL.

Readings of one point are asked for, 100, 1 000 and 10 000 of them with five scalars each, and 1 000 points of five scalars
with five such readings below each. The hub runs as `nengshu serve` has it, a process of its own that looks at the token and
reads its stores for every request; nothing of an answer is kept. Strawberry is the same hub with graphql-core's completion
in place of ours. Apollo Server (5, in memory) and PostGraphile (5, on a PostgreSQL of its own over a socket of the file
system) run on the Node.js of their lock and look at no token; the plain route runs the store's own SQL on a copy of the same
file and writes the JSON with orjson. Before a question is timed all answers to it must hold the same data.

Times are from the first byte sent to the last one received, over one keep-alive connection to each; subjects are asked in
turn, so that what else the machine does meets all. Who cannot run here is left out and said so on stderr; the packages of
Node.js are installed once, half a gigabyte.

Beside these: a gateway's question for 1 000 entities; how long `{ __typename }` waits while four clients pull 10 000 rows
again and again; an unchanged poll answered 304 against the same answered 200; and what refusing a hostile question costs.
`--quick` asks a few times only: it shows that all of it runs, not how fast.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.benchmarks import _graph_others, _graph_postgres
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._graph_hub import OURS, STRAWBERRY
from scripts.benchmarks._graph_questions import Question, entities, nested, of_rows
from scripts.benchmarks._graph_refusals import hostile, refusals
from scripts.benchmarks._graph_subjects import APOLLO, POSTGRES, ROUTE, left_out, subjects
from scripts.benchmarks._graph_timing import UNCHANGED, WHOLE, Subject, Times, asked, polled, while_pulled

OF_PYTHON = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "orjson")
NESTED = "nested"
AT_LEAST: Mapping[tuple[int | str, str], float] = {
    (1_000, STRAWBERRY): 8,
    (10_000, STRAWBERRY): 15,
    (NESTED, STRAWBERRY): 10,
    (1_000, APOLLO): 2.5,
    (10_000, APOLLO): 6,
    (1_000, POSTGRES): 2,
    (10_000, POSTGRES): 3.5,
}  # times as long as ours
PLAIN_AT_MOST: Mapping[int | str, float] = {1_000: 4, 10_000: 4}  # times ours takes of it
ENTITIES_MS, FREE_MEDIAN_MS, FREE_P95_MS = 5, 20, 60


@dataclass(frozen=True)
class Pace:
    """How often is asked, by the size of the question, and for how long the loop is watched."""

    rounds: Mapping[int | str, int]
    warming: int
    seconds: float


FULL = Pace({100: 200, 1_000: 100, 10_000: 40, NESTED: 40}, 5, 10)
QUICK = Pace({100: 5, 1_000: 5, 10_000: 3, NESTED: 3}, 1, 1)


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Median and 95th percentile of each question and subject, what the others take of ours, and what is beside."""
    pace = QUICK if quick else FULL
    with (
        tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder,
        subjects(Path(folder)) as found,
    ):
        for size, rounds in pace.rounds.items():
            question = of_rows(size) if isinstance(size, int) else nested()
            yield from _compared(size, question, asked(found, question, rounds, pace.warming))
        hubs = [subject for subject in found if subject.name in (OURS, STRAWBERRY)]
        yield from _entities(hubs, pace)
        for hub in hubs:
            yield from _freedom(hub, pace.seconds)
        yield from _polls(found[0], pace)
    yield from refusals(hostile())


def versions() -> list[str]:
    """Of what is compared with."""
    ours = {name: version(name) for name in OF_PYTHON}
    told = [f"{name} {number}" for name, number in {**ours, **_graph_others.versions()}.items()]
    return told if (database := _graph_postgres.version()) is None else [*told, database]


def _compared(size: int | str, question: Question, times: Mapping[str, Times]) -> Iterator[Figure]:
    """Each subject's times, then each one's median as a multiple of ours, or the other way round for the plain route."""
    for name, taken in times.items():
        yield from _times(f"{question.name}: {name}", taken)
    ours = times[OURS].median_ms
    for name, taken in times.items():
        if name == ROUTE:
            most = PLAIN_AT_MOST.get(size)
            yield Figure(
                f"{question.name}: ours to {ROUTE}", ours / taken.median_ms, "x", most, Wanted.AT_MOST
            )
        elif name != OURS:
            least = AT_LEAST.get((size, name))
            yield Figure(f"{question.name}: {name} to ours", taken.median_ms / ours, "x", least)


def _entities(hubs: Sequence[Subject], pace: Pace) -> Iterator[Figure]:
    question = entities()
    for name, taken in asked(hubs, question, pace.rounds[1_000], pace.warming).items():
        yield from _times(f"{question.name}: {name}", taken, ENTITIES_MS if name == OURS else None)


def _freedom(hub: Subject, seconds: float) -> Iterator[Figure]:
    much = of_rows(10_000)
    taken, answers = while_pulled(hub, much, seconds)
    at = f"beside pulls of {much.name}: {hub.name}"
    targets = (FREE_MEDIAN_MS, FREE_P95_MS) if hub.name == OURS else (None, None)
    yield from _times(at, taken, *targets)
    yield Figure(f"{at}, pulls", answers, "answers/s")


def _polls(hub: Subject, pace: Pace) -> Iterator[Figure]:
    """Polls a second over one connection, one after the other."""
    question = of_rows(1_000)
    times = polled(hub, question, pace.rounds[1_000], pace.warming)
    if times is None:
        left_out("unchanged poll", "answers carry no ETag")
        return
    for name, taken in times.items():
        yield Figure(f"unchanged poll of {question.name}, {name}", taken.per_second, "answers/s")
    gained = times[UNCHANGED].per_second / times[WHOLE].per_second
    yield Figure(f"unchanged poll of {question.name}, 304 to 200", gained, "x")


def _times(
    name: str, taken: Times, median: float | None = None, p95: float | None = None
) -> Iterator[Figure]:
    yield Figure(f"{name}, median", taken.median_ms, "ms", median, Wanted.AT_MOST)
    yield Figure(f"{name}, p95", taken.p95_ms, "ms", p95, Wanted.AT_MOST)
