"""Quarterly reports: the ones that were begun, and every province's, sent or not."""

from __future__ import annotations

import datetime as dt

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, province_row, unit_row

pytestmark = pytest.mark.anyio


def _report(number: int, quarter: str, state: str, sent: str | None) -> Row:
    return {
        "province": f"{number}0000",
        "quarter": quarter,
        "state": state,
        "submitted_on": dt.date.fromisoformat(sent) if sent else None,
        "problems": "",
        "suggestions": "",
    }


def _sources() -> FakeSources:
    reports = [
        _report(91, "2026Q3", "accepted", "2026-10-15"),
        _report(92, "2026Q3", "submitted", "2026-10-16"),
        _report(93, "2026Q3", "draft", None),
        _report(91, "2026Q2", "accepted", "2026-07-01"),
    ]
    provinces = [province_row(number) for number in (91, 92, 93, 94)]
    return FakeSources(FakeRows({"quarterly_report": reports, "region": provinces, "unit": [unit_row(1)]}))


QUARTER = """
query ($quarter: String, $filter: QuarterlyReportFilter, $first: Int! = 50, $after: String) {
  quarterlyReports(quarter: $quarter, filter: $filter, first: $first, after: $after) {
    nodes { province quarter state submittedOn due punctuality provinceDetail { name } }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
"""


async def test_a_province_that_never_sent_a_report_has_a_row() -> None:
    sources = _sources()
    page = (await sources.data(QUARTER, quarter="2026Q3"))["quarterlyReports"]
    assert [(node["province"], node["state"], node["punctuality"]) for node in page["nodes"]] == [
        ("910000", "ACCEPTED", "ON_TIME"),
        ("920000", "SUBMITTED", "LATE"),
        ("930000", "DRAFT", "OVERDUE"),
        ("940000", None, "OVERDUE"),
    ]
    assert {node["due"] for node in page["nodes"]} == {"2026-10-15"}
    assert page["nodes"][3]["provinceDetail"] == {"name": "虚构94省"}
    assert page["totalCount"] == 4
    assert [ask.noun for ask in sources.registry.asks] == ["region", "quarterly_report", "region"]


async def test_before_the_due_day_a_missing_report_is_pending() -> None:
    page = (await _sources().data(QUARTER, quarter="2026Q4"))["quarterlyReports"]
    assert {node["punctuality"] for node in page["nodes"]} == {"PENDING"}
    assert {node["due"] for node in page["nodes"]} == {"2027-01-15"}


async def test_the_rows_of_a_quarter_are_paged_by_province() -> None:
    sources = _sources()
    first = (await sources.data(QUARTER, quarter="2026Q3", first=3))["quarterlyReports"]
    after = first["pageInfo"]["endCursor"]
    rest = (await sources.data(QUARTER, quarter="2026Q3", first=3, after=after))["quarterlyReports"]
    codes = [node["province"] for node in first["nodes"] + rest["nodes"]]
    assert codes == ["910000", "920000", "930000", "940000"]
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_the_rows_of_a_quarter_are_paged_from_the_end() -> None:
    ends = "pageInfo { hasNextPage hasPreviousPage }"
    query = f'{{ quarterlyReports(quarter: "2026Q3", last: 3) {{ nodes {{ province }} {ends} }} }}'
    page = (await _sources().data(query))["quarterlyReports"]
    assert [node["province"] for node in page["nodes"]] == ["920000", "930000", "940000"]
    assert page["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}


async def test_a_unit_too_is_refused_a_page_from_both_ends() -> None:
    sources = _sources()
    sources.reach = Reach(unit=CreditCode(code_of(1)))
    error = await sources.error('{ quarterlyReports(quarter: "2026Q3", first: 1, last: 1) { totalCount } }')
    assert error["extensions"] == {"code": "INVALID_INPUT", "place": "last"}


async def test_without_a_quarter_only_reports_that_were_begun_are_listed() -> None:
    page = (await _sources().data(QUARTER, filter={"province": "910000"}))["quarterlyReports"]
    assert [(node["quarter"], node["state"]) for node in page["nodes"]] == [
        ("2026Q2", "ACCEPTED"),
        ("2026Q3", "ACCEPTED"),
    ]


async def test_the_filters_province_narrows_a_quarter() -> None:
    page = (await _sources().data(QUARTER, quarter="2026Q3", filter={"province": ["940000"]}))[
        "quarterlyReports"
    ]
    assert [node["province"] for node in page["nodes"]] == ["940000"]


async def test_a_province_does_not_read_of_another_that_it_never_sent_one() -> None:
    sources = _sources()
    sources.reach = Reach(region=RegionCode("920000"))
    page = (await sources.data(QUARTER, quarter="2026Q3"))["quarterlyReports"]
    assert [node["province"] for node in page["nodes"]] == ["920000"]


async def test_a_unit_reads_of_no_report_at_all() -> None:
    sources = _sources()
    sources.reach = Reach(unit=CreditCode(code_of(1)))
    page = (await sources.data(QUARTER, quarter="2026Q3"))["quarterlyReports"]
    assert page["nodes"] == []


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ("filter: {state: [ACCEPTED]}", "filter.state"),
        ('filter: {quarter: ["2026Q2"]}', "filter.quarter"),
        ("orderBy: SUBMITTED_ON", "orderBy"),
    ],
)
async def test_what_a_quarter_cannot_be_narrowed_or_ordered_by_is_refused_and_not_ignored(
    arguments: str, place: str
) -> None:
    sources = _sources()
    error = await sources.error(f'{{ quarterlyReports(quarter: "2026Q3", {arguments}) {{ totalCount }} }}')
    assert error["extensions"] == {"code": "INVALID_INPUT", "place": place}
    assert sources.registry.asks == []
    page = await sources.data(f"{{ quarterlyReports({arguments}) {{ totalCount }} }}")
    assert page["quarterlyReports"]["totalCount"] > 0


async def test_a_quarters_provinces_come_in_either_order() -> None:
    query = (
        '{ quarterlyReports(quarter: "2026Q3", orderBy: PROVINCE, descending: true) { nodes { province } } }'
    )
    page = (await _sources().data(query))["quarterlyReports"]
    assert [node["province"] for node in page["nodes"]] == ["940000", "930000", "920000", "910000"]
