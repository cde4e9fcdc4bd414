"""A nation's hub that pulls a province's, in step until a test has them differ."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

from graph.model.period import Period
from graph.model.sync_run import Link
from graph.ports import DigestAsk, DigestLevel
from hub.reconciling import Reconciled, reconcile
from hub.running import run_link
from hub.wiring import Hub
from provincial_adapters import Means
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, WHO, asking, hub_of, post, reading, token_of

NUMBERS = count()
T = TypeVar("T")
DAYS = 20
OCTOBER = Period.of_days(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
SAID_AT = "2026-11-01T00:00:00Z"
LINK = {"key": "jia", "dialect": "hub_graphql", "province": JIA, "address": "http://hub", "credential": "jia"}


@dataclass
class Ends:
    """A nation's hub that pulls a province's."""

    nation: Hub
    province: Hub

    @property
    def link(self) -> Link:
        return self.nation.registry.link("jia")

    async def tell(self, hub: Hub, *days: int, value: str = "{day}.5", version: str | None = SAID_AT) -> None:
        """A hub is handed readings of some days."""
        rows = [reading(JIA, day, value.format(day=day), version=version) for day in days]
        rows = [{name: cell for name, cell in row.items() if cell is not None} for row in rows]
        async with asking(hub, token_of(hub, f"teller-{next(NUMBERS)}")) as client:
            assert (
                await post(client, json.dumps(rows).encode(), f"batch {next(NUMBERS)}")
            ).status_code == 201

    async def with_means(self, call: Callable[[Means], Awaitable[T]]) -> T:
        token = token_of(self.province, f"nation-{next(NUMBERS)}")
        async with asking(self.province) as client:
            return await call(Means(client, FixedTokens(token).token))

    async def pull(self) -> None:
        """The nation pulls what is new."""
        await self.with_means(lambda means: run_link(self.nation, self.link, means))

    async def reconcile(self, *, mend: bool = True, cursor: str | None = None) -> Reconciled:
        """The nation reconciles with its province, as of where its link has come."""
        link = replace(self.link, cursor=cursor or self.link.cursor)
        return await self.with_means(lambda means: reconcile(self.nation, link, OCTOBER, means, mend=mend))

    def agree(self) -> bool:
        """Whether both hold the same, by their digests."""
        ask = DigestAsk(OCTOBER, DigestLevel.DAY)
        return bool(self.nation.store.digests(ask).equals(self.province.store.digests(ask)))


@asynccontextmanager
async def ends_in(folder: Path) -> AsyncIterator[Ends]:
    """Both ends, in step."""
    nations, provinces = (
        hub_of(folder / "nation", sync_seconds=0),
        hub_of(folder / "province", sync_seconds=0),
    )
    with nations as nation, provinces as province:
        nation.registry.upsert("link", [LINK], WHO)
        both = Ends(nation, province)
        await both.tell(province, *range(1, DAYS + 1))
        await both.pull()
        assert both.agree()
        yield both
