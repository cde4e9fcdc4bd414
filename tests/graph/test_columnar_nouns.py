"""Every noun's list, and every figure's rows, are completed by columns: a field that is not would cost all of its lists."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from tests.graph.fakes import schema
from tests.graph.made_rows import sources
from tests.graph.made_up import GIVEN, arguments
from tests.graph.test_columnar_law import by_columns

ROOTS = schema()._schema.query_type.fields  # type: ignore[union-attr]  # there is one
LISTS = sorted(
    name for name, field in ROOTS.items() if "nodes" in getattr(get_named_type(field.type), "fields", {})
)
BELOW = {
    "dataPoints": "instrumentDetail { number } owner { name } latest { value }",
    "units": "regionDetail { name }",
}
OCTOBER = f"period: {GIVEN['period']}"
FIGURES = {
    "balance": f"energyBalance({OCTOBER}) {{ rows {{ kind tce share before {{ tce change }} yearBefore {{ readings }} }} }}",
    "completeness": f"completeness({OCTOBER}) {{ rows {{ province due received rate }} }}",
    "hops": f"completenessByHop({OCTOBER}) {{ rows {{ province due received rate onTime missingAtMeter }} }}",
    "readings": f"dataPoints(first: 24) {{ nodes {{ readings({OCTOBER}) {{ start end value verdicts {{ rule }} }} }} }}",
    "pages below rows": "regions(first: 24) { nodes { units(first: 5) { totalCount edges { cursor node { name } } } } }",
}  # fmt: skip


def leaves(kind: GraphQLObjectType) -> str:
    """Every field of a type that is a value."""
    named = ((name, field) for name, field in kind.fields.items() if arguments(field) == "")
    return " ".join(name for name, field in named if is_leaf_type(get_named_type(field.type)))


def left(question: str) -> dict[str, int]:
    """Why lists of an answer were not completed by columns; there is at least one that was."""
    context = sources(1, dirty=False).context()
    result = asyncio.run(by_columns().execute(f"{{ {question} }}", context_value=context))
    assert not result.errors, result.errors
    assert context.completion.lists > 0
    return dict(context.completion.left)


@pytest.mark.parametrize("name", LISTS)
def test_a_nouns_rows_and_edges_are_completed_by_columns(name: str) -> None:
    page: Any = get_named_type(ROOTS[name].type)
    row = get_named_type(page.fields["nodes"].type)
    assert isinstance(row, GraphQLObjectType)
    fields = f"{leaves(row)} {BELOW.get(name, '')}"
    assert left(f"{name}(first: 24) {{ nodes {{ {fields} }} edges {{ cursor node {{ {fields} }} }} }}") == {}


def test_there_are_lists() -> None:
    assert len(LISTS) > 20


@pytest.mark.parametrize("figure", FIGURES)
def test_rows_of_figures_and_what_is_below_rows_are_completed_by_columns(figure: str) -> None:
    assert left(FIGURES[figure]) == {}
