"""Units by list and by key, and what is below them."""

from __future__ import annotations

import datetime as dt

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import Compare, Condition
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import code_of, point_row, province_row, unit_row

pytestmark = pytest.mark.anyio

PAGE = """
query (
  $first: Int, $after: String, $last: Int, $before: String,
  $filter: UnitFilter, $by: UnitOrder! = CREDIT_CODE, $down: Boolean! = false
) {
  units(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $by, descending: $down
  ) {
    nodes { creditCode name }
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def _sources(units: int = 5) -> FakeSources:
    rows = [unit_row(number) for number in range(1, units + 1)]
    return FakeSources(FakeRows({"unit": rows, "region": [province_row(91)]}))


async def test_pages_follow_each_other_without_overlap() -> None:
    sources, seen, after, more = _sources(5), [], None, True
    while more:
        page = (await sources.data(PAGE, first=2, after=after))["units"]
        seen += [node["creditCode"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == sorted(code_of(number) for number in range(1, 6))


async def test_pages_from_the_end_come_in_the_lists_own_order() -> None:
    sources, seen, before, more = _sources(5), list[str](), None, True
    while more:
        page = (await sources.data(PAGE, last=2, before=before))["units"]
        seen = [node["creditCode"] for node in page["nodes"]] + seen
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]
    assert seen == sorted(code_of(number) for number in range(1, 6))
    assert [ask.first for ask in sources.registry.asks] == [None] * 3


async def test_after_and_before_narrow_a_page_from_either_end() -> None:
    sources = _sources(5)
    edges = (await sources.data(PAGE))["units"]["edges"]
    for size, expected, beside in (("first", edges[1:3], True), ("last", edges[2:4], True)):
        bounds = {size: 2, "after": edges[0]["cursor"], "before": edges[4]["cursor"]}
        page = (await sources.data(PAGE, **bounds))["units"]
        assert page["edges"] == expected
        assert page["pageInfo"]["hasPreviousPage"] is page["pageInfo"]["hasNextPage"] is beside


async def test_fifty_rows_come_where_no_size_is_given() -> None:
    sources = _sources(51)
    for bounds in ({}, {"first": None, "last": None}):
        page = (await sources.data(PAGE, **bounds))["units"]
        assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (50, True)
    assert len((await sources.data(PAGE, last=51))["units"]["nodes"]) == 51


async def test_units_below_divisions_are_paged_from_the_end() -> None:
    rows = [unit_row(number, province=f"{91 + number % 2}0000") for number in range(6)]
    sources = FakeSources(FakeRows({"unit": rows, "region": [province_row(91), province_row(92)]}))
    page = "nodes { creditCode } pageInfo { hasNextPage hasPreviousPage }"
    query = f"{{ provinces {{ nodes {{ units(last: 2) {{ {page} }} }} }} }}"
    found = (await sources.data(query))["provinces"]["nodes"]
    codes = [[node["creditCode"] for node in each["units"]["nodes"]] for each in found]
    assert codes == [sorted(code_of(number) for number in numbers)[-2:] for numbers in ((0, 2, 4), (1, 3, 5))]
    ends = {"hasNextPage": False, "hasPreviousPage": True}
    assert [each["units"]["pageInfo"] for each in found] == [ends, ends]
    error = await sources.error("{ provinces { nodes { units(first: 1, last: 2) { totalCount } } } }")
    assert error["extensions"] == {"code": "INVALID_INPUT", "place": "last"}


async def test_an_edge_is_its_node_with_a_cursor() -> None:
    page = (await _sources(2).data(PAGE, first=2))["units"]
    assert [edge["node"]["name"] for edge in page["edges"]] == [node["name"] for node in page["nodes"]]
    assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]


async def test_order_and_filter_reach_the_source_as_columns() -> None:
    sources = _sources()
    wanted = {
        "province": "910000",
        "region": "910100",
        "section": ["C"],
        "tier": "THOUSAND",
        "nameContains": "钢铁",
        "creditCode": [code_of(1).lower(), code_of(2)],
    }
    page = (await sources.data(PAGE, first=9, filter=wanted, by="NAME", down=True))["units"]
    assert [node["creditCode"] for node in page["nodes"]] == [code_of(2), code_of(1)]
    (ask,) = sources.registry.asks
    assert ask.order is not None
    assert (ask.order.column, ask.order.descending) == ("name", True)
    assert Condition("city", "910100") in ask.where
    assert Condition("tier", ("thousand",), Compare.IN) in ask.where


async def test_a_region_filter_looks_at_the_column_of_its_level() -> None:
    sources = _sources()
    for region in ("910000", "910100", "910101"):
        await sources.data(PAGE, first=1, filter={"region": region})
    columns = [ask.where[0].column for ask in sources.registry.asks]
    assert columns == ["province", "city", "region"]


async def test_a_total_is_counted_only_when_it_is_selected() -> None:
    sources = _sources(5)
    await sources.data("{ units(first: 2) { nodes { name } } }")
    data = await sources.data(
        "fragment T on UnitConnection { totalCount } { units(first: 2) { ... { ...T } } }"
    )
    assert data["units"]["totalCount"] == 5
    assert [ask.want_total for ask in sources.registry.asks] == [False, True]


async def test_a_total_below_does_not_make_one_above() -> None:
    sources = _sources(1)
    await sources.data("{ provinces { nodes { units { totalCount } } } }")
    assert {ask.noun: ask.want_total for ask in sources.registry.asks} == {"region": False, "unit": True}


async def test_a_unit_by_key_is_found_and_its_section_named() -> None:
    data = await _sources().data(
        "query ($code: String!) { unit(creditCode: $code) { name section sectionName tier city } }",
        code=code_of(3),
    )
    assert data["unit"] == {
        "name": "虚构钢铁3厂",
        "section": "C",
        "sectionName": "制造业",
        "tier": "THOUSAND",
        "city": "910100",
    }


async def test_units_asked_for_at_the_same_moment_are_one_question() -> None:
    sources = _sources()
    aliases = " ".join(f'u{n}: unit(creditCode: "{code_of(n)}") {{ creditCode }}' for n in (1, 2, 99))
    data = await sources.data(f"{{ {aliases} }}")
    assert [data[alias] and data[alias]["creditCode"] for alias in ("u1", "u2", "u99")] == [
        code_of(1),
        code_of(2),
        None,
    ]
    assert sources.registry.asked("unit") == 1


async def test_a_unit_out_of_reach_looks_as_if_there_were_none() -> None:
    query = "query ($code: String!) { unit(creditCode: $code) { name } units { totalCount } }"
    sources = _sources()
    sources.reach = Reach(region=RegionCode("920000"))
    assert await sources.data(query, code=code_of(1)) == {"unit": None, "units": {"totalCount": 0}}
    sources.reach = Reach(unit=CreditCode(code_of(2)))
    assert await sources.data(query, code=code_of(1)) == {"unit": None, "units": {"totalCount": 1}}


async def test_a_malformed_credit_code_names_the_segment() -> None:
    wrong = code_of(1)[:-1] + ("0" if code_of(1)[-1] != "0" else "1")
    error = await _sources().error("query ($c: String!) { unit(creditCode: $c) { name } }", c=wrong)
    segment = "check character (18)"
    assert error["extensions"] == {"code": "MALFORMED_CODE", "segment": segment, "place": "creditCode"}
    assert wrong in error["message"]
    error = await _sources().error('{ units(filter: {province: "91"}) { totalCount } }')
    assert error["extensions"] == {"code": "MALFORMED_CODE", "segment": "whole"}


async def test_an_unknown_cursor_is_the_askers_fault() -> None:
    for side in ("after", "before"):
        error = await _sources().error(PAGE, **{side: "bm90IGEgY3Vyc29y"})
        assert error["extensions"] == {"code": "INVALID_INPUT", "place": side}


async def test_a_filter_with_too_many_values_is_refused() -> None:
    codes = [code_of(1)] * 1001
    error = await _sources().error(PAGE, first=2, filter={"creditCode": codes})
    assert error["extensions"] == {"code": "TOO_LARGE", "place": "creditCode"}
    error = await _sources().error(PAGE, first=2, filter={"nameContains": "长" * 65})
    assert error["extensions"] == {"code": "TOO_LARGE"}


async def test_what_is_below_units_is_one_question_a_noun() -> None:
    rows = {
        "unit": [unit_row(n) for n in (1, 2, 3)],
        "region": [province_row(91), {**province_row(91), "code": "910101", "level": "county"}],
        "data_point": [point_row(n, p, instrument="E-1") for n in (1, 2) for p in (1, 2)],
        "instrument": [
            {
                "unit": code_of(1),
                "province": "910000",
                "number": "E-1",
                "type_code": "15260000",
                "level": 1,
                "accuracy_class": "0.5S",
                "calibrated_on": dt.date(2026, 1, 1),
                "calibration_until": dt.date(2027, 1, 1),
            }
        ],
        "waiver": [
            {
                "unit": code_of(2),
                "province": "910000",
                "energy": "heat",
                "grantor": "虚构发改委",
                "granted_on": dt.date(2026, 2, 1),
            }
        ],
    }
    sources = FakeSources(FakeRows(rows))
    data = await sources.data(
        """{ units { nodes {
            regionDetail { level }
            instruments { number now: calibrationValid then: calibrationValid(on: "2025-12-31") owner { name } }
            dataPoints { code measure instrumentDetail { accuracyClass } }
            waivers { energy until }
            accessEndMilestones { stage }
        } } }"""
    )
    first, second, third = data["units"]["nodes"]
    assert first["regionDetail"] == {"level": "COUNTY"}
    assert first["instruments"] == [
        {"number": "E-1", "now": True, "then": False, "owner": {"name": "虚构钢铁1厂"}}
    ]
    assert [point["measure"] for point in first["dataPoints"]] == ["kWh", "kWh"]
    assert [point["instrumentDetail"] for point in first["dataPoints"]] == [{"accuracyClass": "0.5S"}] * 2
    assert [point["instrumentDetail"] for point in second["dataPoints"]] == [None, None]
    assert second["waivers"] == [{"energy": "HEAT", "until": None}]
    assert third["dataPoints"] == []
    nouns = [ask.noun for ask in sources.registry.asks]
    twice = {"unit", "instrument"}  # the list and the owners; a unit's instruments and those of its points
    assert {noun: nouns.count(noun) for noun in set(nouns)} == {n: 1 + (n in twice) for n in set(nouns)}
