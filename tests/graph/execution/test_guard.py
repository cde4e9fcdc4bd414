"""Questions that would cost too much are refused before they are answered, in linear time; the project's own pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import TooComplex
from graph.execution import guard
from graph.execution.guard import COST_MAX, QueryGuard, check
from graph.execution.list_coverage import COVERAGE_COST
from graph.execution.provinces import PROVINCES_USUAL
from provincial_adapters._hub_graphql.nouns import NOUNS
from tests.graph.execution.hostile import nested
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import province_row, unit_row

ROOT = Path(__file__).parents[3]
OWN = sorted([*ROOT.glob("docs/*/*.graphql"), *ROOT.glob("hub/dashboard/static/queries/*.graphql")])
INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)


@pytest.mark.anyio
async def test_a_refusal_names_the_limit_and_what_came() -> None:
    error = await FakeSources().error(nested(3))
    assert error["message"].startswith(f"the question is too complex: cost: at most {COST_MAX}, came ")


@pytest.mark.parametrize("file", OWN, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_projects_own_questions_pass(file: Path) -> None:
    check(parse(file.read_text(encoding="utf-8")), schema()._schema, {})


def test_there_are_questions_of_the_projects_own() -> None:
    assert len(OWN) >= 12


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_the_pages_another_hub_asks_for_pass(noun: Any) -> None:
    check(parse(noun.query), schema()._schema, {"first": 1000})
    check(parse(noun.query), schema()._schema, {"first": 10_000})


@pytest.mark.anyio
async def test_graphiqls_question_about_the_schema_passes() -> None:
    data = await FakeSources().data(INTROSPECTION)
    assert len(data["__schema"]["types"]) > 80


@pytest.mark.anyio
async def test_several_operations_in_an_editor_pass() -> None:
    query = " ".join(f"query Q{n} {{ nation {{ unitsTotal }} }}" for n in range(10))
    check(parse(query), schema()._schema, {})


@pytest.mark.anyio
async def test_one_level_below_a_province_is_answered() -> None:
    sources = FakeSources(FakeRows({"region": [province_row(91)], "unit": [unit_row(1, region="910000")]}))
    assert (await sources.data(nested(2)))["province"]["units"]["nodes"]


def _cost(query: str, **variables: Any) -> int:
    """What the guard makes of a question, found from outside: the cost it is refused with at no limit at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "COST_MAX", -1)
        with pytest.raises(TooComplex) as refused:
            check(parse(query), schema()._schema, variables)
    assert refused.value.measured == "cost"
    return int(str(refused.value).rpartition(" ")[2])


PAGE = "($first: Int!%s) { units(first: $first) { nodes { name tier } } }"


@given(st.integers(1, 10_000))
def test_a_page_costs_its_rows_however_their_number_is_said(first: int) -> None:
    costs = {
        _cost(f"{{ units(first: {first}) {{ nodes {{ name tier }} }} }}"),
        _cost("query " + PAGE % "", first=first),
        _cost("query " + PAGE % f" = {first}"),
        _cost("query " + PAGE % " = 3", first=first),
        _cost(
            f"{{ ...Q }} fragment Q on Query {{ units(first: {first}) {{ nodes {{ ... {{ name }} tier }} }} }}"
        ),
    }
    assert costs == {1 + first * 3}


@given(st.integers(1, 10_000))
def test_rows_from_the_end_cost_what_rows_from_the_beginning_do(rows: int) -> None:
    page = "units(%s) { nodes { name tier regionDetail { units(%s) { nodes { name } } } } }"
    for first in (f"first: {rows}", f"first: {rows}, last: null"):
        assert _cost("{ " + page % (f"last: {rows}", "last: 2") + " }") == _cost(
            "{ " + page % (first, "first: 2") + " }"
        )
    paged = "query ($first: Int, $last: Int) { " + page % ("first: $first, last: $last", "last: 2") + " }"
    assert _cost(paged, first=rows) == _cost(paged, first=None, last=rows) == _cost(paged, first=1, last=rows)


def test_a_number_json_writes_as_a_fraction_costs_its_rows() -> None:
    assert _cost("query " + PAGE % "", first=1e4) == _cost("query " + PAGE % "", first=10_000)


@pytest.mark.anyio
async def test_a_number_json_writes_as_a_fraction_is_a_number_of_rows() -> None:
    sources = FakeSources(FakeRows({"unit": [unit_row(n) for n in range(1, 4)]}))
    found = await sources.data("query ($last: Int) { units(last: $last) { nodes { name } } }", last=2.0)
    assert len(found["units"]["nodes"]) == 2


@pytest.mark.parametrize("first", ["", "(after: null)", "(first: null)", "(last: null, before: null)"])
def test_a_page_without_a_size_costs_the_fifty_rows_it_has(first: str) -> None:
    assert _cost(f"{{ units{first} {{ nodes {{ name tier }} }} }}") == 1 + 50 * 3


@pytest.mark.parametrize("first", [0, -1, 10_001, "9" * 5000])
def test_a_page_out_of_bounds_is_left_to_the_list_to_refuse(first: int | str) -> None:
    assert _cost(f"{{ units(first: {first}) {{ nodes {{ name }} }} }}") in (1 + 2, 1 + 10_000 * 2)


@pytest.mark.parametrize("given_first", [None, "ten", 1.5, []])
def test_a_variable_that_is_no_number_is_left_to_validation(given_first: object) -> None:
    assert _cost("query " + PAGE % "", first=given_first) == 1 + 50 * 3


@pytest.mark.parametrize("page", ["nodes { name }", "edges { node { name } }"])
def test_coverage_costs_its_provinces_once_however_many_rows_a_page_has(page: str) -> None:
    def both(first: int) -> int:
        return _cost(f"{{ units(first: {first}) {{ {page} coverage {{ rows why }} }} }}")

    alone = COVERAGE_COST + PROVINCES_USUAL * 2
    assert both(7) - _cost(f"{{ units(first: 7) {{ {page} }} }}") == alone
    assert both(5_000) - _cost(f"{{ units(first: 5000) {{ {page} }} }}") == alone
    spread = (
        f"{{ units(first: 7) {{ {page} ...C }} }} fragment C on UnitConnection {{ coverage {{ rows why }} }}"
    )
    assert both(7) == _cost(spread)


def test_coverage_below_rows_costs_each_of_them() -> None:
    below = "{ regions(first: 9) { nodes { units(first: 1) { totalCount %s } } } }"
    more = _cost(below % "coverage { rows }") - _cost(below % "")
    assert more == 9 * (COVERAGE_COST + PROVINCES_USUAL)


def test_entities_cost_each_of_their_references() -> None:
    query = "query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Unit { name } } }"
    one = _cost(query, keys=[{}])
    assert _cost(query, keys=[{}] * 100) - 1 == 100 * (one - 1)
    written = query.replace("($keys: [_Any!]!)", "").replace("$keys", '[{__typename: "Unit"}]')
    assert _cost(written) == one
    with pytest.raises(TooComplex, match="cost"):
        check(parse(query), schema()._schema, {"keys": [{}] * 100_000})


def test_what_validation_refuses_is_left_to_it() -> None:
    for query in (
        "{ unicorns { name } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...Nobody }",
        "{ ... on Nothing { name { x } } }",
        "{ units { nodes { name { deeper { still } } } } }",
        "mutation { units { totalCount } }",
    ):
        check(parse(query), schema()._schema, {})


@pytest.mark.anyio
async def test_a_circle_of_fragments_is_refused_by_validation() -> None:
    query = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
    assert (await FakeSources().error(query))["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_the_guard_looks_at_no_field_while_it_is_answered() -> None:
    assert not QueryGuard._implements_resolve()
