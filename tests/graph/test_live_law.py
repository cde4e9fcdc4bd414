"""The law of live answers: what an honest hub says reads below `live` as it reads where the hub itself is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from graph.errors import StoreError, TooComplex
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.live_fakes import HonestHub
from tests.graph.samples import code_of, point_row, province_row, unit_row

JIA = "910000"
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
def selections(draw: st.DrawFn, kind: GraphQLObjectType, levels: int = LEVELS) -> str:
    """Some fields of a type, and some of what is below them."""
    asked = {name: arguments(field) for name, field in kind.fields.items() if name not in OURS}
    leaves_only = levels == 0
    names = sorted(
        name
        for name, said in asked.items()
        if said is not None and (not leaves_only or is_leaf_type(get_named_type(kind.fields[name].type)))
    )
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)) if names else []
    written = ["__typename"]
    for place, name in enumerate(chosen):
        below = get_named_type(kind.fields[name].type)
        inner = ""
        if isinstance(below, GraphQLObjectType):
            inner = f" {{ {draw(selections(below, levels - 1))} }}"
        alias = draw(st.sampled_from([f"a{place}_{levels}: ", f"b{place}_{levels}: "]))
        condition = draw(st.sampled_from(["", " @include(if: true)", " @skip(if: true)"]))
        written.append(f"{alias}{name}{asked[name]}{condition}{inner}")
    return " ".join(written)


def questions() -> st.SearchStrategy[str]:
    root = schema()._schema.query_type
    assert root is not None
    return selections(root)


def declared(question: str) -> str:
    """The operation's head, with the variables the question uses."""
    used = [f"{name}: {kind}" for name, kind in VARIABLES.items() if name in question]
    return f"query ({', '.join(used)})" if used else "query"


def province(fault: Exception | None) -> FakeSources:
    """A province's hub with rows of several nouns, or one whose registry fails; it has no figures, which fails, too."""
    rows = {
        "region": [province_row(91), province_row(91, code="910101", level="county", parent=JIA)],
        "unit": [unit_row(1), unit_row(2, name="“引号”\\厂")],
        "data_point": [point_row(1, 1, low=None), point_row(2, 3)],
    }
    return FakeSources(FakeRows(rows, fault=fault))


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


def renamed(data: Any) -> Any:
    """Of the whole answer, only the root's own type has another name."""
    return None if data is None else {**data, "__typename": "Live"}


def test_an_honest_answer_reads_below_live_as_it_reads_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "nengshu.graphql")  # figures that are not there fail, as they are to
    seen = {"values": 0, "errors": 0}

    @given(
        question=questions(),
        fails=st.booleans(),
        sent=st.sampled_from([{}, {"first": 1, "asOf": {"batch": 0}}]),
    )
    @settings(max_examples=100)
    def law(question: str, fails: bool, sent: dict[str, Any]) -> None:
        there = province(StoreError("it is closed") if fails else None)
        national = FakeSources(FakeRows({"region": [province_row(91)]}), live=HonestHub(JIA, there))

        async def asked() -> tuple[ExecutionResult, ExecutionResult]:
            head = declared(question)
            direct = await there.ask(f"{head} {{ {question} }}", **sent)
            below = f'{head} {{ province(code: "{JIA}") {{ live {{ {question} }} }} }}'
            return direct, await national.ask(below, **sent)

        direct, live = asyncio.run(asked())
        assume(all(code != TooComplex.code for _, code in paths(live)))
        assert live.data is not None, live.errors
        assert live.data["province"]["live"] == renamed(direct.data)
        below = live.data["province"]["live"]
        assert nulled(below, live, "province", "live") == nulled(direct.data, direct)
        assert all(path[:2] == ("province", "live") for path, _ in paths(live))
        seen["values"] += direct.data is not None
        seen["errors"] += bool(direct.errors)

    law()
    assert min(seen.values()) > 10, seen
