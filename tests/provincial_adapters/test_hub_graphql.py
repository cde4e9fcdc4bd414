"""A national hub pulls a provincial one: nouns page by page, readings after the cursor, faults in words."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.period import UTC
from graph.model.principal import Reach
from graph.model.reading import EXCHANGED
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._hub_graphql.nouns import NOUNS
from provincial_adapters._toolkit.fetch import ARROW_STREAM, Bounds, open_client
from provincial_adapters.hub_graphql import HubPuller
from tests.provincial_adapters.saying import saying
from tests.provincial_adapters.wire import over_a_wire

UNIT = "91970000MA00000013"
LINK = Link("link-97", "hub_graphql", RegionCode("970000"), "http://province.example/")
RECORDED = json.loads((Path(__file__).parent / "recorded" / "hub_graphql.json").read_text())
START = dt.datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = "national.secret"
AS_JSON = {"Content-Type": "application/json"}


def stream(count: int = 3, unit: str = UNIT) -> bytes:
    """Readings as a province streams them."""
    row = {
        "unit": unit,
        "data_code": "0000000002330011",
        "granularity": "quarter_hour",
        "origin": "instrument",
    }
    rows = [
        {
            **row,
            "start": START + n * dt.timedelta(minutes=15),
            "value": Decimal(n) + Decimal("0.25"),
            "version": None,
        }
        for n in range(count)
    ]
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, EXCHANGED) as out:
        out.write_table(pa.Table.from_pylist(rows, EXCHANGED))
    return sink.getvalue()


def page(body: bytes, cursor: str, more: bool = False) -> httpx.Response:
    headers = {"Content-Type": ARROW_STREAM, "Nengshu-Cursor": cursor, "Nengshu-More": str(more).lower()}
    return httpx.Response(200, headers=headers, content=body)


def graphql(data: Any = None, errors: Any = None) -> httpx.Response:
    said = {"data": data, **({"errors": errors} if errors else {})}
    return httpx.Response(200, headers=AS_JSON, json=said)


@dataclass
class Province:
    """A provincial hub as its own two doors; each may be replaced by a broken one."""

    page_size: int = 1
    changes: dict[str, httpx.Response] = field(default_factory=lambda: {"0": page(stream(), "7")})
    on_query: Callable[[httpx.Request], httpx.Response] | None = None
    on_changes: Callable[[httpx.Request], httpx.Response] | None = None
    seen: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(401, headers=AS_JSON, json={"code": "UNAUTHENTICATED"})
        if request.url.path == "/graphql":
            return (self.on_query or self.nodes)(request)
        if request.url.path.endswith("/days"):
            return httpx.Response(404, headers=AS_JSON, json={"code": "NOT_FOUND"})  # a hub of before
        if self.on_changes is not None:
            return self.on_changes(request)
        return self.changes[request.url.params["after"]]

    def nodes(self, request: httpx.Request) -> httpx.Response:
        said = json.loads(request.content)
        assert said["variables"]["first"] > 0
        (plural,) = [noun.plural for noun in NOUNS if f"{{ {noun.plural}(" in said["query"]]
        first = int(said["variables"]["after"] or 0)
        last = first + self.page_size
        more = last < len(RECORDED[plural])
        page_info = {"hasNextPage": more, "endCursor": str(last)}
        return graphql({plural: {"nodes": RECORDED[plural][first:last], "pageInfo": page_info}})


async def pulled(
    province: Province, link: Link = LINK, token: str = TOKEN, deadline_s: float = 5
) -> list[Delivery | NounDelivery]:
    async with client_of(province) as client:
        puller = HubPuller(client, saying(token), Bounds(deadline_s=deadline_s))
        return [delivery async for delivery in puller.pull(link)]


def nouns(found: list[Delivery | NounDelivery]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for delivery in found:
        if isinstance(delivery, NounDelivery):
            rows.setdefault(delivery.noun, []).extend(dict(row) for row in delivery.rows)
    return rows


def readings(found: list[Delivery | NounDelivery]) -> list[Delivery]:
    return [delivery for delivery in found if isinstance(delivery, Delivery)]


@pytest.mark.parametrize("page_size", [1, 100])
async def test_recorded_nouns_become_rows_in_the_registrys_words(page_size: int) -> None:
    found = nouns(await pulled(Province(page_size)))
    assert list(found) == [noun.name for noun in NOUNS]
    assert found["unit"] == [
        {"credit_code": UNIT, "name": "模拟钢铁企业", "region": "970100", "industry": "C31", "tier": "hundred",
         "roster_batch": 1},
        {"credit_code": "91990000MA0000001B", "name": "模拟水泥企业", "region": "970200", "industry": "C30",
         "tier": "ten_thousand", "roster_batch": 2},
    ]  # fmt: skip
    assert found["data_point"] == [
        {"unit": UNIT, "code": "0000000002330011", "granularity": "quarter_hour", "since": dt.date(2026, 1, 1),
         "until": None, "low": Decimal("0.0000"), "high": Decimal("90000.5000"), "instrument": "E-1", "state": "active",
         "measure": "kWh"},
        {"unit": UNIT, "code": "0000000001150011", "granularity": "day", "since": dt.date(2026, 1, 1),
         "until": dt.date(2026, 10, 1), "low": None, "high": None, "instrument": None, "state": "retired", "measure": "m3"},
    ]  # fmt: skip
    assert found["instrument"][0]["calibration_until"] == dt.date(2027, 1, 10)
    assert found["platform"][0]["operation_assured"] is True
    assert found["platform_milestone"][1] == {
        "province": "970000", "stage": "accepted", "planned": dt.date(2020, 12, 31), "actual": None,
    }  # fmt: skip
    assert found["access_end_milestone"][0]["stage"] == "connected"
    assert found["quarterly_report"][0]["state"] == "submitted"
    assert [(row["unit"], row["kgce"]) for row in found["coefficient"]] == [(UNIT, Decimal("1.2143"))]


async def test_readings_follow_the_nouns_as_columns_with_where_to_go_on() -> None:
    found = await pulled(Province())
    (delivery,) = readings(found)
    assert found[-1] is delivery
    assert delivery.source == "link:link-97"
    assert delivery.key.startswith("link-97:7:")
    assert delivery.cursor == "7"
    assert delivery.reach == Reach(region=LINK.region)
    table = delivery.arrived.table
    assert table["row"].to_pylist() == [1, 2, 3]
    assert table["value"].to_pylist() == [Decimal("0.2500"), Decimal("1.2500"), Decimal("2.2500")]
    assert table["start"].to_pylist()[0] == START


async def test_pages_go_on_until_there_is_no_more() -> None:
    changes = {
        "7": page(stream(2), "9", more=True),
        "9": page(stream(1), "12", more=True),
        "12": page(stream(0), "12"),
    }
    province = Province(changes=changes)
    found = readings(await pulled(province, replace(LINK, cursor="7")))
    assert [(delivery.cursor, delivery.arrived.rows) for delivery in found] == [("9", 2), ("12", 1)]


async def test_a_page_without_rows_still_moves_the_cursor() -> None:
    found = readings(await pulled(Province(changes={"0": page(stream(0), "5")})))
    assert [(delivery.cursor, delivery.arrived.rows) for delivery in found] == [("5", 0)]


async def test_the_same_page_has_the_same_key_and_other_rows_another() -> None:
    keys = [
        readings(await pulled(Province(changes={"0": page(body, "7")})))[0].key
        for body in (stream(), stream(), stream(2))
    ]
    assert keys[0] == keys[1] != keys[2]


async def test_what_another_province_smuggles_in_arrives_with_the_links_reach() -> None:
    smuggled = Province(changes={"0": page(stream(unit="91990000MA0000002E"), "7")})
    (delivery,) = readings(await pulled(smuggled))
    assert set(delivery.arrived.table["unit"].to_pylist()) == {"91990000MA0000002E"}
    assert delivery.reach == Reach(region=RegionCode("970000"))


def units(*nodes: Any, more: Any = False, cursor: Any = None) -> httpx.Response:
    return graphql({"units": {"nodes": list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": cursor}}})


LAST = {"hasNextPage": False, "endCursor": None}
GOOD = RECORDED["units"][0]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<html>"), SourceMalformed, "text/html"),
        (httpx.Response(500, content=b"broken"), SourceRefused, "500: broken"),
        (httpx.Response(200, headers=AS_JSON, content=b"[]"), SourceMalformed, "expected a GraphQL answer"),
        (httpx.Response(200, headers=AS_JSON, content=b'{"data": nul'), SourceMalformed, "not JSON"),
        (graphql(errors=[{"message": "no such field"}]), SourceRefused, "units: no such field"),
        (graphql(errors="odd"), SourceRefused, "odd"),
        (graphql({"units": None}), SourceMalformed, "units has no page"),
        (graphql(), SourceMalformed, "units has no page"),
        (graphql({"units": {"nodes": 7, "pageInfo": LAST}}), SourceMalformed, "no page"),
        (units(more=True), SourceMalformed, "no page"),
        (units(GOOD, "unit"), SourceMalformed, r"units\[1\]: expected an object, came 'unit'"),
        (units({**GOOD, "tier": "GIGANTIC"}), SourceMalformed, r"units\[0\]\.tier: came 'GIGANTIC'"),
        (units({**GOOD, "creditCode": "91970000MA00000014"}), SourceMalformed, "check character"),
        (units({**GOOD, "rosterBatch": "1"}), SourceMalformed, "rosterBatch"),
        (units({"creditCode": UNIT}), SourceMalformed, r"units\[0\]\.name: missing"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_no_page_is_told(
    answer: httpx.Response, kind: type[SourceError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await pulled(Province(on_query=lambda _: answer))


async def test_pages_that_do_not_move_are_told() -> None:
    with pytest.raises(SourceMalformed, match="begins where this one did"):
        await pulled(Province(on_query=lambda _: units(GOOD, more=True, cursor="same")))
    stuck = page(stream(), "0", more=True)
    with pytest.raises(SourceMalformed, match="does not move"):
        await pulled(Province(on_changes=lambda _: stuck))


WRONG_COLUMNS = EXCHANGED.remove(4)


def other_schema(schema: pa.Schema) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as out:
        out.write_table(schema.empty_table())
    return sink.getvalue()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (page(stream()[:-100], "7"), SourceMalformed, "Arrow stream"),
        (page(stream()[:-8], "7"), SourceMalformed, "breaks off"),
        (page(b"", "7"), SourceMalformed, "Arrow stream"),
        (page(b"<html>", "7"), SourceMalformed, "Arrow stream"),
        (page(other_schema(WRONG_COLUMNS), "7"), SourceMalformed, "not so value"),
        (page(other_schema(EXCHANGED.append(EXCHANGED.field(0))), "7"), SourceMalformed, "not so unit"),
        (httpx.Response(200, headers=AS_JSON, content=b"{}"), SourceMalformed, "expected application/vnd"),
        (httpx.Response(200, headers={"Content-Type": ARROW_STREAM}, content=stream()), SourceMalformed, "Nengshu-Cursor"),
        *((page(stream(), each), SourceMalformed, "Nengshu-Cursor") for each in ("7" * 65, "1|2|2026-99-99")),
        (httpx.Response(403, headers=AS_JSON, json={"code": "FORBIDDEN"}), SourceRefused, "403"),
    ],
)  # fmt: skip
async def test_a_page_of_changes_that_is_none_is_told(
    answer: httpx.Response, kind: type[SourceError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await pulled(Province(on_changes=lambda _: answer))


async def test_a_wrong_token_is_a_refusal() -> None:
    with pytest.raises(SourceRefused, match="401"):
        await pulled(Province(), token="somebody.else")


async def test_a_stalled_province_is_unreachable_after_the_deadline() -> None:
    class Stalled(Province):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            return await super().__call__(request)

    with pytest.raises(SourceUnreachable, match=r"within 0\.05 s"):
        await pulled(Stalled(), deadline_s=0.05)


async def test_what_was_handed_over_before_a_fault_stands() -> None:
    changes = {"0": page(stream(2), "9", more=True), "9": page(b"", "12")}
    pulling = HubPuller(client_of(Province(changes=changes)), saying(TOKEN)).pull(LINK)
    found = [await anext(pulling) for _ in range(sum(map(len, RECORDED.values())) + 1)]
    assert [delivery.cursor for delivery in readings(found)] == ["9"]
    with pytest.raises(SourceMalformed):
        await anext(pulling)


def client_of(province: Province) -> httpx.AsyncClient:
    """A client that leads there."""
    return open_client(over_a_wire(province))
