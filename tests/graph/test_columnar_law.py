"""The law of completion by columns: whatever is asked, of whole rows and of dirty ones, graphql-core answers the same.

`NENGSHU_MADE_UP=5000` asks as many questions, other ones each time.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type, is_non_null_type
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from graph.execution.columnar.executor import ColumnarExecutor
from graph.execution.live import LiveExecutor
from graph.ports.completion import Completion
from graph.schema import Schema, build_schema
from tests.graph.fakes import schema
from tests.graph.made_rows import sources
from tests.graph.made_up import arguments, declared, nulled, paths, selections, settled

QUESTIONS = 250  # by default; some ten seconds
LEFT = "syncRuns(first: $first) { nodes { rows link } }"  # of dirty rows, where null stands and never should


class Always(ColumnarExecutor):
    """By columns, however few the rows."""

    few = 1


@cache
def by_columns() -> Schema:
    """The schema whose lists are completed by columns wherever that can be."""
    return build_schema(executor=Always)


@cache
def one_by_one() -> Schema:
    """The schema as graphql-core completes it."""
    return build_schema(executor=LiveExecutor)


def questions() -> st.SearchStrategy[str]:
    """Questions that go some levels down, a part of them in fragments; half of them of one list's rows."""
    root = schema()._schema.query_type
    assert root is not None
    lists = {
        name: field.type.of_type if is_non_null_type(field.type) else field.type
        for name, field in root.fields.items()
        if "first" in field.args
    }
    return st.one_of(selections(root, fields_max=4, pieces=True), _of_one_list(lists))


@st.composite
def _of_one_list(draw: st.DrawFn, lists: Mapping[str, Any]) -> str:
    name = draw(st.sampled_from(sorted(lists)))
    page = lists[name]
    rows = "nodes" if "nodes" in page.fields else "rows"
    below = get_named_type(page.fields[rows].type)
    assert isinstance(below, GraphQLObjectType)
    asked = arguments(schema()._schema.query_type.fields[name])  # type: ignore[union-attr]  # there is one
    return f"{name}{asked} {{ {rows} {{ {draw(selections(below, 2, 6, pieces=True))} }} }}"


def answered(
    of: Schema, question: str, sent: dict[str, Any], seed: int, *, dirty: bool, as_text: bool = False
) -> tuple[ExecutionResult, Completion]:
    """What a schema says of the same rows, and how it was completed."""
    context = sources(seed, dirty=dirty).context()
    context.takes_text = as_text
    text = f"{declared(question)} {{ {question} }}"

    async def asked() -> ExecutionResult:
        result = await of.execute(text, sent, context_value=context)
        await settled()
        return result

    return asyncio.run(asked()), context.completion


def read(data: Any) -> Any:
    """What is read of an answer over the wire."""
    return orjson.loads(orjson.dumps(data))


@pytest.mark.timeout(600)
def test_lists_completed_by_columns_are_those_of_graphql_core(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "nengshu.graphql")  # dirty rows fail, as they are to
    seen = {"lists": 0, "left": 0, "errors": 0, "clean": 0}

    @given(
        question=questions(),
        seed=st.integers(0, 20),
        dirty=st.sampled_from([True, True, False]),
        first=st.sampled_from([1, 3, 20, 20, 20]),
        as_text=st.booleans(),
    )
    @example(question=LEFT, seed=19, dirty=True, first=20, as_text=False)
    @example(question=LEFT, seed=19, dirty=True, first=20, as_text=True)
    @example(question=f"again: {LEFT}", seed=19, dirty=True, first=20, as_text=True)
    @settings(max_examples=int(os.environ.get("NENGSHU_MADE_UP", QUESTIONS)))
    def law(question: str, seed: int, dirty: bool, first: int, as_text: bool) -> None:
        sent = {"first": first} if "$first" in question else {}
        expected, _ = answered(one_by_one(), question, sent, seed, dirty=dirty)
        came, completion = answered(by_columns(), question, sent, seed, dirty=dirty, as_text=as_text)
        assert read(came.data) == read(expected.data)
        assert nulled(read(came.data), came) == nulled(read(expected.data), expected)
        codes = dict(paths(expected))
        assert all(code == codes[path] for path, code in paths(came) if path in codes)
        seen["lists"] += completion.lists
        seen["left"] += bool(completion.left)
        seen["errors"] += bool(expected.errors)
        seen["clean"] += not expected.errors and completion.lists > 0

    law()
    assert min(seen["lists"], seen["errors"], seen["clean"]) > QUESTIONS / 10, seen
    assert seen["left"] > QUESTIONS / 100, seen  # which the examples are
