"""A province's hub that hands over to a nation's, both in this process, and what each of them ends with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa

from graph.model.principal import NATION, Reach, Role
from graph.model.sync_run import Link, SyncRun
from graph.ports import Ask
from hub.app import build_app
from hub.running import run_link
from hub.settings import Settings
from hub.simulate.nation import ELECTRICITY
from hub.wiring import Hub, open_hub
from provincial_adapters import Means
from provincial_adapters.hub_push import KINDS
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, WHO, asking, fill, issued, of_province, post, token_of, units_of

ABOVE = {
    "key": "above",
    "dialect": "hub_push",
    "province": JIA,
    "address": "http://nation",
    "credential": "above",
}


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The line to the nation: every request that went over it, and which reply is lost; `busy` are refused."""

    inner: httpx.AsyncBaseTransport
    sent: list[tuple[str, str]] = field(default_factory=list)
    lose: int | None = None
    busy: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on; the nation has it, whether its reply comes or not."""
        if self.busy:
            self.busy -= 1
            return httpx.Response(503, headers={"Retry-After": "5"}, text="busy")
        reply = await self.inner.handle_async_request(request)
        self.sent.append((request.headers["Idempotency-Key"], request.headers["Content-Type"]))
        if len(self.sent) == self.lose:
            raise httpx.ReadError("the line broke")
        return reply

    @property
    def kinds(self) -> list[str]:
        """What was sent, in order: kinds of rows, or `readings`."""
        return [type_.partition("; kind=")[2] or "readings" for _, type_ in self.sent]


@dataclass
class Stage:
    """The two hubs, and the line between them."""

    province: Hub
    nation: Hub
    line: Line
    token: str

    async def push(self) -> SyncRun:
        """One run of the link, from where the last one came to."""
        (link,) = (link for link in self.province.registry.links() if link.key == "above")
        async with httpx.AsyncClient(transport=self.line) as client:
            return await run_link(self.province, link, Means(client, FixedTokens(self.token).token))

    def link(self) -> Link:
        """The link as it stands."""
        return next(link for link in self.province.registry.links() if link.key == "above")

    async def told(self, day: int, value: object, count: int = 5, **more: object) -> None:
        """The province's hub is told values of a day of so many units."""
        await tell(self.province, day, value, count, **more)


async def tell(hub: Hub, day: int, value: object, count: int = 5, **more: object) -> None:
    """A hub is told a batch: one day's values of so many units."""
    rows = [
        {
            "unit": unit.code, "data_code": ELECTRICITY, "granularity": "day",
            "start": f"2026-10-{day:02d}T00:00:00+08:00", "value": str(value), **more,
        }
        for unit in units_of(JIA)[:count]
    ]  # fmt: skip
    key = f"told-{day}-{value}-{count}-{more}"
    if hub.registry.clients.find("teller") is None:
        token_of(hub, "teller", of_province(JIA), (Role.UPLOAD,))
    async with asking(hub, issued(hub, "teller", (Role.UPLOAD,))) as client:
        reply = await post(client, json.dumps(rows).encode(), key)
    assert (reply.status_code, reply.json()["rejectedCount"]) == (201, 0), reply.text


@contextmanager
def staged(
    folder: Path, roles: tuple[Role, ...] = (Role.UPLOAD,), reach: Reach | None = None
) -> Iterator[Stage]:
    """Both hubs; the province has its units, the nation nothing but its divisions."""
    fill(folder / "jia", JIA)
    fill(folder / "nation")
    with (
        open_hub(Settings(data_dir=folder / "jia", region=JIA, sync_seconds=0)) as province,
        open_hub(Settings(data_dir=folder / "nation", sync_seconds=0)) as nation,
    ):
        province.registry.upsert("link", [ABOVE], WHO)
        token = token_of(nation, "jia-hub", of_province(JIA) if reach is None else reach, roles)
        yield Stage(province, nation, Line(httpx.ASGITransport(build_app(nation))), token)


def registry_of(hub: Hub) -> dict[str, list[dict[str, Any]]]:
    """Its rows of every kind that is handed over, without their numbers; a province's own review is a submission."""
    found = {}
    for kind, columns, only_with in KINDS:
        rows = hub.registry.rows(Ask(kind, NATION, first=10_000)).table.select(columns).to_pylist()
        mine = [row for row in rows if only_with is None or row[only_with] is not None]
        found[kind] = sorted(mine, key=repr)
    for report in found["quarterly_report"]:
        report["state"] = {"accepted": "submitted"}.get(report["state"], report["state"])
    return found


def values_of(hub: Hub) -> pa.Table:
    """Its current values with their versions."""
    found = hub.store.changes(NATION, 0, 1_000_000)
    assert not found.has_more
    places = [(name, "ascending") for name in ("unit", "data_code", "granularity", "start")]
    return pa.Table.from_batches(list(found.pieces)).sort_by(places)


def counts_of(hub: Hub) -> dict[str, int]:
    """What its ledger counts, over all batches."""
    table = hub.store.rows(Ask("batch", first=10_000)).table
    return {
        name: sum(table[name].to_pylist())
        for name in ("rows", "accepted", "duplicate", "corrected", "rejected")
    }
