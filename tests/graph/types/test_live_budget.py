"""What answers of other hubs cost one request has one bound, wherever and how often they stand in it."""

from __future__ import annotations

from typing import Any

import pytest

from graph.execution.guard import LIVES_MAX
from graph.execution.live_budget import AGAIN_MAX, FAULTS_MAX, LIES_MAX, VALUES_MAX
from graph.model.live import LiveFault
from tests.graph.live_fakes import BING, JIA, YI, FakeHubs, answered, of_jia, says

pytestmark = pytest.mark.anyio

TOTAL = {"nation": {"unitsTotal": 1}}
LIVE = "live { nation { unitsTotal } }"
ALL = f"{{ provinces {{ nodes {{ {LIVE} liveCoverage {{ state }} }} }} }}"
ENTITIES = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Region {{ {LIVE} }} }} }}"


def much(values: int) -> dict[str, Any]:
    """The total, and more than was asked for."""
    return {**TOTAL, "more": [0] * values}


async def test_the_same_answer_stands_at_so_many_places_and_no_more() -> None:
    hubs = FakeHubs({JIA: says(TOTAL), YI: says(TOTAL)})
    sent = [{"__typename": "Region", "code": code} for code in [*[JIA] * (AGAIN_MAX + 11), YI]]
    data, errors = await answered(hubs, ENTITIES, r=sent)
    found = [row["live"] for row in data["_entities"]]
    assert found == [TOTAL] * (AGAIN_MAX + 1) + [None] * 11
    assert {error["extensions"]["code"] for error in errors} == {"QUERY_TOO_COMPLEX"}
    assert errors[0]["message"].endswith(f"the same live answer again: at most {AGAIN_MAX}, came more")


async def test_as_many_different_answers_of_all_provinces_as_the_guard_allows_are_given() -> None:
    hubs = FakeHubs({code: says(TOTAL) for code in (JIA, YI, BING)})
    fields = " ".join(f"a{number}: {LIVE}" for number in range(LIVES_MAX))
    data, errors = await answered(hubs, f"{{ provinces {{ nodes {{ {fields} }} }} }}")
    assert errors == []
    assert data["provinces"]["nodes"] == [{f"a{number}": TOTAL for number in range(LIVES_MAX)}] * 3


async def test_a_province_says_so_many_values_at_all_its_places_together() -> None:
    half = VALUES_MAX // 2 + 1
    hubs = FakeHubs({JIA: says(much(half)), YI: says(much(half)), BING: says(TOTAL)})
    query = f"{{ provinces {{ nodes {{ a: {LIVE} b: live {{ nation {{ unitsTotal }} __typename }} }} }} }}"
    data, errors = await answered(hubs, query)
    jia, yi, bing = data["provinces"]["nodes"]
    assert (jia["a"], yi["a"], bing["a"]) == (TOTAL, TOTAL, TOTAL)
    assert (jia["b"], yi["b"], bing["b"]) == (None, None, {**TOTAL, "__typename": "Live"})
    assert [error["message"] for error in errors] == [
        f"province {code} answered with more than {VALUES_MAX} values" for code in (JIA, YI)
    ]


async def test_what_all_say_together_is_bounded_and_nobodys_lie() -> None:
    most = VALUES_MAX * 3 // 4
    hubs = FakeHubs({code: says(much(most)) for code in (JIA, YI, BING)})
    data, (error,) = await answered(hubs, ALL)
    assert sorted(row["live"] is None for row in data["provinces"]["nodes"]) == [False, False, True]
    assert {row["liveCoverage"]["state"] for row in data["provinces"]["nodes"]} == {"ANSWERED"}
    assert error["extensions"]["code"] == "TOO_LARGE"


async def test_one_that_says_too_much_leaves_the_others_all_they_may_say() -> None:
    most = VALUES_MAX - 10
    hubs = FakeHubs({JIA: says(much(VALUES_MAX)), YI: says(much(most)), BING: says(much(most))})
    data, _ = await answered(hubs, ALL)
    states = [row["liveCoverage"]["state"] for row in data["provinces"]["nodes"]]
    assert states == ["LYING", "ANSWERED", "ANSWERED"]


async def test_an_honest_page_counts_no_more_than_the_question_for_it_costs() -> None:
    rows = VALUES_MAX // 21 - 20
    page = {"units": {"nodes": [{f"a{n}": "x" for n in range(20)}] * rows}}
    fields = " ".join(f"a{n}: name" for n in range(20))
    data, errors = await answered(
        FakeHubs({JIA: says(page)}), of_jia(f"units(first: {rows}) {{ nodes {{ {fields} }} }}")
    )
    assert errors == []
    assert data["province"]["live"] == page


async def test_lies_are_bounded_over_all_provinces_and_cost_no_honest_one() -> None:
    lying = {"regions": {"nodes": [{"tileColumn": "x"}] * (LIES_MAX // 2 + 1)}}
    honest = {"regions": {"nodes": [{"tileColumn": 1}]}}
    hubs = FakeHubs({JIA: says(lying), YI: says(lying), BING: says(honest)})
    query = "{ provinces { nodes { live { regions(first: 99) { nodes { tileColumn } } } } } }"
    data, errors = await answered(hubs, query)
    jia, yi, bing = (row["live"] for row in data["provinces"]["nodes"])
    assert (jia["regions"]["nodes"][0], yi, bing) == ({"tileColumn": None}, None, honest)
    assert len(errors) == LIES_MAX // 2 + 2


async def test_errors_of_provinces_are_bounded_and_of_each_answer_one_is_told() -> None:
    said = says(TOTAL, *[LiveFault("m")] * (FAULTS_MAX // 2))
    fields = " ".join(f"a{number}: {LIVE}" for number in range(LIVES_MAX))
    _, errors = await answered(FakeHubs({JIA: said}), f'{{ province(code: "{JIA}") {{ {fields} }} }}')
    assert len(errors) == FAULTS_MAX + LIVES_MAX - 2


@pytest.mark.parametrize(
    ("page", "most"),
    [("(first: 2)", 2), ("(last: 3)", 3), ("", 50), ("(first: null)", 50), ("(first: $n)", 4)],
)
@pytest.mark.parametrize("rows", ["nodes", "edges"])
async def test_a_page_longer_than_was_asked_for_is_a_lie(page: str, most: int, rows: str) -> None:
    node = {"name": "x"} if rows == "nodes" else {"node": {"name": "x"}}
    below = "name" if rows == "nodes" else "node { name }"
    asked = of_jia(f"all: units{page} {{ r: {rows} {{ {below} }} }}")
    query = f"query ($n: Int = 4) {asked}" if "$n" in page else asked
    whole = {"all": {"r": [node] * most}}
    data, errors = await answered(FakeHubs({JIA: says(whole)}), query)
    assert (data["province"]["live"], errors) == (whole, [])
    longer = {"all": {"r": [node] * (most + 1)}}
    data, (error,) = await answered(FakeHubs({JIA: says(longer)}), query)
    assert data["province"]["live"] is None
    assert error["message"] == f"province {JIA} answered with {most + 1} rows, of at most {most}"


async def test_a_list_beside_a_pages_rows_is_as_long_as_it_is() -> None:
    said = {"units": {"coverage": [{"why": None}] * 3}}
    data, errors = await answered(FakeHubs({JIA: says(said)}), of_jia("units(first: 1) { coverage { why } }"))
    assert (data["province"]["live"], errors) == (said, [])
