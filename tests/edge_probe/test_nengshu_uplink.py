"""The uplink's telegrams, and what each answer of a platform means for the batch."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.hub_client import RECEIPT_BYTES_MAX
from edge_probe.hub_lines import ndjson
from edge_probe.readings import Reading, Spooled
from edge_probe.uplink_ports import Refusal, TryLater
from edge_probe.uplinks.nengshu import NengshuUplink, batch_key
from graph.errors import NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing, reading

pytestmark = pytest.mark.anyio
ROWS = [Spooled(7, reading("10:00", "12.3400")), Spooled(8, reading("10:15", "0.0001"))]
KEY = "probe-ab12-7-8-2"


def receipt(**changes: object) -> dict[str, object]:
    return {"batch": 3, "key": KEY, "rows": 2, "accepted": 2, "rejectedCount": 0, "rejected": [], **changes}


class FakeTokens:
    """Tokens by their number: another one each time the last was refused."""

    def __init__(self) -> None:
        self.refusals = 0

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """Those of the one that counts."""
        assert (method, url) == ("POST", "https://hub.example/sync/v1/batches")
        return {"Authorization": f"Bearer token{self.refusals}"}

    def refused(self) -> None:
        """The next one."""
        self.refusals += 1


async def send(answer: Callable[[httpx.Request], httpx.Response]) -> list[Refusal]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        uplink = NengshuUplink("province", "https://hub.example", FakeTokens(), "ab12", client)
        return list(await uplink.send(ROWS))


async def answered(status: int, **rest: Any) -> list[Refusal]:
    return await send(lambda _: httpx.Response(status, **rest))


async def test_a_batch_is_compressed_ndjson_with_key_token_and_digest() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json=receipt())

    assert await send(answer) == []
    (request,) = seen
    digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
    assert str(request.url) == "https://hub.example/sync/v1/batches"
    assert request.headers["Authorization"] == "Bearer token0"
    assert request.headers["Idempotency-Key"] == KEY
    assert request.headers["Content-Type"] == "application/x-ndjson"
    assert request.headers["Content-Digest"] == f"sha-256=:{digest}:"
    lines = [json.loads(line) for line in gzip.decompress(request.content).splitlines()]
    assert lines[0] == {
        "unit": UNIT,
        "data_code": ELECTRICITY,
        "granularity": "quarter_hour",
        "start": "2026-11-23T10:00:00+08:00",
        "value": "12.3400",
        "version": "2026-11-23T10:16:00+08:00",
        "origin": "instrument",
    }


async def test_a_batch_sent_again_is_the_same_bytes_under_the_same_key() -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Idempotency-Key"], request.content))
        return httpx.Response(201, json=receipt())

    await send(answer)
    await send(answer)
    assert seen[0] == seen[1]


async def test_a_token_the_hub_takes_no_longer_is_replaced_once_and_the_batch_is_the_same() -> None:
    seen: list[tuple[str, str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Authorization"], request.headers["Idempotency-Key"], request.content))
        return httpx.Response(401) if len(seen) == 1 else httpx.Response(201, json=receipt())

    assert await send(answer) == []
    assert [first for first, *_ in seen] == ["Bearer token0", "Bearer token1"]
    assert seen[0][1:] == seen[1][1:]


async def test_a_hub_that_takes_no_token_at_all_is_asked_twice_and_not_for_ever() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(401, text="no")

    with pytest.raises(SourceRefused, match="status 401"):
        await send(answer)
    assert seen == ["Bearer token0", "Bearer token1"]


async def test_refused_rows_are_named_with_the_reading_they_were() -> None:
    rejected = [
        {"row": 2, "code": "unknown-point", "why": "no such point"},
        {"row": 9, "code": "x", "why": "y"},
    ]
    refusals = await answered(201, json=receipt(rejected=rejected))
    assert refusals == [Refusal(ROWS[1], "unknown-point", "no such point"), Refusal(None, "x", "y")]


async def test_refused_rows_a_receipt_only_counts_are_told_as_one() -> None:
    rejected = [{"row": 1, "code": "future", "why": "not yet"}]
    named, unnamed = await answered(201, json=receipt(rejected=rejected, rejectedCount=2))
    assert named.row == ROWS[0]
    assert (unnamed.row, unnamed.code) == (None, "more-rows-refused")
    assert unnamed.why.startswith("1 more rows of batch 3")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, TryLater), (502, TryLater), (503, TryLater), (429, TryLater), (408, TryLater),
        (400, SourceRefused), (401, SourceRefused), (403, SourceRefused), (409, SourceRefused), (413, SourceRefused),
        (302, SourceRefused),
    ],
)  # fmt: skip
async def test_a_status_says_whether_to_wait_or_to_call_somebody(
    status: int, error: type[NengshuError]
) -> None:
    with pytest.raises(error, match=f"province: status {status}: because"):
        await answered(status, text="because", headers={"Location": "https://elsewhere.example"})


@pytest.mark.parametrize(("header", "seconds"), [("120", 120.0), ("soon", None), ("-1", None), (None, None)])
async def test_a_platform_may_ask_for_a_pause(header: str | None, seconds: float | None) -> None:
    with pytest.raises(TryLater) as told:
        await answered(429, headers={} if header is None else {"Retry-After": header})
    assert told.value.retry_after_s == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        json.dumps(receipt(rows=1)).encode(),
        json.dumps(receipt(key="other")).encode(),
    ],
)
async def test_an_answer_that_is_no_receipt_for_this_batch_acknowledges_nothing(body: bytes) -> None:
    with pytest.raises(SourceMalformed):
        await answered(201, content=body)


async def test_an_endless_answer_is_cut_off() -> None:
    with pytest.raises(SourceMalformed, match="more than"):
        await answered(201, content=b" " * (RECEIPT_BYTES_MAX + 1))


async def test_a_broken_line_is_unreachable() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    with pytest.raises(SourceUnreachable, match="ReadError reset"):
        await send(answer)


@given(st.decimals(0, 10**12, places=4))
def test_no_digit_of_a_value_is_lost_on_the_wire(value: Decimal) -> None:
    row = Reading(UNIT, ELECTRICITY, beijing("10:00"), value, "instrument", beijing("10:16"))
    assert Decimal(json.loads(ndjson([Spooled(1, row)]))["value"]) == value


def test_what_was_written_in_doubt_goes_as_an_estimate() -> None:
    rows = [Spooled(1, replace(reading("10:00"), origin=origin)) for origin in ("doubtful", "instrument")]
    assert [json.loads(line)["origin"] for line in ndjson(rows).splitlines()] == ["estimated", "instrument"]


def test_what_goes_once_more_has_a_key_of_its_own() -> None:
    again = [replace(row, again=number) for number, row in enumerate(ROWS, 3)]
    assert (batch_key("ab12", ROWS), batch_key("ab12", again)) == (KEY, "probe-ab12-again-3-4-2")
