"""A fake platform for the REST dialect, and links that are declared for it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters import Bounds, Means, open_client
from provincial_adapters.rest_json import RestPuller
from tests.provincial_adapters.saying import saying
from tests.provincial_adapters.wire import Answering, over_a_wire

DAY = dt.date(2026, 11, 19)
AS_JSON = {"Content-Type": "application/json; charset=utf-8"}
SECRET = "a-Very-secret-0123456789"
RECORDED = Path(__file__).parent / "recorded"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

LONG_MAPPING: dict[str, Any] = {
    "unit_column": "enterpriseCode",
    "granularity": "day",
    "label_column": "statDate",
    "date_format": "%Y-%m-%d %H:%M:%S",
    "label": "start",
    "version_column": "uploadDate",
    "ignored_columns": ["inputType", "statType", "scope", "valid"],
    "values": [{"column": "dataValue", "data_code_column": "dataCode"}],
}
LONG: dict[str, Any] = {
    "path": "api/day",
    "query": {"date": "{day}"},
    "rows": "$.data.rows[*]",
    "success": {"selector": "$.responseCode", "words": ["0"], "message": "$.responseMessage"},
    "not_ready": [{"selector": "$.responseCode", "words": ["2001"]}, {"status": 425}],
    "no_data": [{"selector": "$.responseCode", "words": ["2004"]}, {"status": 204}],
}
SIMPLE: dict[str, Any] = {"path": "api/day", "query": {"date": "{day}"}, "rows": "$.rows[*]"}
SIMPLE_MAPPING: dict[str, Any] = {
    "unit": "91970000MA00000013",
    "granularity": "day",
    "label_column": "t",
    "date_format": "%Y-%m-%d",
    "label": "start",
    "values": [{"column": "v", "data_code": "00-00-0000-023300-11"}],
}


def recorded(name: str) -> Any:
    """A recorded answer."""
    return json.loads((RECORDED / f"rest_json_{name}.json").read_text("utf-8"))


def link(request: dict[str, Any], mapping: dict[str, Any], **changed: Any) -> Link:
    """A link of the dialect; its address has a path of its own."""
    quirks = {"request": request, "mapping": mapping}
    return replace(
        Link("rest-97", "rest_json", RegionCode("970000"), "http://platform.example/base/", quirks=quirks),
        **changed,
    )


def simple(**changed: Any) -> Link:
    """A link whose rows have a day `t` and a value `v`."""
    return link({**SIMPLE, **changed}, SIMPLE_MAPPING)


def said(document: Any, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> httpx.Response:
    """An answer in JSON, as bytes where they are given."""
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return httpx.Response(status, headers={**AS_JSON, **headers}, content=body)


def saying_it(document: Any, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Answering:
    """A platform that always answers so."""
    return lambda _: said(document, status, headers)


def noting(seen: list[httpx.Request], answering: Answering) -> Answering:
    """A platform whose every request is noted."""

    def answer(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        seen.append(request)
        return answering(request)

    return answer


def rows(*values: Any, begin: int = 1) -> list[dict[str, Any]]:
    """Rows of SIMPLE, a day each."""
    return [{"t": f"2026-11-{n:02d}", "v": value} for n, value in enumerate(values, begin)]


def means(client: httpx.AsyncClient, secret: str = SECRET) -> Means:
    """What a puller is given in a hub whose every secret is this one."""
    return Means(client, saying(secret), lambda _link: secret)


async def day_of(answering: Answering, asked: Link, deadline_s: float = 5) -> list[Delivery]:
    """What a platform brings for DAY."""
    async with open_client(over_a_wire(answering)) as client:
        puller = RestPuller(means(client), Bounds(deadline_s=deadline_s))
        return [delivery async for delivery in puller.pull_day(asked, DAY)]


async def whole_of(answering: Answering, asked: Link) -> list[Delivery]:
    """What a platform brings when it is pulled whole."""
    async with open_client(over_a_wire(answering)) as client:
        found = [delivery async for delivery in RestPuller(means(client)).pull(asked)]
    return [delivery for delivery in found if isinstance(delivery, Delivery)]


def readings(found: list[Delivery]) -> list[tuple[str, str, Any]]:
    """Unit, data code and value of every reading, the value as text."""
    return [
        (row["unit"], row["data_code"], None if row["value"] is None else str(row["value"]))
        for delivery in found
        for row in delivery.arrived.table.to_pylist()
    ]


def values(found: list[Delivery]) -> list[Any]:
    """The values alone."""
    return [value for _, _, value in readings(found)]
