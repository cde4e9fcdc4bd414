"""Links without their secrets, runs, batches with the rows that were refused, agencies, and the nation."""

from __future__ import annotations

import datetime as dt

import pytest

from graph.model.address import without_secrets
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import Row, province_row, unit_row

MOMENT = dt.datetime(2026, 11, 1, 2, tzinfo=dt.UTC)


def _batch(number: int, **changes: object) -> Row:
    counts = {
        "rows": 9,
        "accepted": 7,
        "duplicate": 0,
        "corrected": 0,
        "superseded": 0,
        "suspect": 1,
        "rejected": 2,
    }
    return {
        "source": "link:rest",
        "key": f"day-{number}",
        "digest": "ab" * 32,
        "head": f"head{number}",
        "province": "910000",
        "received_at": MOMENT + dt.timedelta(hours=number),
        **counts,
        **changes,
    }


def _refused(batch: int, row: int) -> Row:
    return {"batch": batch, "row": row, "code": "negative", "why": "expected 0 or more, came -1", "raw": "-1"}


def _sources() -> FakeSources:
    link = {
        "key": "rest",
        "dialect": "rest_json",
        "province": "910000",
        "address": "https://user:pass@example.test:8443/api?token=abc#x",
        "credential": "PROVINCE_91",
        "quirks": '{"valid": "0"}',
        "enabled": True,
    }
    run = {
        "link": "rest",
        "province": "910000",
        "started_at": MOMENT,
        "state": "failed",
        **dict.fromkeys(("rows", "accepted", "duplicate", "corrected", "rejected"), 0),
        "error": "row 3, dataValue: expected a number, came 'x'",
    }
    registry = FakeRows(
        {
            "link": [link],
            "sync_run": [run],
            "region": [province_row(91), province_row(92)],
            "unit": [unit_row(1), unit_row(2, tier="hundred")],
            "agency": [{"key": "lead-91", "name": "虚构发改委", "role": "lead", "province": "910000"}],
            "person": [
                {"agency": "lead-91", "name": "张三", "duty": "负责人", "phone": "000", "province": "910000"}
            ],
            "access_end_milestone": [
                {"unit": "x", "province": "910000", "tier": "hundred", "stage": "connected", "actual": actual}
                for actual in (dt.date(2026, 11, 23), dt.date(2026, 11, 24), None)
            ],
        }
    )
    refused = [_refused(2, 5), _refused(2, 3), _refused(1, 1)]
    return FakeSources(registry, FakeRows({"batch": [_batch(1), _batch(2)], "rejection": refused}))


@pytest.mark.anyio
async def test_a_link_shows_neither_credential_nor_quirks() -> None:
    data = await _sources().data(
        '{ links { nodes { key address } } link(key: "rest") { provinceDetail { name } } }'
    )
    assert data["links"]["nodes"] == [{"key": "rest", "address": "https://example.test:8443/api"}]
    assert data["link"] == {"provinceDetail": {"name": "虚构91省"}}
    fields = schema()._schema.type_map["Link"].fields  # type: ignore[attr-defined]  # an object type
    assert not {"credential", "quirks"} & set(fields)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/srv/drop/91", "/srv/drop/91"),
        ("file:///srv/drop", "/srv/drop"),
        ("postgresql://u:p@db/x?password=p", "postgresql://db/x"),
        ("sqlite:whatever?key=1", "sqlite:"),
        ("http://[broken", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@pytest.mark.anyio
async def test_a_failed_run_says_row_field_and_message() -> None:
    data = await _sources().data(
        "{ syncRuns(filter: {state: FAILED}) { nodes { state startedAt endedAt error linkDetail { dialect } } } }"
    )
    assert data["syncRuns"]["nodes"] == [
        {
            "state": "FAILED",
            "startedAt": "2026-11-01T10:00:00+08:00",
            "endedAt": None,
            "error": "row 3, dataValue: expected a number, came 'x'",
            "linkDetail": {"dialect": "rest_json"},
        }
    ]


@pytest.mark.anyio
async def test_the_latest_batch_comes_first_with_the_rows_it_refused() -> None:
    data = await _sources().data(
        "{ batches { nodes { id accepted rejections(first: 1) { totalCount nodes { row code why raw } } } } }"
    )
    latest, earlier = data["batches"]["nodes"]
    assert (latest["id"], earlier["id"]) == (2, 1)
    assert latest["rejections"] == {
        "totalCount": 2,
        "nodes": [{"row": 3, "code": "negative", "why": "expected 0 or more, came -1", "raw": "-1"}],
    }
    assert earlier["rejections"]["totalCount"] == 1


@pytest.mark.anyio
async def test_refused_rows_of_each_batch_are_paged_from_the_end() -> None:
    page = "nodes { row } pageInfo { hasPreviousPage startCursor }"
    data = await _sources().data(f"{{ batches {{ nodes {{ rejections(last: 1) {{ {page} }} }} }} }}")
    latest, earlier = (batch["rejections"] for batch in data["batches"]["nodes"])
    assert [latest["nodes"], earlier["nodes"]] == [[{"row": 5}], [{"row": 1}]]
    assert [each["pageInfo"]["hasPreviousPage"] for each in (latest, earlier)] == [True, False]
    query = (
        "query ($before: String) { batch(id: 2) { rejections(last: 1, before: $before) { nodes { row } } } }"
    )
    data = await _sources().data(query, before=latest["pageInfo"]["startCursor"])
    assert data["batch"]["rejections"]["nodes"] == [{"row": 3}]


@pytest.mark.anyio
async def test_a_batch_is_found_by_its_number() -> None:
    data = await _sources().data("{ batch(id: 2) { receivedAt head } none: batch(id: 3) { head } }")
    assert data == {"batch": {"receivedAt": "2026-11-01T12:00:00+08:00", "head": "head2"}, "none": None}


@pytest.mark.anyio
async def test_an_agency_names_its_persons() -> None:
    data = await _sources().data("{ agencies { nodes { role persons { name duty phone } } } }")
    persons = [{"name": "张三", "duty": "负责人", "phone": "000"}]
    assert data["agencies"]["nodes"] == [{"role": "LEAD", "persons": persons}]


@pytest.mark.anyio
async def test_the_nation_counts_what_is_within_reach_as_of_today() -> None:
    data = await _sources().data(
        """{ nation { unitsTotal unitsByTier { tier units } unitsConnected provincesCount
            latestBatch { id } dataVersion } }"""
    )
    assert data["nation"] == {
        "unitsTotal": 2,
        "unitsByTier": [
            {"tier": "HUNDRED", "units": 1},
            {"tier": "THOUSAND", "units": 1},
            {"tier": "TEN_THOUSAND", "units": 0},
        ],
        "unitsConnected": 1,
        "provincesCount": 2,
        "latestBatch": {"id": 2},
        "dataVersion": "head2",
    }


@pytest.mark.anyio
async def test_before_the_first_batch_there_is_a_version_too() -> None:
    data = await FakeSources().data("{ nation { latestBatch { id } dataVersion } }")
    assert data["nation"] == {"latestBatch": None, "dataVersion": "0"}


@pytest.mark.anyio
async def test_what_hangs_on_provinces_is_one_question_a_noun() -> None:
    sources = _sources()
    data = await sources.data("{ provinces { nodes { links { key } agencies { key } divisions { code } } } }")
    assert data["provinces"]["nodes"] == [
        {"links": [{"key": "rest"}], "agencies": [{"key": "lead-91"}], "divisions": []},
        {"links": [], "agencies": [], "divisions": []},
    ]
    nouns = [ask.noun for ask in sources.registry.asks]
    assert sorted(nouns) == ["agency", "link", "region", "region"]
