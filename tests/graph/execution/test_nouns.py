"""Rows below many parents: gathered page by page, bounded, each with its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from graph.execution import nouns
from graph.execution.selection import selects
from graph.ports import Ask, Page
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, point_row, province_row, unit_row

pytestmark = pytest.mark.anyio

QUERY = "{ units { nodes { creditCode dataPoints { unit } } } }"


def _sources() -> FakeSources:
    points = [point_row(unit, point) for unit in (1, 2) for point in range(1, 6)]
    return FakeSources(FakeRows({"unit": [unit_row(1), unit_row(2)], "data_point": points}))


async def test_rows_below_are_gathered_over_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nouns, "ROWS_PER_PAGE_MAX", 4)
    sources = _sources()
    units = (await sources.data(QUERY))["units"]["nodes"]
    assert [[point["unit"] for point in unit["dataPoints"]] for unit in units] == [
        [unit["creditCode"]] * 5 for unit in units
    ]
    assert sources.registry.asked("data_point") == 3


async def test_rows_below_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nouns, "ROWS_BELOW_MAX", 9)
    result = await _sources().ask(QUERY)
    assert result.errors
    assert result.errors[0].formatted["extensions"] == {"code": "TOO_LARGE"}


BELOW_REGIONS = "{ regions(first: 300) { nodes { code units(first: 1) { nodes { region } totalCount } } } }"


def _counties(number: int) -> FakeSources:
    regions = [province_row(91, code=f"9101{n:02d}", level="county") for n in range(1, number + 1)]
    units = [unit_row(n, region=row["code"]) for n, row in enumerate(regions)]
    return FakeSources(FakeRows({"region": regions, "unit": units}))


async def test_pages_below_rows_are_each_rows_own_and_asked_together() -> None:
    sources = _counties(99)
    nodes = (await sources.data(BELOW_REGIONS))["regions"]["nodes"]
    assert [node["units"] for node in nodes] == [
        {"nodes": [{"region": node["code"]}], "totalCount": 1} for node in nodes
    ]
    assert sources.registry.together == [1, 99]


async def test_pages_below_are_asked_in_pieces_where_they_are_filtered_by_many_values() -> None:
    sources = _counties(5)
    few = BELOW_REGIONS.replace("first: 300", "first: 100")
    filtered = "query ($codes: [String!]) " + few.replace("units(", "units(filter: {creditCode: $codes}, ")
    codes = [code_of(number) for number in range(900)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nouns, "VALUES_AT_ONCE", 2_000)
        nodes = (await sources.data(filtered, codes=codes))["regions"]["nodes"]
    assert [node["units"]["totalCount"] for node in nodes] == [1] * 5
    assert sources.registry.together == [1, 2, 2, 1]


class RowsThatAskInBetween(FakeRows):
    """Rows that answer only when somebody else's question was answered first."""

    def __init__(self, nouns: dict[str, list[Row]], others: FakeSources) -> None:
        super().__init__(nouns)
        self.others, self.answers = others, list[dict[str, Any]]()
        self.loop = asyncio.get_running_loop()

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """The pages, after the loop has answered another question."""
        other = asyncio.run_coroutine_threadsafe(self.others.data("{ __typename }"), self.loop)
        self.answers.append(other.result(timeout=30))
        return super().pages(asks)


async def test_other_questions_are_answered_between_those_of_hundreds_of_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nouns, "LISTS_AT_ONCE", 10)
    sources = _counties(99)
    between = RowsThatAskInBetween(sources.registry.nouns, FakeSources())
    await FakeSources(between).data(BELOW_REGIONS)
    assert between.answers == [{"__typename": "Query"}] * 11


async def test_lists_are_paged_below_a_bounded_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nouns, "PARENTS_MAX", 9)
    sources = _counties(10)
    result = await sources.ask(BELOW_REGIONS)
    assert {e.formatted["extensions"]["code"] for e in result.errors or ()} == {"TOO_LARGE"}
    assert sources.registry.asked("unit") == 0


async def test_a_key_without_a_value_is_not_asked_for() -> None:
    sources = _sources()
    data = await sources.data("{ dataPoints { nodes { instrument instrumentDetail { number } } } }")
    assert data["dataPoints"]["nodes"][0] == {"instrument": None, "instrumentDetail": None}
    assert sources.registry.asked("instrument") == 0


async def test_a_document_made_of_fragments_upon_fragments_is_read_in_one_pass() -> None:
    spread = "\n".join(f"fragment F{n} on UnitConnection {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    query = (
        f"{{ units {{ ...F0 }} }}\n{spread}\nfragment F60 on UnitConnection {{ pageInfo {{ hasNextPage }} }}"
    )
    info = _Info(query)
    assert not selects(info, "totalCount")  # type: ignore[arg-type]  # as much of an Info as it looks at


def test_a_field_is_selected_where_its_path_is_and_nowhere_else() -> None:
    info: Any = _Info(
        """{ energyBalance { ...Figures rows { tce } totalTce } }
        fragment Figures on EnergyBalance { rows { ... on EnergyBalanceRow { earlier: before { tce } } } }"""
    )
    assert selects(info, "rows", "before")
    assert selects(info, "rows", "before", "tce")
    assert not selects(info, "before")
    assert not selects(info, "rows", "earlier")
    assert not selects(info, "totalTce", "before")


class _Info:
    """The nodes and fragments of a document's first field."""

    def __init__(self, query: str) -> None:
        document = parse(query)
        operation, *fragments = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        named = {f.name.value: f for f in fragments if isinstance(f, FragmentDefinitionNode)}
        self._raw_info = type(
            "Raw", (), {"field_nodes": operation.selection_set.selections, "fragments": named}
        )
