"""Two hubs, one of which pulls the other: what the one knows of a value's version, the other learns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from graph.model.period import Granularity, Period
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery, ReadingAsk
from hub.wiring import Hub
from provincial_adapters.hub_graphql import HubPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, asking, hub_of, post, reading, token_of, units_of

pytestmark = pytest.mark.anyio
DAY = Period.of_days(dt.date(2026, 10, 1), dt.date(2026, 10, 1))


@dataclass
class TwoHubs:
    """A hub and the one that pulls it, with the cursor of its link."""

    source: Hub
    pulling: Hub
    cursor: str | None = None

    async def pull(self) -> list[int]:
        """One run of the link; how many readings it brought, delivery by delivery."""
        token = token_of(self.source, f"pulling-after-{self.cursor or 0}")
        link = Link("jia", "hub_graphql", RegionCode(JIA), "http://hub", cursor=self.cursor)
        came = []
        async with asking(self.source) as client:
            async for delivery in HubPuller(client, FixedTokens(token).token).pull(link):
                if isinstance(delivery, Delivery):
                    came.append(self.pulling.intake.take(delivery).rows)
                    self.cursor = delivery.cursor
        return came


@pytest.fixture
def hubs(tmp_path: Path) -> Iterator[TwoHubs]:
    """Both hubs, empty."""
    with hub_of(tmp_path / "source") as source, hub_of(tmp_path / "pulling") as pulling:
        yield TwoHubs(source, pulling)


async def said(hub: Hub, value: str, version: int) -> str:
    """What becomes of a day's value that was written on this day of November."""
    row = reading(JIA, value=value, version=f"2026-11-{version:02d}T00:00:00Z")
    key = f"{value}-v{version}"
    async with asking(hub, token_of(hub, key)) as client:
        told = (await post(client, json.dumps([row]).encode(), key)).json()
    (fate,) = (name for name in ("accepted", "duplicate", "corrected", "superseded") if told[name])
    return fate


def held(hub: Hub) -> list[Decimal]:
    """What a hub says of the day."""
    points = hub.registry.points([units_of(JIA)[1].code]).to_pylist()
    places = [(p["unit_id"], p["point_id"]) for p in points if p["data_code"] == reading()["data_code"]]
    found: list[Decimal] = hub.store.readings(ReadingAsk(places, DAY, Granularity.DAY))["value"].to_pylist()
    return found


async def test_a_value_said_again_under_a_newer_version_outlasts_an_older_one_on_both_hubs(
    hubs: TwoHubs,
) -> None:
    assert await said(hubs.source, "1", 1) == "accepted"
    assert await hubs.pull() == [1]
    assert await said(hubs.source, "1", 3) == "duplicate"
    assert await hubs.pull() == [1]
    for hub in (hubs.source, hubs.pulling):
        assert await said(hub, "2", 2) == "superseded"
        assert held(hub) == [Decimal(1)]
    assert await hubs.pull() == [0]


async def test_a_hub_that_begins_later_learns_the_newest_version_at_once(hubs: TwoHubs) -> None:
    for version in (1, 3, 5):
        await said(hubs.source, "1", version)
    assert await hubs.pull() == [1]
    assert await said(hubs.pulling, "2", 4) == "superseded"
    assert await said(hubs.pulling, "2", 6) == "corrected"


async def test_a_value_confirmed_and_then_replaced_is_told_as_replaced(hubs: TwoHubs) -> None:
    await said(hubs.source, "1", 1)
    await hubs.pull()
    await said(hubs.source, "1", 3)
    assert await said(hubs.source, "9", 5) == "corrected"
    assert await hubs.pull() == [1]
    assert held(hubs.pulling) == held(hubs.source) == [Decimal(9)]
