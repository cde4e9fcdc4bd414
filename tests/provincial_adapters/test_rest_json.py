"""A platform's JSON becomes readings by what is declared of it; each way of saying no is kept apart from the others."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import replace

import httpx
import pytest

from graph.errors import (
    ConfigurationError,
    SourceError,
    SourceMalformed,
    SourceNotReady,
    SourceRefused,
    SourceUnreachable,
)
from graph.model.period import UTC
from graph.model.principal import Reach
from graph.model.region import RegionCode
from provincial_adapters import open_client
from provincial_adapters.rest_json import RestPuller
from tests.provincial_adapters.rest_stage import (
    AS_JSON,
    DAY,
    LONG,
    LONG_MAPPING,
    RECORDED,
    SIMPLE,
    SIMPLE_MAPPING,
    day_of,
    link,
    means,
    noting,
    readings,
    recorded,
    rows,
    said,
    saying_it,
    simple,
    whole_of,
)
from tests.provincial_adapters.wire import over_a_wire

STEEL, CEMENT = "91970000MA00000013", "91990000MA0000001B"
POWER, GAS = "0000000002330011", "0000000001150011"
LONG_LINK = link(LONG, LONG_MAPPING)
WIDE = link(
    {"path": "q/{day}", "rows": "$.list[*]", "dates": {"day": "%Y%m%d"}},
    {
        "unit_column": "企业代码", "granularity": "hour", "label_column": "时间", "date_format": "%Y-%m-%d %H",
        "label": "start", "ignored_columns": ["备注"],
        "values": [{"column": "用电量", "data_code": POWER}, {"column": "天然气", "data_code": GAS, "measure": "km3"}],
    },
)  # fmt: skip
NESTED = link(
    {
        "path": "q", "method": "POST", "body": {"range": ["{from}", "{to}"], "page": {"no": 1}},
        "rows": "$.result.enterprises[*].data[*]",
        "outer": {"企业": "$.result.enterprises[*].enterpriseCode"},
        "dates": {"from": "unix_ms", "to": "%Y-%m-%d %H:%M:%S", "last_second": True},
    },
    {
        "unit_column": "企业", "granularity": "quarter_hour", "label_column": "time", "date_format": "%Y-%m-%d %H:%M",
        "label": "start", "ignored_columns": ["at", "$.reading.quality"],
        "values": [{"column": "$.reading.value", "data_code_column": "$.point.dataCode"}],
    },
)  # fmt: skip


async def test_long_rows_name_unit_data_code_and_when_the_source_wrote_them() -> None:
    (delivery,) = await day_of(lambda _: said(recorded("long")), LONG_LINK)
    assert readings([delivery]) == [
        (STEEL, POWER, "182340.50"),
        (STEEL, GAS, "9021.75"),
        (CEMENT, POWER, "77.1"),
        (CEMENT, "00-00-0000023400-80", "5"),
    ]
    first = delivery.arrived.table.to_pylist()[0]
    assert first["start"] == dt.datetime(2026, 11, 18, 16, tzinfo=UTC)
    assert first["version"] == dt.datetime(2026, 11, 19, 17, 10, tzinfo=UTC)
    assert delivery.source == "link:rest-97"
    assert delivery.reach == Reach(region=RegionCode("970000"))
    assert delivery.cursor is None
    assert delivery.drift == ()
    assert delivery.bytes_read > 1000


async def test_wide_rows_have_a_column_for_each_energy_in_chinese() -> None:
    seen: list[httpx.Request] = []
    (delivery,) = await day_of(noting(seen, saying_it(recorded("wide"))), WIDE)
    assert readings([delivery]) == [
        (STEEL, POWER, "1201.25"), (STEEL, POWER, "1198.5"), (STEEL, POWER, "1203"),
        (STEEL, GAS, "81000"), (STEEL, GAS, "80750"), (STEEL, GAS, None),
    ]  # fmt: skip
    assert seen[0].url.path == "/base/q/20261119"
    assert delivery.drift == ()


async def test_nested_rows_take_their_unit_from_outside_and_keep_every_digit() -> None:
    seen: list[httpx.Request] = []
    answer = said((RECORDED / "rest_json_nested.json").read_bytes())
    (delivery,) = await day_of(noting(seen, lambda _: answer), NESTED)
    assert readings([delivery]) == [
        (STEEL, POWER, "0.1"),
        (STEEL, POWER, "300.000000000000000001"),
        (CEMENT, GAS, "2.5"),
    ]
    assert delivery.drift == ()
    assert json.loads(seen[0].content) == {"range": [1795017600000, "2026-11-19 23:59:59"], "page": {"no": 1}}


async def test_the_same_answer_again_is_the_same_batch_whatever_time_the_platform_says_it_is() -> None:
    answer = recorded("long")
    later = {**answer, "serverTime": "2026-11-20 03:00:00"}
    (first,), (again,) = [await day_of(saying_it(a), LONG_LINK) for a in (answer, later)]
    assert (first.key, first.digest) == (again.key, again.digest)
    other = recorded("long")
    other["data"]["rows"][0]["dataValue"] = "1"
    mended = link(LONG, {**LONG_MAPPING, "label": "end"})
    elsewhere = replace(LONG_LINK, key="rest-98")
    keys = {
        (await day_of(saying_it(a), by))[0].key
        for a, by in ((answer, LONG_LINK), (other, LONG_LINK), (answer, mended), (answer, elsewhere))
    }
    assert len(keys) == 4
    assert str(DAY) in first.key


async def test_a_page_beyond_what_one_delivery_holds_is_several() -> None:
    many = {"rows": rows(*range(9)) * 30_000}
    found = await day_of(lambda _: said(many), simple())
    assert [delivery.arrived.rows for delivery in found] == [200_000, 70_000]
    assert len({delivery.key for delivery in found}) == 2


PAGE_FOR_PEOPLE = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (httpx.Response(200, headers=PAGE_FOR_PEOPLE, content="<html>请登录".encode()), SourceMalformed, "came text/html"),
        (httpx.Response(200, headers=AS_JSON, content="<html>请登录".encode()), SourceMalformed, "not JSON"),
        (httpx.Response(502, headers=PAGE_FOR_PEOPLE, content=b"<html>Bad Gateway"), SourceMalformed, "502 with text/html"),
        (httpx.Response(503, headers={**PAGE_FOR_PEOPLE, "Retry-After": "9"}), SourceMalformed, "503, retry after 9"),
        (httpx.Response(425, headers=PAGE_FOR_PEOPLE, content=b"<html>"), SourceMalformed, "425 with text/html"),
        (said({"responseCode": "2001", "responseMessage": "尚未发布"}), SourceNotReady, "not published yet"),
        (httpx.Response(425), SourceNotReady, "not published yet"),
        (said({"responseCode": "1", "responseMessage": "企业不存在"}), SourceRefused, "responseCode is '1': 企业不存在"),
        (said({"responseCode": 1}), SourceRefused, "responseCode is '1'$"),
        (said({"data": {"rows": []}}), SourceMalformed, "has no word at"),
        (said({"responseCode": "0", "data": {}}), SourceMalformed, r"has no list at \$\.data\.rows"),
        (said({"responseCode": "0", "data": {"rows": {}}}), SourceMalformed, "has no list"),
        (said({"responseCode": "0", "data": {"rows": [{"x": 1}]}}), SourceMalformed, "has none of the mapped columns"),
        (said([]), SourceMalformed, "has no word"),
        (httpx.Response(500, headers=AS_JSON, content=b'{"error": "down"}'), SourceRefused, "500: .*down"),
        (httpx.Response(429, headers={"Retry-After": "30"}), SourceRefused, "429, retry after 30"),
        (httpx.Response(401, headers=AS_JSON), SourceRefused, "401"),
        (httpx.Response(302, headers={"Location": "/login", **PAGE_FOR_PEOPLE}), SourceMalformed, "redirects .302. to"),
        (said(b'{"responseCode": "0", "data": {"rows": [{"statDate": "2026'), SourceMalformed, "was truncated"),
        (said(b'{"responseCode": "0", "responseCode": "1"}'), SourceMalformed, "keys stand twice: 'responseCode'"),
        (said(b'{"responseCode": "0", "data": {"rows": [{"dataValue": NaN}]}}'), SourceMalformed, "invalid character"),
        (said(b'{"responseCode": "0", "data": {"rows": [{"statDate": "\\ud800"}]}}'), SourceMalformed, "not JSON"),
        (said(b""), SourceMalformed, "is empty"),
        (said('{"responseCode": "0", "m": "查"}'.encode("gb18030")), SourceMalformed, "is not utf-8"),
        (said('{"responseCode": "0"}'.encode("utf-16")), SourceMalformed, "UTF-16"),
        (said(b'{"responseCode": "0", "x": ' + b"[" * 40 + b"]" * 40 + b"}"), SourceMalformed, "nested more than 32"),
        (said(b"[" * 5000 + b"]" * 5000), SourceMalformed, "nested more than 32|not JSON"),
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_told_and_is_never_no_data(
    answer: httpx.Response, kind: type[SourceError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        await day_of(lambda _: answer, LONG_LINK)
    assert str(caught.value).startswith("http://platform.example/base/api/day: ")
    assert caught.value.place in (None, "http://platform.example/base/api/day")


@pytest.mark.parametrize(
    "answer",
    [
        said({"responseCode": "2004", "responseMessage": "无数据"}),
        said({"responseCode": "0", "data": {"rows": []}}),
        httpx.Response(204),
    ],
)
async def test_no_data_is_no_delivery_and_no_error(answer: httpx.Response) -> None:
    assert await day_of(lambda _: answer, LONG_LINK) == []


async def test_a_status_and_a_word_together_are_one_sign() -> None:
    both = simple(no_data=[{"status": 404, "selector": "$.code", "words": ["NONE"]}])
    assert await day_of(lambda _: said({"code": "NONE"}, 404), both) == []
    for other in (saying_it({"code": "GONE"}, 404), saying_it({"code": "NONE", "rows": 1})):
        with pytest.raises((SourceRefused, SourceMalformed)):
            await day_of(other, both)


async def test_a_slow_platform_is_unreachable_after_the_deadline() -> None:
    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return said({"rows": []})

    with pytest.raises(SourceUnreachable, match=r"within 0\.05 s"):
        await day_of(slow, simple(), deadline_s=0.05)


async def test_units_are_asked_one_by_one_and_one_that_is_late_costs_only_itself() -> None:
    asked = link(
        {**SIMPLE, "query": {"date": "{day}", "u": "{unit}"}, "units": [STEEL, CEMENT], "outer": {"谁": "{unit}"},
         "not_ready": [{"selector": "$.late", "words": ["true"]}]},
        {**{key: SIMPLE_MAPPING[key] for key in SIMPLE_MAPPING if key != "unit"}, "unit_column": "谁"},
    )  # fmt: skip
    both = await day_of(lambda _: said({"rows": rows(1)}), asked)
    assert readings(both) == [(STEEL, POWER, "1"), (CEMENT, POWER, "1")]
    assert both[0].key != both[1].key

    def late(request: httpx.Request) -> httpx.Response:
        return said({"late": True} if request.url.params["u"] == STEEL else {"rows": rows(1)})

    async with open_client(over_a_wire(late)) as client:
        pulling = RestPuller(means(client)).pull_day(asked, DAY)
        assert readings([await anext(pulling)]) == [(CEMENT, POWER, "1")]
        with pytest.raises(SourceNotReady):
            await anext(pulling)


async def test_whoever_is_asked_day_by_day_is_not_pulled_whole_nor_the_other_way_round() -> None:
    with pytest.raises(ConfigurationError, match="since"):
        await whole_of(lambda _: said({"rows": []}), simple())
    with pytest.raises(ConfigurationError, match=r"holds no \{day\}"):
        await day_of(lambda _: said({"rows": []}), simple(query={}))
