"""Batched fields: gathered by level, one call for each set of arguments, the function kept for other executors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.types.base import get_object_definition

from graph.execution.batched import BATCH, batched
from graph.execution.context import Info, ask
from graph.ports import GraphContext
from tests.graph.fakes import FakeSources

CALLS: list[tuple[int, int]] = []

Times = Annotated[int, strawberry.argument(description="How many times.")]


async def _times(parents: Sequence[Leaf], info: Info, times: Times = 2) -> list[int]:
    CALLS.append((len(parents), times))
    if times < 0:
        raise ValueError("never negative")
    return [parent.number * times for parent in parents]


@strawberry.type
class Leaf:
    """The lowest level."""

    number: int
    times: int = batched(_times, "Its number some times over.")


async def _leaves(parents: Sequence[Branch], info: Info) -> list[list[Leaf]]:
    return [[Leaf(number=10 * parent.number + n) for n in range(parent.number)] for parent in parents]


@strawberry.type
class Branch:
    """The level above it."""

    number: int
    leaves: list[Leaf] = batched(_leaves, "As many leaves as its number.")


@strawberry.type
class Query:
    """Three branches."""

    @strawberry.field
    def branches(self) -> list[Branch]:
        return [Branch(number=number) for number in (1, 2, 3)]


SCHEMA = strawberry.Schema(Query)


async def _ask(query: str) -> Any:
    CALLS.clear()
    return await SCHEMA.execute(query, context_value=FakeSources().context())


@pytest.mark.anyio
async def test_all_parents_of_a_level_are_one_call_however_they_are_nested() -> None:
    result = await _ask("{ branches { leaves { number times } } }")
    assert [[leaf["times"] for leaf in branch["leaves"]] for branch in result.data["branches"]] == [
        [20],
        [40, 42],
        [60, 62, 64],
    ]
    assert CALLS == [(6, 2)]


@pytest.mark.anyio
async def test_the_same_arguments_under_two_names_are_one_call_and_others_another() -> None:
    result = await _ask(
        "{ branches { leaves { a: times(times: 3) b: times(times: 3) c: times(times: 5) } } }"
    )
    assert result.data["branches"][0]["leaves"] == [{"a": 30, "b": 30, "c": 50}]
    assert sorted(CALLS) == [(6, 5), (12, 3)]


@pytest.mark.anyio
async def test_a_call_that_fails_fails_each_of_its_fields() -> None:
    result = await SCHEMA.execute(
        "{ branches { leaves { times(times: -1) } } }", context_value=FakeSources().context()
    )
    assert "never negative" in str(result.errors)


def test_the_function_stands_in_the_fields_metadata() -> None:
    fields = {field.python_name: field for field in get_object_definition(Leaf, strict=True).fields}
    assert fields["times"].metadata[BATCH] is _times
    assert [argument.python_name for argument in fields["times"].arguments] == ["times"]


@pytest.mark.anyio
async def test_a_source_is_asked_beside_the_event_loop_and_where_the_context_says() -> None:
    seen: list[str] = []

    async def run_blocking(call: Any) -> Any:
        seen.append("limited")
        return await asyncio.to_thread(call)

    class Asked:
        """As much of an Info as `ask` looks at."""

        context = FakeSources().context()

    default: GraphContext = Asked.context
    assert await ask(Asked, threading.get_ident) != threading.get_ident()  # type: ignore[arg-type]  # a stand-in
    default.run_blocking = run_blocking
    assert await ask(Asked, max, 1, 2) == 2  # type: ignore[arg-type]  # a stand-in
    assert seen == ["limited"]
