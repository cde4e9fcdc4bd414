"""Questions made of the schema itself: some fields of a type, and some of what is below them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from tests.graph.samples import code_of

LEVELS = 5  # connections, rows, a row's own rows
GIVEN = {
    "code": '"910000"', "creditCode": f'"{code_of(1)}"', "period": '{month: "2026-10"}', "quarter": '"2026Q3"',
    "unit": f'"{code_of(1)}"', "province": '"910000"', "first": "$first", "asOf": "$asOf",
}  # fmt: skip
VARIABLES = {"$first": "Int = 2", "$asOf": "AsOfInput"}
OURS = {"live", "liveCoverage", "_entities", "_service"}


def arguments(field: GraphQLField) -> str | None:
    """Arguments to ask a field with; None where a required one is not known."""
    needed = [name for name, argument in field.args.items() if is_required_argument(argument)]
    if any(name not in GIVEN for name in needed):
        return None
    said = [f"{name}: {GIVEN[name]}" for name in field.args if name in needed or name in ("first", "asOf")]
    return f"({', '.join(said)})" if said else ""


@st.composite
def selections(
    draw: st.DrawFn, kind: GraphQLObjectType, levels: int = LEVELS, fields_max: int = 3, pieces: bool = False
) -> str:
    """Some fields of a type, and some of what is below them; in `pieces` some stand in inline fragments."""
    asked = {name: arguments(field) for name, field in kind.fields.items() if name not in OURS}
    leaves_only = levels == 0
    names = sorted(
        name
        for name, said in asked.items()
        if said is not None and (not leaves_only or is_leaf_type(get_named_type(kind.fields[name].type)))
    )
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=fields_max)) if names else []
    written = ["__typename"]
    for place, name in enumerate(chosen):
        below = get_named_type(kind.fields[name].type)
        inner = ""
        if isinstance(below, GraphQLObjectType):
            inner = f" {{ {draw(selections(below, levels - 1, fields_max, pieces))} }}"
        alias = draw(st.sampled_from([f"a{place}_{levels}: ", f"b{place}_{levels}: "]))
        condition = draw(st.sampled_from(["", " @include(if: true)", " @skip(if: true)"]))
        field = f"{alias}{name}{asked[name]}{condition}{inner}"
        frames = ["{}", "... {{ {} }}", f"... on {kind.name} {{{{ {{}} }}}}"] if pieces else ["{}"]
        written.append(draw(st.sampled_from(frames)).format(field))
    return " ".join(written)


def declared(question: str) -> str:
    """The operation's head, with the variables the question uses."""
    used = [f"{name}: {kind}" for name, kind in VARIABLES.items() if name in question]
    return f"query ({', '.join(used)})" if used else "query"


TURNS = 5  # of the loop in which nothing begins any more


async def settled() -> None:
    """Wait for what graphql-core settles behind an answer with errors: a loop that ends before would leave it unawaited.

    What is settled may begin some turns of the loop later, as loaders do.
    """
    quiet = 0
    while quiet < TURNS:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        quiet = 0 if others else quiet + 1
        await (asyncio.wait(others) if others else asyncio.sleep(0))


def paths(result: ExecutionResult) -> Iterator[tuple[Any, ...]]:
    """The errors of an answer: where they are, and their codes."""
    for error in result.errors or ():
        yield tuple(error.path or ()), (error.extensions or {})["code"]


def nulled(data: Any, result: ExecutionResult, *before: str) -> set[tuple[Any, ...]]:
    """What of `data` is null for its errors. Of several that null the same, which are told depends on who is first."""
    found = set()
    for path, _ in paths(result):
        value, place = data, path[len(before) :]
        deep = 0
        while value is not None and deep < len(place):
            value, deep = value[place[deep]], deep + 1
        found.add(place[:deep])
    return found
