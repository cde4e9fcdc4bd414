"""Coverage beside lists: each province's rows, what brings them and what is amiss; nobody learns of another."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, province_row, unit_row

pytestmark = pytest.mark.anyio

ENDED = dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)
FIELDS = "coverage { province name state rows links broughtAt why }"


def _run(number: int, link: str, province: str, rows: int, state: str = "succeeded") -> Row:
    ended = ENDED + dt.timedelta(hours=number)
    row = {"id": number, "link": link, "province": province, "state": state, "rows": rows}
    return {**row, "started_at": ended, "ended_at": ended, "error": "no answer"}


def _sources() -> FakeSources:
    """91 whole over a link, 92 in part as its link failed, 93 of which its link brought nothing, 94 without a link."""
    units = [unit_row(n) for n in (1, 2, 3)]
    units += [unit_row(4, province="920000", city="920100", region="920101", tier="hundred")]
    links = [
        {"key": f"pull-{n}", "province": f"{n}0000", "enabled": True, "dialect": "hub_graphql"}
        for n in (91, 92, 93)
    ]
    runs = [
        _run(1, "pull-91", "910000", 7),
        _run(2, "pull-92", "920000", 5),
        _run(3, "pull-92", "920000", 0, "failed"),
        _run(4, "pull-91", "910000", 0),
        _run(5, "pull-93", "930000", 0),
    ]
    regions = [province_row(n) for n in (91, 92, 93, 94)]
    batches = [{"province": "910000", "source": "pull-91", "key": "k"}]
    return FakeSources(
        FakeRows({"region": regions, "unit": units, "link": links, "sync_run": runs}),
        FakeRows({"batch": batches}),
    )


async def _coverage(sources: FakeSources, field: str = "units") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sources.data(f"{{ {field} {{ {FIELDS} }} }}"))[
        field.partition("(")[0]
    ]["coverage"]
    return found


async def test_every_province_says_what_the_list_rests_on() -> None:
    whole, partial, idle, silent = await _coverage(_sources())
    assert whole == {
        "province": "910000",
        "name": "虚构91省",
        "state": "WHOLE",
        "rows": 3,
        "links": ["pull-91"],
        "broughtAt": "2026-11-01T12:00:00+08:00",
        "why": None,
    }
    assert (partial["state"], partial["rows"]) == ("PARTIAL", 1)
    assert partial["broughtAt"] == "2026-11-01T13:00:00+08:00"
    assert partial["why"] == "link pull-92 failed at 2026-11-01 14:00 +08:00: no answer"
    assert (idle["state"], idle["rows"], idle["broughtAt"], idle["why"]) == ("NOT_DUE", 0, None, None)
    assert (silent["state"], silent["links"]) == ("NOTHING", [])
    assert silent["why"] == "no link brings anything of the province, and no such row was entered"


async def test_coverage_is_of_the_whole_list_whatever_page_is_shown() -> None:
    sources = _sources()
    data = await sources.data(f"{{ units(first: 1) {{ nodes {{ creditCode }} totalCount {FIELDS} }} }}")
    assert len(data["units"]["nodes"]) == 1
    assert sum(row["rows"] for row in data["units"]["coverage"]) == data["units"]["totalCount"] == 4
    assert len(sources.registry.counted) == 3  # the list by province, the last run by link, what it brought


async def test_what_is_not_selected_is_not_asked() -> None:
    sources = _sources()
    await sources.data("{ units { nodes { creditCode } totalCount } }")
    assert [ask.noun for ask in sources.registry.asks] == ["unit"]
    assert sources.registry.counted == []


async def test_a_filters_provinces_narrow_it_and_its_other_conditions_count() -> None:
    sources = _sources()
    rows = await _coverage(sources, 'units(filter: {province: ["920000", "930000"], tier: [HUNDRED]})')
    assert [(row["province"], row["rows"]) for row in rows] == [("920000", 1), ("930000", 0)]
    rows = await _coverage(sources, "units(filter: {tier: [HUNDRED]})")
    assert [row["rows"] for row in rows] == [0, 1, 0, 0]
    rows = await _coverage(sources, 'units(filter: {region: "920101"})')
    assert [(row["province"], row["rows"]) for row in rows] == [("920000", 1)]


async def test_conditions_that_exclude_each_other_leave_no_province() -> None:
    assert await _coverage(_sources(), 'units(filter: {province: ["910000"], region: "920101"})') == []
    assert await _coverage(_sources(), "units(filter: {province: []})") == []


async def test_an_unknown_province_has_no_row_and_a_malformed_one_is_an_error() -> None:
    assert await _coverage(_sources(), 'units(filter: {province: ["990000"]})') == []
    error = await _sources().error(f'{{ units(filter: {{province: ["99"]}}) {{ {FIELDS} }} }}')
    assert error["extensions"]["code"] == "MALFORMED_CODE"


async def test_a_province_learns_of_itself_and_of_nobody_else() -> None:
    sources = replace(_sources(), reach=Reach(region=RegionCode("920000")))
    (own,) = await _coverage(sources)
    assert (own["province"], own["rows"], own["links"]) == ("920000", 1, ["pull-92"])
    assert await _coverage(sources, 'units(filter: {province: ["910000"]})') == []
    asked = [*sources.registry.asks, *sources.registry.counted]
    assert {ask.reach for ask in asked} == {sources.reach}


async def test_a_unit_counts_itself_and_is_told_of_no_link() -> None:
    sources = replace(_sources(), reach=Reach(unit=CreditCode(code_of(4))))
    (own,) = await _coverage(sources)
    assert (own["province"], own["rows"], own["state"]) == ("920000", 1, "WHOLE")
    assert (own["links"], own["broughtAt"], own["why"]) == (None, None, None)
    assert {ask.noun for ask in (*sources.registry.asks, *sources.registry.counted)} == {"unit", "region"}


async def test_a_hub_without_rows_answers_without_rows() -> None:
    assert await _coverage(FakeSources()) == []
    sources = FakeSources(FakeRows({"region": [province_row(91)]}))
    (row,) = await _coverage(sources)
    assert (row["rows"], row["state"], row["broughtAt"]) == (0, "NOTHING", None)


async def test_a_list_of_the_ledger_is_counted_in_the_ledger() -> None:
    sources = _sources()
    rows = await _coverage(sources, "batches")
    assert [row["rows"] for row in rows] == [1, 0, 0, 0]
    assert [ask.noun for ask in sources.ledger.counted] == ["batch"]


async def test_what_a_client_of_the_nation_brought_is_of_no_province_and_the_schema_says_so() -> None:
    brought = [{"province": None, "source": "ministry", "key": "k"}]
    sources = replace(_sources(), ledger=FakeRows({"batch": brought}))
    data = await sources.data(f"{{ batches {{ totalCount {FIELDS} }} }}")
    assert data["batches"]["totalCount"] == 1
    assert [row["rows"] for row in data["batches"]["coverage"]] == [0, 0, 0, 0]
    told = await sources.data('{ __type(name: "ListCoverage") { fields { name description } } }')
    (rows,) = [field["description"] for field in told["__type"]["fields"] if field["name"] == "rows"]
    assert "Rows of no province" in rows


async def test_lists_below_rows_have_their_own() -> None:
    sources = _sources()
    question = (
        '{ regions(filter: {code: ["910000", "920000"]}) { nodes { units { coverage { province rows } } } } }'
    )
    nodes = (await sources.data(question))["regions"]["nodes"]
    assert [node["units"]["coverage"] for node in nodes] == [
        [{"province": "910000", "rows": 3}],
        [{"province": "920000", "rows": 1}],
    ]


async def test_reports_of_a_quarter_are_counted_where_they_were_begun() -> None:
    sources = _sources()
    report = {"quarter": "2026Q3", "state": "draft", "problems": "", "suggestions": ""}
    sources.registry.nouns["quarterly_report"] = [
        {**report, "province": "910000"},
        {**report, "province": "920000", "quarter": "2026Q2"},
    ]
    question = f'{{ quarterlyReports(quarter: "2026Q3") {{ totalCount {FIELDS} }} }}'
    found = (await sources.data(question))["quarterlyReports"]
    assert found["totalCount"] == 4
    assert [row["rows"] for row in found["coverage"]] == [1, 0, 0, 0]


async def test_a_source_that_fails_costs_the_answer_and_is_not_told_as_nothing() -> None:
    sources = _sources()
    sources.ledger.fault = OSError("disk")
    error = await sources.error(f"{{ batches {{ {FIELDS} }} }}")
    assert error["extensions"]["code"] == "INTERNAL"


async def test_a_links_last_run_is_known_however_many_others_ran_since() -> None:
    sources = _sources()
    sources.registry.nouns["sync_run"] += [_run(n, "pull-91", "910000", 1) for n in range(6, 1_500)]
    _, partial, *_ = await _coverage(sources)
    assert partial["why"] == "link pull-92 failed at 2026-11-01 14:00 +08:00: no answer"


async def test_a_run_under_way_hides_no_failure_and_is_no_lack_of_runs() -> None:
    sources = _sources()
    under_way = {**_run(9, "pull-92", "920000", 0, "running"), "ended_at": None, "error": None}
    sources.registry.nouns["sync_run"].append(under_way)
    _, partial, *_ = await _coverage(sources)
    assert partial["why"] == "link pull-92 failed at 2026-11-01 14:00 +08:00: no answer"


async def test_a_link_that_waits_for_devices_lacks_no_run() -> None:
    devices = {"key": "devices", "province": "940000", "enabled": True, "dialect": "nhjc04"}
    waiting, pulled = _sources(), _sources()
    for sources in (waiting, pulled):
        sources.registry.nouns["link"].append(devices)
    waiting.waiting = frozenset({"nhjc04"})
    last, other = (await _coverage(waiting))[-1], (await _coverage(pulled))[-1]
    assert (last["state"], last["links"], last["why"]) == ("NOT_DUE", ["devices"], None)
    assert (other["state"], other["why"]) == ("NOTHING", "link devices has no run that ended")
