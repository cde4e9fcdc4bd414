"""What a gateway asks for: entities by their keys, within reach, in one question a type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.execution.columnar.executor import ColumnarExecutor
from graph.execution.live import LiveExecutor
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.schema import build_schema
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import code_of, point_row, province_row, unit_row

pytestmark = pytest.mark.anyio

ENTITIES = """
query ($keys: [_Any!]!) {
  _entities(representations: $keys) {
    __typename
    ... on Unit { name }
    ... on DataPoint { code }
    ... on Region { english }
    ... on Platform { mode }
    ... on Instrument { number }
  }
}
"""


def _sources() -> FakeSources:
    rows = {
        "unit": [unit_row(1), unit_row(2)],
        "data_point": [point_row(1, 1), point_row(2, 2)],
        "region": [province_row(91)],
        "platform": [{"province": "910000", "name": "虚构平台", "mode": "direct", "operation_assured": True}],
        "instrument": [
            {
                "unit": code_of(1),
                "province": "910000",
                "number": "7",
                "type_code": "x",
                "level": 1,
                "accuracy_class": "1",
            }
        ],
    }
    return FakeSources(FakeRows(rows))


KEYS: list[dict[str, Any]] = [
    {"__typename": "Unit", "creditCode": code_of(1)},
    {"__typename": "Unit", "creditCode": code_of(3)},
    {"__typename": "Unit", "creditCode": code_of(2)},
    {"__typename": "DataPoint", "unit": code_of(1), "code": "00-00-0001-023300-11"},
    {"__typename": "DataPoint", "unit": code_of(1), "code": "0000000202330011"},
    {"__typename": "Region", "code": "910000"},
    {"__typename": "Platform", "province": "910000"},
    {"__typename": "Instrument", "unit": code_of(1), "number": "7"},
]


async def test_entities_are_found_by_key_in_one_question_a_type() -> None:
    sources = _sources()
    data = await sources.data(ENTITIES, keys=[dict(key) for key in KEYS])
    assert data["_entities"] == [
        {"__typename": "Unit", "name": "虚构钢铁1厂"},
        None,
        {"__typename": "Unit", "name": "虚构钢铁2厂"},
        {"__typename": "DataPoint", "code": "0000000102330011"},
        None,
        {"__typename": "Region", "english": "Invented 91"},
        {"__typename": "Platform", "mode": "DIRECT"},
        {"__typename": "Instrument", "number": "7"},
    ]
    nouns = [ask.noun for ask in sources.registry.asks]
    assert len(nouns) == len(set(nouns)) == 5


async def test_an_entity_out_of_reach_looks_as_if_there_were_none() -> None:
    sources = _sources()
    sources.reach = Reach(region=RegionCode("920000"))
    data = await sources.data(ENTITIES, keys=[dict(KEYS[0]), dict(KEYS[6])])
    assert data["_entities"] == [None, None]


async def test_a_malformed_key_costs_its_own_entity_only() -> None:
    keys = [{"__typename": "Unit", "creditCode": "nonsense"}, dict(KEYS[0]), {"__typename": "Unit"}]
    result = await _sources().ask(ENTITIES, keys=keys)
    assert result.data is not None
    assert result.data["_entities"] == [None, {"__typename": "Unit", "name": "虚构钢铁1厂"}, None]
    assert result.errors is not None
    codes = {tuple(error.path or ()): (error.extensions or {})["code"] for error in result.errors}
    assert codes == {("_entities", 0): "MALFORMED_CODE", ("_entities", 2): "INVALID_INPUT"}


async def test_a_representation_of_no_entity_is_its_own_fault_and_no_other() -> None:
    keys = [{"__typename": "Foo"}, {"creditCode": "x"}, {"__typename": "Batch", "id": 1}, 7, dict(KEYS[0])]
    result = await _sources().ask(ENTITIES, keys=keys)
    assert result.data is not None
    assert result.data["_entities"] == [None, None, None, None, {"__typename": "Unit", "name": "虚构钢铁1厂"}]
    said = [error.formatted for error in result.errors or ()]
    assert [error["path"] for error in said] == [["_entities", place] for place in range(4)]
    assert {error["extensions"]["code"] for error in said} == {"INVALID_INPUT"}
    assert said[0]["message"].startswith("__typename: came 'Foo', expected one of DataPoint,")


async def test_a_representation_written_in_the_query_is_read_like_one_in_a_variable() -> None:
    error = await _sources().error('{ _entities(representations: [{__typename: "Foo"}]) { __typename } }')
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_words_beside_the_key_change_nothing() -> None:
    key = {**KEYS[0], "cls": 1, "info": 2, "name": "another", "self": 3}
    data = await _sources().data(ENTITIES, keys=[key])
    assert data["_entities"] == [{"__typename": "Unit", "name": "虚构钢铁1厂"}]


LONG = "\u5382x" * 50_000
ALPHABETS = "".join(map(chr, range(0x4E00, 0x4E00 + 18)))
FAULTY: list[Any] = [LONG, [LONG], {"a": LONG}, None, 1.5, True, 10**1000, ALPHABETS, "\0" * 100_000]


async def test_a_faulty_key_is_told_of_in_few_words_however_long_it_is() -> None:
    keyed = {key["__typename"]: key for key in KEYS}
    assert set(keyed) == {found.name for found in schema()._schema.type_map["_Entity"].types}  # type: ignore[attr-defined]  # a union
    for name, key in keyed.items():
        for part in key:
            for faulty in FAULTY:
                keys = [{**key, part: faulty}]
                result = await _sources().ask(ENTITIES, keys=keys)
                told = json.dumps([error.formatted for error in result.errors or ()])
                assert len(told) < 1_000, (name, part, told[:300])
                if not isinstance(faulty, str | int):
                    assert result.errors, (name, part)


async def test_more_faults_than_are_worth_telling_cost_the_whole_question() -> None:
    nothing = [{"__typename": "Nobody"}] * 100
    result = await _sources().ask(ENTITIES, keys=nothing)
    assert result.errors is not None
    assert len(result.errors) == 100
    error = await _sources().error(ENTITIES, keys=[*nothing, {"__typename": "Unit"}])
    assert "more than 100 references are none, the last: " in error["message"]


@pytest.mark.parametrize("noun", ["Unit", "DataPoint", "Platform"])
async def test_many_of_one_type_are_what_they_are_one_by_one(noun: str) -> None:
    keys = [key for key in KEYS if key["__typename"] == noun] * 3
    together = await _sources().data(ENTITIES, keys=[dict(key) for key in keys])
    apart = [(await _sources().data(ENTITIES, keys=[dict(key)]))["_entities"][0] for key in keys]
    assert together["_entities"] == apart
    assert any(apart)


SENT = """
query ($keys: [_Any!]!, $again: [_Any!]! = [{__typename: "Region", code: "910000"}]) {
  _entities(representations: $keys) { ... on Unit { name } }
  again: _entities(representations: $again) { ... on Unit { name } ... on Region { english } }
}
"""


async def test_two_lists_of_references_are_each_their_own() -> None:
    keys = [dict(KEYS[0]), dict(KEYS[2])]
    data = await _sources().data(SENT, keys=keys, again=keys[::-1])
    assert [row["name"] for row in data["_entities"]] == ["虚构钢铁1厂", "虚构钢铁2厂"]
    assert data["again"] == data["_entities"][::-1]
    data = await _sources().data(SENT, keys=keys[:1])
    assert (data["_entities"], data["again"]) == ([{"name": "虚构钢铁1厂"}], [{"english": "Invented 91"}])


@pytest.mark.parametrize("keys", [None, [None], [{"__typename": "Unit"}, None]])
async def test_a_list_with_nothing_in_a_place_is_refused_as_any_list_is(keys: Any) -> None:
    error = await _sources().error(ENTITIES, keys=keys)
    assert "null" in error["message"].lower()
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("keys", [dict(KEYS[0]), [[dict(KEYS[0])]], [], [7]])
async def test_what_is_no_list_of_objects_is_read_as_graphql_reads_it(keys: Any) -> None:
    assert await asked_by(ColumnarExecutor, keys) == await asked_by(LiveExecutor, keys)


async def asked_by(executor: type[LiveExecutor], keys: Any) -> tuple[Any, list[Any]]:
    """Data and errors of a schema with this executor."""
    result = await build_schema(executor=executor).execute(
        ENTITIES, {"keys": keys}, context_value=_sources().context()
    )
    return result.data, [error.formatted for error in result.errors or ()]
