"""A hub that was away takes the newest days first, wherever it is cut off, and ends with all of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count

import pytest

from graph.model.period import BEIJING
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from hub.wiring import Hub
from provincial_adapters.hub_graphql import HubPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, asking, hub_of, is_problem, post, reading, token_of

pytestmark = pytest.mark.anyio
DAYS = 9
NUMBERS = count()
PAGE = 2  # readings: a day has one in each of three batches
Place = tuple[str, str]


@dataclass
class Puller:
    """Pulls a hub, keeps what it was told under the newest version, and where it came to."""

    source: Hub
    cursor: str | None = None
    held: dict[Place, tuple[str, str]] = field(default_factory=dict)
    days: list[int] = field(default_factory=list)

    async def pull(self, deliveries_max: int | None = None) -> int:
        """One run, cut off after so many deliveries of readings; how many came."""
        token = token_of(self.source, f"pulling-{next(NUMBERS)}")
        link = Link("jia", "hub_graphql", RegionCode(JIA), "http://hub", cursor=self.cursor)
        came = 0
        async with asking(self.source) as client:
            puller = HubPuller(client, FixedTokens(token).token, readings_a_page=PAGE)
            async with aclosing(_readings(puller, link)) as deliveries:
                async for delivery in deliveries:
                    self._take(delivery)
                    came += 1
                    if came == deliveries_max:
                        break
        return came

    def _take(self, delivery: Delivery) -> None:
        for row in delivery.arrived.table.to_pylist():
            place, said = (row["unit"], str(row["start"])), (str(row["version"]), str(row["value"]))
            self.held[place] = max(said, self.held.get(place, said))
            self.days.append(row["start"].astimezone(BEIJING).day)
        self.cursor = delivery.cursor


async def _readings(puller: HubPuller, link: Link) -> AsyncGenerator[Delivery]:
    found: AsyncIterator[Delivery | NounDelivery] = puller.pull(link)
    async for delivery in found:
        if isinstance(delivery, Delivery):
            yield delivery


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that was told three batches of nine days, the later ones correcting what the earlier ones said."""

    async def tell(hub: Hub) -> None:
        for version in (1, 2, 3):
            await say(hub, version, *range(1, DAYS + 1))

    with hub_of(tmp_path_factory.mktemp("backlog")) as hub:
        asyncio.run(tell(hub))
        yield hub


async def say(hub: Hub, version: int, *days: int) -> None:
    """A batch of these days' readings, written on this day of November."""
    rows = [
        reading(JIA, day, str(version + day / 10), version=f"2026-11-{version:02d}T00:00:00Z") for day in days
    ]
    key = f"version {version} of {days}"
    async with asking(hub, token_of(hub, f"teller-{version}-{days[0]}-{len(days)}")) as client:
        assert (await post(client, json.dumps(rows).encode(), key)).status_code == 201


def expected(version: int) -> set[str]:
    return {f"{version + day / 10:.4f}" for day in range(1, DAYS + 1)}


async def test_the_newest_day_comes_first_once_there_is_more_than_a_page(source: Hub) -> None:
    puller = Puller(source)
    await puller.pull()
    assert puller.days == sorted(puller.days, reverse=True)
    assert {value for _, value in puller.held.values()} == expected(3)
    assert puller.cursor == "3"
    assert await puller.pull() == 0


async def test_cut_off_after_any_delivery_and_run_again_it_ends_with_all(source: Hub) -> None:
    whole = Puller(source)
    deliveries = await whole.pull()
    assert deliveries >= DAYS
    for cut in range(1, deliveries + 1):
        puller = Puller(source)
        await puller.pull(cut)
        await puller.pull()
        assert puller.held == whole.held
        assert puller.cursor == whole.cursor


async def test_what_is_said_while_a_backlog_is_worked_off_comes_before_the_rest_of_it(source: Hub) -> None:
    puller = Puller(source)
    await puller.pull(4)
    assert puller.cursor is not None
    assert "|" in puller.cursor
    before = len(puller.days)
    await say(source, 4, 1, DAYS)
    await puller.pull()
    assert set(puller.days[before : before + 2]) == {1, DAYS}
    whole = Puller(source)
    await whole.pull()
    assert (puller.held, puller.cursor) == (whole.held, whole.cursor)


async def test_away_again_in_the_middle_of_a_backlog_it_begins_with_the_newest_day(source: Hub) -> None:
    puller = Puller(source)
    await puller.pull(4)
    before = len(puller.days)
    await say(source, 5, *range(1, DAYS + 1))
    await puller.pull()
    later = puller.days[before:]
    assert later == sorted(later, reverse=True)
    whole = Puller(source)
    await whole.pull()
    assert (puller.held, puller.cursor) == (whole.held, whole.cursor)


async def test_a_day_is_asked_for_with_its_end_and_as_a_day(source: Hub) -> None:
    async with asking(source, token_of(source, "asks")) as client:
        for params, place in (({"day": "2026-10-01"}, "day"), ({"day": "1.10.", "upto": "3"}, "day")):
            reply = await client.get("/sync/v1/changes", params=params)
            assert is_problem(reply, 400, "INVALID_INPUT")
            assert place in reply.json()["detail"]
        told = (await client.get("/sync/v1/changes/days", params={"after": "0"})).json()
    assert [each["day"] for each in told["days"]] == [f"2026-10-{day:02d}" for day in range(DAYS, 0, -1)]
    assert told["upto"] >= 3
