"""What a hub says of its digests is taken as it is specified, and nothing else is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from edge_probe.hub_client import HubClient
from edge_probe.hub_digests import POINTS_AT_ONCE, HubDigests
from edge_probe.uplink_ports import Absent
from graph.errors import SourceMalformed, SourceRefused
from graph.model.digest import Digest
from tests.edge_probe.fakes import ELECTRICITY, UNIT

pytestmark = pytest.mark.anyio
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 3)
BUCKET = {
    "unit": UNIT, "granularity": "quarter_hour", "day": "2026-11-02", "readings": 2, "total": "-12.5000",
    "digest": "00000000000000ff0000000000000001",
}  # fmt: skip


class FixedTokens:
    """A token that counts."""

    async def headers(self, _method: str, _url: str) -> Mapping[str, str]:
        """It."""
        return {"Authorization": "Bearer token"}

    def refused(self) -> None:
        """Never."""


async def asked(answer: Callable[[httpx.Request], httpx.Response], codes: int | None = None) -> Any:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        hub = HubDigests("province", HubClient("province", "https://hub.example", FixedTokens(), client))
        if codes is None:
            return await hub.days(UNIT, FIRST, LAST)
        return await hub.points(UNIT, FIRST, LAST, codes)


def saying(*buckets: object) -> Callable[[httpx.Request], httpx.Response]:
    said = {"level": "day", "from": "2026-11-01", "to": "2026-11-03", "asOf": 7, "digests": buckets}
    return lambda _: httpx.Response(200, json=said)


async def test_a_days_digest_is_read_to_the_last_bit() -> None:
    assert await asked(saying(BUCKET)) == {dt.date(2026, 11, 2): Digest(2, -125_000, 255, 1)}


async def test_it_asks_for_its_own_unit_in_quarter_hours() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return saying()(request)

    assert await asked(answer) == {}
    assert seen[0].url.path == "/sync/v1/digests"
    assert dict(seen[0].url.params) == {
        "level": "day", "from": "2026-11-01", "to": "2026-11-03", "granularity": "quarter_hour", "unit": UNIT,
    }  # fmt: skip


async def test_points_are_asked_for_as_many_days_at_once_as_an_answer_may_hold() -> None:
    seen: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.params["from"], request.url.params["to"]))
        point = {**BUCKET, "day": request.url.params["from"], "dataCode": ELECTRICITY}
        return saying(point)(request)

    found = await asked(answer, codes=POINTS_AT_ONCE // 2)
    assert seen == [("2026-11-01", "2026-11-02"), ("2026-11-03", "2026-11-03")]
    assert set(found) == {(FIRST, ELECTRICITY), (LAST, ELECTRICITY)}


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "00000000000000ff000000000000001"},
        {"digest": "00000000000000FG0000000000000001"},
        {"total": "1.5"},
        {"total": "NaN"},
        {"total": "1e9"},
        {"readings": -1},
        {"readings": "2"},
        {"day": "2026-11-09"},
        {"day": "2026-13-01"},
        {"unit": "91990101MA0000000X"},
        {"granularity": "day"},
        {"dataCode": ELECTRICITY},
    ],
)
async def test_a_bucket_that_is_none_or_was_not_asked_for_makes_the_answer_none(
    changes: dict[str, object],
) -> None:
    with pytest.raises(SourceMalformed, match="province"):
        await asked(saying({**BUCKET, **changes}))


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"digests": 3}', b"\xff"])
async def test_garbage_is_no_answer(body: bytes) -> None:
    with pytest.raises(SourceMalformed, match="province"):
        await asked(lambda _: httpx.Response(200, content=body))


@pytest.mark.parametrize(("status", "kind"), [(404, Absent), (403, SourceRefused)])
async def test_a_hub_that_is_older_is_told_apart_from_one_that_refuses(status: int, kind: type) -> None:
    with pytest.raises(SourceRefused) as told:
        await asked(lambda _: httpx.Response(status))
    assert type(told.value) is kind
