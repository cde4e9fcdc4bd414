"""What a request costs a hub's process, over a socket: with who asks and without, within a reach and with a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median

from scripts.benchmarks._access_askers import Kind, Machine, kinds
from scripts.benchmarks._access_hub import OPEN, OURS
from scripts.benchmarks._access_pairs import Middle, Pace, in_turn
from scripts.benchmarks._access_questions import Question
from scripts.benchmarks._access_stage import Cost, Stage
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._graph_timing import check_alike

CPU_MS = "ms of CPU"
ADDED_MS_MAX = 0.5  # to whatever a request costs without
SCOPED_MAX = 1.0  # times what the same rows cost by a condition


def added_figures(stage: Stage, body: bytes, pace: Pace) -> Iterator[Figure]:
    """CPU of a request of each kind with and without, and what is added."""
    for kind in kinds(stage.hubs[OURS].base, stage.askers, stage.client):
        _check(stage, kind, body)
        pairs = in_turn(partial(_of_both, stage, kind, body), pace)
        yield from _added(kind.name, pairs)


def scoped_figures(stage: Stage, asked: Sequence[Question], pace: Pace) -> Iterator[Figure]:
    """What each question costs who reaches one province, and who reaches all and says which."""
    hub = stage.hubs[OURS]
    own, nation = (
        Machine(hub.base, each, stage.client) for each in (stage.askers.province, stage.askers.nation)
    )
    for question in asked:
        ways = {"scoped": (question.scoped, own), "unscoped": (question.unscoped, nation)}
        check_alike({name: hub.answer(body, stage.got(who.again)) for name, (body, who) in ways.items()})

        def both(ways: _Ways = ways) -> _Acts:
            scoped, unscoped = (partial(hub.cost, body, stage.got(who.again)) for body, who in ways.values())
            return scoped, unscoped

        yield from _scoped(question.name, in_turn(both, pace))


def _check(stage: Stage, kind: Kind, body: bytes) -> None:
    """Raise StoreError where the hubs answer other rows."""
    check_alike({name: hub.answer(body, stage.headers(kind)) for name, hub in stage.hubs.items()})


def _of_both(stage: Stage, kind: Kind, body: bytes) -> _Acts:
    headers = stage.headers(kind)
    ours, without = (partial(stage.hubs[name].cost, body, headers) for name in (OURS, OPEN))
    return ours, without


def _added(name: str, pairs: _Costs) -> Iterator[Figure]:
    ours, without = (median(cost.cpu_ms for cost in costs) for costs in zip(*pairs, strict=True))
    yield Figure(f"{name}: a request", ours, CPU_MS)
    yield Figure(f"{name}: the same without", without, CPU_MS)
    yield Figure(f"{name}: ours to without", ours / without, "x")
    added = Middle.of([one.cpu_ms - other.cpu_ms for one, other in pairs])
    yield Figure(f"{name}: added", added.median, CPU_MS, ADDED_MS_MAX, Wanted.AT_MOST)
    yield Figure(f"{name}: added, least", added.least, CPU_MS)
    yield Figure(f"{name}: added, most", added.most, CPU_MS)


def _scoped(name: str, pairs: _Costs) -> Iterator[Figure]:
    scoped, unscoped = (median(cost.ms for cost in costs) for costs in zip(*pairs, strict=True))
    yield Figure(f"{name}: scoped", scoped, "ms")
    yield Figure(f"{name}: unscoped", unscoped, "ms")
    ratio = Middle.of([one.ms / other.ms for one, other in pairs])
    yield Figure(f"{name}: scoped to unscoped", ratio.median, "x")
    yield Figure(f"{name}: scoped to unscoped, least", ratio.least, "x", SCOPED_MAX, Wanted.AT_MOST)
    yield Figure(f"{name}: scoped to unscoped, most", ratio.most, "x")
    of_cpu = median(one.cpu_ms / other.cpu_ms for one, other in pairs)
    yield Figure(f"{name}: scoped to unscoped, CPU", of_cpu, "x")


_Costs = Sequence[tuple[Cost, Cost]]
_Acts = tuple[Callable[[], Cost], Callable[[], Cost]]
_Ways = dict[str, tuple[bytes, Machine]]
