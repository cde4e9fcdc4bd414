"""A province's hub that lies: what is false in its answer costs only what it touches, and it is told whose it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
import pytest
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from graph.execution.live import MESSAGE_MAX, Heard, LiveExecutor
from graph.execution.live_budget import LIES_MAX, VALUES_MAX
from graph.model.live import LiveAnswer, LiveFault, LiveState
from tests.graph.live_fakes import JIA, FakeHubs, answered, of_jia, says

pytestmark = pytest.mark.anyio

UNITS = "units { nodes { creditCode name tier rosterBatch } totalCount }"
HONEST = {"creditCode": "a", "name": "b", "tier": "HUNDRED", "rosterBatch": 1}


@pytest.mark.parametrize(
    ("lie", "place", "what"),
    [
        ({"tier": "GIGANTIC"}, ["tier"], "'GIGANTIC', which is no Tier"),
        ({"tier": ["HUNDRED"]}, ["tier"], "a list, which is no Tier"),
        ({"name": 5}, ["name"], "5, which is no String"),
        ({"name": {"a": 1}}, ["name"], "an object, which is no String"),
        ({"name": None}, ["name"], "null, which there never is"),
        ({"rosterBatch": 2**31}, ["rosterBatch"], "2147483648, which is no Int"),
        ({"rosterBatch": 10**5000}, ["rosterBatch"], "an immense number, which is no Int"),
        ({"rosterBatch": "1"}, ["rosterBatch"], "'1', which is no Int"),
        ({"rosterBatch": True}, ["rosterBatch"], "True, which is no Int"),
        ("no unit", [], "'no unit', expected an object"),
        (None, [], "null, which there never is"),
    ],
)  # fmt: skip
async def test_a_lie_is_an_error_at_its_place(lie: Any, place: list[str], what: str) -> None:
    node = {**HONEST, **lie} if isinstance(lie, dict) else lie
    hubs = FakeHubs(
        {JIA: says({"units": {"nodes": [HONEST, node], "totalCount": 2}, "nation": {"unitsTotal": 2}})}
    )
    _, errors = await answered(hubs, of_jia(f"{UNITS} nation {{ unitsTotal }}"))
    path = ["province", "live", "units", "nodes", 1, *place]
    extensions = {"code": "SOURCE_MALFORMED", "province": JIA}
    assert errors == [
        {"message": f"province {JIA} answered with {what}", "path": path, "extensions": extensions}
    ]


@pytest.mark.parametrize("said", ["1e400000000", "1e100000000000000000", "1e-400000000"])
async def test_a_decimal_that_is_written_out_immense_is_a_lie(said: str) -> None:
    query = of_jia("coefficients { nodes { kgce } }").replace("live {", "liveCoverage { state } live {")
    data, (error,) = await answered(
        FakeHubs({JIA: says({"coefficients": {"nodes": [{"kgce": said}]}})}), query
    )
    assert data["province"]["liveCoverage"] == {"state": "LYING"}
    assert error["message"] == f"province {JIA} answered with '{said}', which is no Decimal"
    assert error["extensions"]["code"] == "SOURCE_MALFORMED"


def completed(leaf: GraphQLScalarType, data: dict[str, Any]) -> tuple[ExecutionResult, list[str]]:
    """What becomes of an answer with leaves of a kind our schema has none of, and the lies in it."""
    row = GraphQLObjectType("Row", {"a": GraphQLField(leaf), "b": GraphQLField(GraphQLList(leaf))})
    lies: list[str] = []

    def heard(*_: object) -> Heard:
        return Heard(JIA, data, (), lies.extend)

    schema = GraphQLSchema(GraphQLObjectType("Query", {"live": GraphQLField(row, resolve=heard)}))
    asked = LiveExecutor.build(schema, parse("{ live { a b } }"))
    assert isinstance(asked, LiveExecutor)
    result = asked.execute_operation()
    assert isinstance(result, ExecutionResult)
    assert {(error.extensions or {})["code"] for error in result.errors or ()} <= {"SOURCE_MALFORMED"}
    return result, lies


def test_what_reads_but_cannot_be_written_is_a_lie() -> None:
    def write(_: object) -> object:
        raise MemoryError

    fragile = GraphQLScalarType("Fragile", coerce_output_value=write)
    result, lies = completed(fragile, {"a": 1, "b": [2, 3]})
    assert lies == [f"{value}, which is no Fragile" for value in (1, 2, 3)]
    places = [error.path for error in result.errors or ()]
    assert places == [["live", "a"], ["live", "b", 0], ["live", "b", 1]]


def test_a_number_that_no_answer_can_hold_is_a_lie_whatever_a_scalar_says_to_it() -> None:
    result, lies = completed(GraphQLScalarType("Anything"), {"a": 10**30, "b": [-(2**70), 2**63 - 1]})
    assert orjson.loads(orjson.dumps(result.data)) == {"live": {"a": None, "b": [None, 2**63 - 1]}}
    assert lies == [f"{value}, a number beyond 64 bits" for value in (10**30, -(2**70))]


async def test_an_immense_number_in_an_errors_path_costs_nobody_the_answer() -> None:
    faults = [LiveFault("x", None, ("nation", step)) for step in (10**30, -(10**30), 7)]
    data, errors = await answered(
        FakeHubs({JIA: says({"nation": {"unitsTotal": 1}}, *faults)}), of_jia("nation { unitsTotal }")
    )
    assert orjson.loads(orjson.dumps(data))["province"]["live"] == {"nation": {"unitsTotal": 1}}
    paths = [error["path"] for error in orjson.loads(orjson.dumps(errors))]
    assert paths == [["province", "live"], ["province", "live"], ["province", "live", "nation", 7]]


async def test_a_lie_costs_what_it_touches_and_nothing_beside_it() -> None:
    honest = {"code": JIA, "tileColumn": 1, "parent": None}
    nodes = [{**honest, "tileColumn": "x"}, honest]
    lying = says({"regions": {"nodes": nodes, "totalCount": None}, "extra": [1]})
    data, errors = await answered(
        FakeHubs({JIA: lying}), of_jia("regions { nodes { code tileColumn parent } totalCount }")
    )
    found = data["province"]["live"]["regions"]
    assert found == {"nodes": [{**honest, "tileColumn": None}, honest], "totalCount": None}
    assert [error["path"] for error in errors] == [["province", "live", "regions", "nodes", 0, "tileColumn"]]


@pytest.mark.parametrize(
    "said", [{"units": [1]}, {"units": "x"}, {}, {"units": {"nodes": {"0": HONEST}}}], ids=str
)
async def test_another_shape_than_asked_is_a_lie(said: Any) -> None:
    query = of_jia(UNITS).replace("live {", "liveCoverage { state } live {")
    data, errors = await answered(FakeHubs({JIA: says(said)}), query)
    assert data["province"] == {"live": None, "liveCoverage": {"state": "LYING"}}
    assert {error["extensions"]["code"] for error in errors} == {"SOURCE_MALFORMED"}


NAMES = ("nodes", "name", "tileColumn", "abolished", "totalCount")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
    | st.sampled_from([0, -1, 2**31, 10**1000, "PROVINCE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
ROW = st.fixed_dictionaries({"name": st.text(), "tileColumn": JSON, "abolished": st.integers()})
PAGE = st.fixed_dictionaries({"nodes": st.lists(ROW | JSON, max_size=3), "totalCount": JSON})
ANYTHING = "regions { nodes { name tileColumn abolished } totalCount }"


def test_whatever_is_said_what_stands_in_ours_is_of_the_schema() -> None:
    seen = Counter[bool]()

    @given(said=PAGE | JSON)
    def law(said: Any) -> None:
        data, errors = asyncio.run(answered(FakeHubs({JIA: says({"regions": said})}), of_jia(ANYTHING)))
        assert {error["extensions"]["code"] for error in errors} <= {"SOURCE_MALFORMED"}
        live = data["province"]["live"]
        orjson.dumps(data)
        seen[live is None] += 1
        if live is None:
            assert errors
        else:  # what was completed once completes to itself
            again, none = asyncio.run(answered(FakeHubs({JIA: says(live)}), of_jia(ANYTHING)))
            assert (again["province"]["live"], none) == (live, [])

    law()
    assert min(seen[True], seen[False]) > 5, seen


async def test_what_is_nested_without_end_is_not_followed() -> None:
    deep: Any = HONEST
    for _ in range(10_000):
        deep = {"a": deep}
    said = {"units": {"nodes": [{**HONEST, "deep": deep}], "totalCount": 1}}
    data, errors = await answered(FakeHubs({JIA: says(said)}), of_jia(UNITS))
    assert data["province"]["live"]["units"]["nodes"] == [HONEST]
    assert errors == []


async def test_an_answer_that_lies_all_over_is_read_no_further() -> None:
    nodes = [{"tileColumn": "x"}] * (LIES_MAX + 1)
    query = of_jia("regions(first: 101) { nodes { tileColumn } }").replace(
        "live {", "liveCoverage { state why } live {"
    )
    data, errors = await answered(FakeHubs({JIA: says({"regions": {"nodes": nodes[1:]}})}), query)
    assert len(errors) == LIES_MAX
    assert data["province"]["liveCoverage"]["why"] == "it answered with 'x', which is no Int, and 99 more"
    data, errors = await answered(FakeHubs({JIA: says({"regions": {"nodes": nodes}})}), query)
    assert data["province"]["live"] is None
    why = f"values that are none, beyond {LIES_MAX} of one question, the first: 'x', which is no Int"
    assert data["province"]["liveCoverage"] == {"state": "LYING", "why": f"it answered with {why}"}
    assert [error["message"] for error in errors] == [f"province {JIA} answered with {why}"]


async def test_an_answer_of_more_values_than_any_question_asks_for_is_not_read() -> None:
    said = {"units": {"nodes": [HONEST], "totalCount": 1}, "more": [[]] * VALUES_MAX}
    query = of_jia(UNITS).replace("live {", "liveCoverage { state } live {")
    data, errors = await answered(FakeHubs({JIA: says(said)}), query)
    assert data["province"] == {"live": None, "liveCoverage": {"state": "LYING"}}
    assert [error["message"] for error in errors] == [
        f"province {JIA} answered with more than {VALUES_MAX} values"
    ]


async def test_a_provinces_own_errors_are_told_as_its_own_at_their_places() -> None:
    faults = (
        LiveFault("no such unit", "NOT_FOUND", ("units", "totalCount")),
        LiveFault("who\nknows\x1b[2J" + "x" * 1000, "OUT_OF_COFFEE"),
    )
    said = says({"units": {"nodes": [HONEST], "totalCount": None}}, *faults)
    query = of_jia(UNITS).replace("live {", "liveCoverage { state why } live {")
    data, (first, second) = await answered(FakeHubs({JIA: said}), query)
    assert data["province"]["live"]["units"] == {"nodes": [HONEST], "totalCount": None}
    assert data["province"]["liveCoverage"] == {
        "state": "ANSWERED",
        "why": "it says: no such unit, and 1 more",
    }
    assert first == {
        "message": f"province {JIA} says: no such unit",
        "path": ["province", "live", "units", "totalCount"],
        "extensions": {"code": "NOT_FOUND", "province": JIA},
    }
    assert second["path"] == ["province", "live"]
    assert second["extensions"] == {"code": "SOURCE_REFUSED", "province": JIA}
    assert second["message"].startswith(f"province {JIA} says: who knows [2Jxxx")
    assert len(second["message"]) == len(f"province {JIA} says: ") + MESSAGE_MAX


@pytest.mark.parametrize("code", ["UNAUTHENTICATED", "INTERNAL"])
async def test_what_a_province_says_of_our_link_or_of_itself_is_not_said_of_the_asker(code: str) -> None:
    refused = LiveAnswer(LiveState.REFUSED, 0.1, None, (LiveFault("no", code),), size_bytes=9)
    _, (error,) = await answered(FakeHubs({JIA: refused}), of_jia("nation { unitsTotal }"))
    assert error["message"] == f"province {JIA} says: no"
    assert error["extensions"] == {"code": "SOURCE_REFUSED", "province": JIA}


async def test_a_question_a_province_refuses_whole_is_null_with_its_reasons() -> None:
    refused = LiveAnswer(
        LiveState.REFUSED, 0.1, None, (LiveFault("too much", "QUERY_TOO_COMPLEX"),), size_bytes=9
    )
    query = of_jia(UNITS).replace("live {", "liveCoverage { state why } live {")
    data, (error,) = await answered(FakeHubs({JIA: refused}), query)
    assert data["province"] == {
        "live": None,
        "liveCoverage": {"state": "REFUSED", "why": "it says: too much"},
    }
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
