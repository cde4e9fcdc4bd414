"""Who is asked: two hubs that differ in their executor only, servers of others, and the route without GraphQL.

One process holds a readings file, so each of ours has a copy of one folder. Who cannot run on this machine is left out,
with a word why.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from rich.console import Console

from scripts.benchmarks import _graph_others, _graph_postgres
from scripts.benchmarks._asker import AskersHeaders
from scripts.benchmarks._graph_client import Address, Connection
from scripts.benchmarks._graph_hub import OURS, STRAWBERRY
from scripts.benchmarks._graph_nation import SLOTS, fill
from scripts.benchmarks._graph_processes import served
from scripts.benchmarks._graph_questions import GRAPHQL, PLAIN, POSTGRAPHILE, nested, of_rows
from scripts.benchmarks._graph_timing import Subject

_Other: TypeAlias = tuple[str, str, Callable[[], str | None], Callable[[], AbstractContextManager[str]]]
APOLLO, POSTGRES, ROUTE = "Apollo Server", "PostGraphile", "plain route"


@contextmanager
def subjects(folder: Path) -> Iterator[list[Subject]]:
    """All that run on this machine, the hub first; `folder` is an empty one for their files."""
    made = folder / "hub"
    credential = fill(made)
    with ExitStack() as stack:

        def started(module: str, name: str, *words: str) -> str:
            copy = shutil.copytree(made, folder / name)
            command: list[str | Path] = [sys.executable, "-m", f"scripts.benchmarks.{module}", copy, *words]
            return stack.enter_context(served(command))

        found = [
            Subject(name, _of_hub(started("_graph_hub", name, name), credential), GRAPHQL)
            for name in (OURS, STRAWBERRY)
        ]
        points = _points(found[0])
        for name, way, missing, start in _others(points, folder):
            if why := missing():
                left_out(name, why)
            else:
                found.append(Subject(name, Address(stack.enter_context(start())), way))
        found.append(Subject(ROUTE, Address(started("_graph_plain", "plain")), PLAIN))
        yield found


def left_out(name: str, why: str) -> None:
    """Say that something is not measured."""
    Console(stderr=True).print(f"{name} left out: {why}", style="yellow", highlight=False, markup=False)


def _of_hub(address: str, credential: str) -> Address:
    return Address(f"{address}/graphql", AskersHeaders(address, credential))


def _points(hub: Subject) -> list[dict[str, Any]]:
    """What the hub answers of all points, and of the first one all of its rows: the data of the others."""
    with Connection(hub.address) as connection:
        said, rows = (
            orjson.loads(connection.ask(hub.request(question)).body)["data"]
            for question in (nested(), of_rows(SLOTS))
        )
    points: list[dict[str, Any]] = said["dataPoints"]["nodes"]
    points[0]["readings"] = rows["dataPoint"]["readings"]
    return points


def _others(points: Sequence[dict[str, Any]], folder: Path) -> Iterator[_Other]:
    """Name and way of asking of each, what this machine lacks for it, and how it is started."""
    yield APOLLO, GRAPHQL, _graph_others.missing, lambda: _graph_others.apollo(points, folder)
    yield (
        POSTGRES, POSTGRAPHILE,
        lambda: _graph_others.missing() or _graph_postgres.missing(),
        lambda: _graph_others.postgraphile(points),
    )  # fmt: skip
