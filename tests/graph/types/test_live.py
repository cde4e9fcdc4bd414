"""What a province's own hub answers now: forwarded whole, completed under our types, never believed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from graphql import GraphQLObjectType, is_abstract_type, parse, validate

from graph.model.credit_code import CreditCode
from graph.model.live import LiveAnswer, LiveState
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.live_fakes import BING, JIA, YI, FakeHubs, HonestHub, answered, nation, of_jia, says
from tests.graph.samples import code_of, province_row, unit_row

pytestmark = pytest.mark.anyio


async def test_a_question_is_sent_on_as_it_stands_and_its_answer_is_ours() -> None:
    hubs = FakeHubs({JIA: says({"nation": {"t": 5}, "__typename": "Query"})})
    query = of_jia("__typename nation { t: unitsTotal }")
    assert await nation(hubs).data(query) == {
        "province": {"live": {"__typename": "Live", "nation": {"t": 5}}}
    }
    assert hubs.documents == ["query Live { __typename nation { t: unitsTotal } }"]


async def test_variables_fragments_and_directives_go_along_and_nothing_unused_does() -> None:
    query = f"""
      query ($first: Int, $yes: Boolean! = true, $asOf: AsOfInput, $ours: Int, $unsaid: Int) {{
        provinces(first: $ours) {{ nodes {{ live {{ ...Units ... on Live @include(if: $yes) {{ __typename }} }} }} }}
      }}
      fragment Units on Live {{ units(first: $first, last: $unsaid) {{ nodes {{ ...Unit }} }} {BALANCE} }}
      fragment Unit on Unit {{ name @skip(if: $yes) creditCode }}
      """
    hubs = FakeHubs({JIA: says({"units": {"nodes": []}, "energyBalance": None})})
    sent = {"first": 3, "ours": 7, "asOf": {"day": "2026-11-01"}}
    await nation(hubs).ask(query, **sent)
    ((_, question),) = hubs.asked
    assert question.variables == {"first": 3, "asOf": {"day": "2026-11-01"}}
    (document,) = hubs.documents
    assert document.startswith(
        "query Live($first: Int, $yes: Boolean! = true, $asOf: AsOfInput, $unsaid: Int) {"
    )
    assert "... on Query @include(if: $yes)" in document
    assert "fragment Units on Query" in document
    assert "fragment Unit on Unit { name @skip(if: $yes) creditCode }" in document


BALANCE = 'energyBalance(period: { month: "2026-10" }, asOf: $asOf) { totalTce }'


async def test_what_is_skipped_is_not_asked() -> None:
    hubs = FakeHubs({JIA: says({})})
    query = "query ($no: Boolean!) { provinces { nodes { code live @include(if: $no) { nation { unitsTotal } } } } }"
    await nation(hubs).data(query, no=False)
    assert hubs.asked == []


async def test_all_provinces_are_asked_side_by_side_and_each_once() -> None:
    hubs = FakeHubs({code: says({"nation": {"unitsTotal": 1}}) for code in (JIA, YI, BING)})
    hubs.patience = asyncio.Event()
    query = "{ provinces { nodes { live { nation { unitsTotal } } again: live { nation { unitsTotal } } } } }"
    asking = asyncio.create_task(nation(hubs).data(query))
    async with asyncio.timeout(10):
        await hubs.all_asked.wait()
    assert not asking.done()
    hubs.patience.set()
    one = {"nation": {"unitsTotal": 1}}
    assert (await asking)["provinces"]["nodes"] == [{"live": one, "again": one}] * 3
    assert sorted(province for province, _ in hubs.asked) == [JIA, YI, BING]


async def test_who_goes_away_lets_go_of_what_was_asked() -> None:
    hubs = FakeHubs({JIA: says({}), YI: says({})}, patience=asyncio.Event())
    asking = asyncio.create_task(
        nation(hubs).ask("{ provinces { nodes { live { nation { unitsTotal } } } } }")
    )
    async with asyncio.timeout(10):
        await hubs.all_asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await hubs.all_given_up.wait()


async def test_below_provinces_and_without_a_link_nothing_is_asked() -> None:
    hubs = FakeHubs({JIA: says({})})
    line = "liveCoverage { link state why seconds bytes }"
    query = f"""{{ region(code: "910100") {{ live {{ nation {{ unitsTotal }} }} {line} }}
                   province(code: "{YI}") {{ {line} live {{ nation {{ unitsTotal }} }} }} }}"""
    data = await nation(hubs).data(query)
    why = "no enabled link of the province leads to such a hub"
    nothing = {"link": None, "state": "NO_LINK", "why": why, "seconds": 0.0, "bytes": None}
    assert data == {
        "region": {"live": None, "liveCoverage": None},
        "province": {"live": None, "liveCoverage": nothing},
    }
    assert hubs.asked == []


FAILURES: Mapping[LiveState, str] = {
    LiveState.UNREACHABLE: "SOURCE_UNREACHABLE",
    LiveState.SLOW: "SOURCE_UNREACHABLE",
    LiveState.LYING: "SOURCE_MALFORMED",
    LiveState.REFUSED: "SOURCE_REFUSED",
}


@pytest.mark.parametrize("state", FAILURES)
@pytest.mark.parametrize("order", ["liveCoverage { state why } live { nation { unitsTotal } }", ""])
async def test_a_province_that_fails_costs_only_its_own_part(state: LiveState, order: str) -> None:
    hubs = FakeHubs({JIA: says({"nation": {"unitsTotal": 1}}), YI: LiveAnswer(state, 5.0, why="it is so")})
    fields = order or "live { nation { unitsTotal } } liveCoverage { state why }"
    data, errors = await answered(hubs, f"{{ provinces(first: 2) {{ nodes {{ {fields} }} }} }}")
    assert data["provinces"]["nodes"] == [
        {"live": {"nation": {"unitsTotal": 1}}, "liveCoverage": {"state": "ANSWERED", "why": None}},
        {"live": None, "liveCoverage": {"state": state.name, "why": "it is so"}},
    ]
    assert errors == [
        {
            "message": f"province {YI} did not answer: it is so",
            "path": ["provinces", "nodes", 1, "live"],
            "extensions": {"code": FAILURES[state], "province": YI},
        }
    ]


async def test_coverage_tells_the_worst_of_what_was_asked_beside_it_and_nothing_where_nothing_was() -> None:
    hubs = FakeHubs({JIA: says({"nation": {"unitsTotal": 1}, "units": {"totalCount": "x"}})})
    query = """{ a: province(code: "910000") { live { nation { unitsTotal } } liveCoverage { state link seconds bytes } }
                 b: province(code: "910000") { live { nation { unitsTotal } } b: live { units { totalCount } }
                                               liveCoverage { state } }
                 c: province(code: "910000") { liveCoverage { state } } }"""
    data, _ = await answered(hubs, query)
    assert data["a"]["liveCoverage"] == {"state": "ANSWERED", "link": "hub-91", "seconds": 0.25, "bytes": 100}
    assert data["b"]["liveCoverage"] == {"state": "LYING"}
    assert data["c"]["liveCoverage"] is None


async def test_the_version_of_a_provinces_readings_is_asked_where_it_is_told() -> None:
    said = says({"nation": {"unitsTotal": 1}, "liveDataVersion": {"dataVersion": "abc"}})
    hubs = FakeHubs({JIA: said})
    query = """{ province(code: "910000") { live { nation { unitsTotal } } ...Told } }
               fragment Told on Region { liveCoverage { dataVersion } }"""
    data = await nation(hubs).data(query)
    assert data["province"] == {"live": {"nation": {"unitsTotal": 1}}, "liveCoverage": {"dataVersion": "abc"}}
    assert "liveDataVersion: nation { dataVersion }" in hubs.documents[0]
    await nation(hubs).data(query.replace("dataVersion", "state"))
    assert "liveDataVersion" not in hubs.documents[1]


@pytest.mark.parametrize("below", ["{}", "...F", "... on Live {{ {} }}"])
async def test_the_version_is_asked_by_a_name_the_asker_does_not_use(below: str) -> None:
    theirs = "liveDataVersion: nation { unitsTotal } liveDataVersion_: nation { months: unitsTotal }"
    said = says({
        "liveDataVersion": {"unitsTotal": 1}, "liveDataVersion_": {"months": 2}, "liveDataVersion__": {"dataVersion": "abc"},
    })  # fmt: skip
    hubs = FakeHubs({JIA: said})
    query = f'{{ province(code: "910000") {{ live {{ {below.format(theirs)} }} liveCoverage {{ dataVersion }} }} }}'
    if below == "...F":
        query += f" fragment F on Live {{ {theirs} }}"
    data = await nation(hubs).data(query)
    assert data["province"]["liveCoverage"] == {"dataVersion": "abc"}
    assert data["province"]["live"] == {
        "liveDataVersion": {"unitsTotal": 1},
        "liveDataVersion_": {"months": 2},
    }
    assert "liveDataVersion__: nation { dataVersion }" in hubs.documents[0]
    assert validate(schema()._schema, parse(hubs.documents[0])) == []


UNIT_OF_JIA = Reach(unit=CreditCode(code_of(1)))
CITY_OF_JIA = Reach(region=RegionCode("910100"))


@pytest.mark.parametrize("reach", [UNIT_OF_JIA, CITY_OF_JIA, Reach(region=RegionCode(YI))], ids=str)
async def test_who_does_not_see_the_whole_province_may_not_ask_its_hub(reach: Reach) -> None:
    hubs = FakeHubs({JIA: says({"nation": {"unitsTotal": 1}})})
    query = of_jia("nation { unitsTotal }").replace("live {", "liveCoverage { state } live {")
    result = await nation(hubs, reach).ask(query)
    assert result.data == {"province": {"live": None, "liveCoverage": None}}
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["FORBIDDEN"]
    assert hubs.asked == []


async def test_who_sees_the_whole_province_may() -> None:
    hubs = FakeHubs({JIA: says({"nation": {"unitsTotal": 1}})})
    query = of_jia("nation { unitsTotal }")
    data = await nation(hubs, Reach(region=RegionCode(JIA))).data(query)
    assert data == {"province": {"live": {"nation": {"unitsTotal": 1}}}}


async def test_what_fails_inside_of_us_is_masked_and_covered() -> None:
    query = of_jia("units { totalCount }").replace("live {", "liveCoverage { state why } live {")
    data, (error,) = await answered(FakeHubs({JIA: RuntimeError("http://10.0.0.1 secret")}), query)
    why = "something failed inside this hub"
    assert data["province"] == {"live": None, "liveCoverage": {"state": "UNREACHABLE", "why": why}}
    assert error["extensions"] == {"code": "INTERNAL"}
    assert "secret" not in error["message"]


async def test_a_gateway_may_ask_live_of_a_reference_too() -> None:
    hubs = FakeHubs({JIA: says({"nation": {"unitsTotal": 1}})})
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Region { live { nation { unitsTotal } } } } }"
    data = await nation(hubs).data(query, r=[{"__typename": "Region", "code": JIA}])
    assert data == {"_entities": [{"live": {"nation": {"unitsTotal": 1}}}]}


async def test_an_honest_hub_of_the_same_software_is_heard_whole() -> None:
    province = FakeSources(FakeRows({"unit": [unit_row(1), unit_row(2)], "region": [province_row(91)]}))
    below = "units { nodes { creditCode tier regionDetail { name } } totalCount pageInfo { endCursor } }"
    direct = await province.data(f"{{ {below} }}")
    assert len(direct["units"]["nodes"]) == 2
    assert await nation(HonestHub(JIA, province)).data(of_jia(below)) == {"province": {"live": direct}}


def test_live_has_every_root_field_and_neither_federations_nor_an_abstract_type() -> None:
    core = schema()._schema
    live, query = core.type_map["Live"], core.query_type
    assert isinstance(live, GraphQLObjectType)
    assert query is not None
    theirs = {"_entities", "_service"}
    assert set(live.fields) == set(query.fields) - theirs
    assert [str(field.type) for field in live.fields.values()] == [
        str(field.type) for name, field in query.fields.items() if name not in theirs
    ]
    # an answer's values are completed by the types that were asked: nobody asks a province for __typename
    assert [name for name, kind in core.type_map.items() if is_abstract_type(kind)] == ["_Entity"]
