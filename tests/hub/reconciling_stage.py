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

import pyarrow as pa

from graph.model.period import Period
from graph.model.reading import Arrived, no_rejections
from graph.model.sync_run import Link
from graph.ports import Delivery, DigestAsk, DigestLevel
from hub.reconciling import Reconciled, Wish, reconcile
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

    def readings(self, hub: Hub, day: int) -> list[pa.Table]:
        """What a hub holds of a day, each reading a table of one row (EXCHANGED)."""
        digests = hub.store.digests(DigestAsk(OCTOBER, DigestLevel.UNIT))
        ask = DigestAsk(
            Period.of_days(_of_october(day), _of_october(day)), units=tuple(digests["unit"].to_pylist())
        )
        table = pa.Table.from_batches(hub.store.held(ask))
        return [table.slice(place, 1) for place in range(table.num_rows)]

    def take_back(self, hub: Hub, row: pa.Table) -> None:
        """A hub takes a reading back."""
        arrived = Arrived(row.add_column(0, "row", pa.array([1], pa.int32())), no_rejections())
        key = f"taken back {next(NUMBERS)}"
        receipt = hub.intake.take(Delivery("tester", key, key, arrived, withdraws=True))
        assert receipt.corrected == 1

    async def reconcile(self, *, mend: bool = True, cursor: str | None = None) -> Reconciled:
        """The nation reconciles with its province, as of where its link has come."""
        link = replace(self.link, cursor=cursor or self.link.cursor)
        return await self.with_means(
            lambda means: reconcile(self.nation, link, OCTOBER, means, Wish(mend=mend))
        )

    def agree(self) -> bool:
        """Whether both hold the same, by their digests."""
        ask = DigestAsk(OCTOBER, DigestLevel.DAY)
        return bool(self.nation.store.digests(ask).equals(self.province.store.digests(ask)))


def _of_october(day: int) -> dt.date:
    return dt.date(2026, 10, day)


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
