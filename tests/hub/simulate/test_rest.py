"""A simulated platform in a process of its own is pulled over a real socket, well behaved and not."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from graph.errors import SourceError, SourceMalformed, SourceNotReady, SourceRefused, SourceUnreachable
from graph.model.drift import DriftKind
from graph.ports import Ask, Delivery
from hub.cadence import run_links
from hub.settings import Settings
from hub.simulate._rest_rows import PASSWORD
from hub.simulate.nation import Nation
from hub.simulate.rest import Mischief, Plant
from hub.simulate.stage import load
from hub.wiring import Hub, open_hub
from provincial_adapters import Bounds, Means, open_client
from provincial_adapters.rest_json import DIALECT, RestPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.simulate.platforms import Platform, declared, link_to, platform_of
from tests.hub.stores.registry_fakes import NOON, StillClock

pytestmark = pytest.mark.anyio
DAY = dt.date(2026, 11, 19)
SMALL_PAGES = {"size": 40}


@pytest.fixture(scope="module")
def running() -> Iterator[Platform]:
    """One process for all tests of this module."""
    with platform_of() as platform:
        yield platform


@pytest.fixture
def platform(running: Platform) -> Iterator[Platform]:
    """The platform, well behaved at first."""
    running.turn(Mischief.NONE)
    yield running
    running.turn(Mischief.NONE)


async def pulled(platform: Platform, deadline_s: float = 5, **paging: object) -> list[Delivery]:
    async with open_client() as client:
        puller = RestPuller(
            Means(client, FixedTokens("").token, lambda _: PASSWORD), Bounds(deadline_s=deadline_s)
        )
        return [delivery async for delivery in puller.pull_day(link_to(platform, **paging), DAY)]


def said(found: list[Delivery]) -> set[tuple[str, str, Decimal]]:
    rows = (row for delivery in found for row in delivery.arrived.table.to_pylist())
    return {(row["unit"], row["data_code"], Decimal(str(row["value"]))) for row in rows}


async def test_a_day_comes_whole_page_by_page(platform: Platform) -> None:
    found = await pulled(platform, **SMALL_PAGES)
    assert [delivery.arrived.rows for delivery in found] == [40, 40, 16]
    digits = str.maketrans("", "", "-")
    expected = {(unit, code.translate(digits), Decimal(v)) for unit, code, v in platform.plant.values(DAY)}
    assert said(found) == expected
    assert {delivery.drift for delivery in found} == {()}
    again = await pulled(platform, **SMALL_PAGES)
    assert [delivery.key for delivery in again] == [delivery.key for delivery in found]


@pytest.mark.parametrize(
    ("mischief", "kind", "words"),
    [
        (Mischief.HTML, SourceMalformed, "came text/html"),
        (Mischief.PROXY, SourceMalformed, "502 with text/html"),
        (Mischief.SLOW, SourceUnreachable, "no whole answer within"),
        (Mischief.HALF, SourceMalformed, "was truncated"),
        (Mischief.REFUSE, SourceRefused, "code is '5000': 系统维护中"),
        (Mischief.NOT_YET, SourceNotReady, "not published yet"),
        (Mischief.WRONG_PAGE, SourceMalformed, "asked for page 1, came '2'"),
        (Mischief.SAME_PAGE, SourceMalformed, "holds the rows of a page before it"),
        (Mischief.FEWER, SourceMalformed, "promised 97 rows, came 9"),
        (Mischief.BUSY, SourceRefused, "429, retry after 30"),
    ],
)
async def test_each_mischief_is_told_for_what_it_is(
    platform: Platform, mischief: Mischief, kind: type[SourceError], words: str
) -> None:
    platform.turn(mischief)
    with pytest.raises(kind, match=words):
        await pulled(platform, deadline_s=0.5 if mischief is Mischief.SLOW else 5, **SMALL_PAGES)
    platform.turn(Mischief.NONE)
    assert len(said(await pulled(platform, **SMALL_PAGES))) == platform.plant.rows


async def test_no_data_is_none_and_a_token_that_expired_is_got_anew(platform: Platform) -> None:
    platform.turn(Mischief.NO_DATA)
    assert await pulled(platform) == []
    platform.turn(Mischief.EXPIRE)
    assert len(said(await pulled(platform))) == platform.plant.rows


@pytest.mark.parametrize(
    ("mischief", "drift", "read"),
    [
        (Mischief.ADD, {("碳排放", DriftKind.NEW)}, 96),
        (
            Mischief.RENAME,
            {("$.读数.值", DriftKind.MISSING), ("$.数值.值", DriftKind.NEW), ("$.数值.状态", DriftKind.NEW)},
            0,
        ),
        (Mischief.RETYPE, {("$.读数.值", DriftKind.RETYPED)}, 96),
    ],
)
async def test_columns_that_drift_are_told_and_no_row_is_lost(
    platform: Platform, mischief: Mischief, drift: set[tuple[str, DriftKind]], read: int
) -> None:
    platform.turn(mischief)
    (found,) = await pulled(platform)
    assert {(each.column, each.kind) for each in found.drift} == drift
    assert found.arrived.table.num_rows == read
    assert found.arrived.rows == 96
    assert found.raw is not None
    assert found.raw.num_rows == 96


@pytest.mark.parametrize(
    ("mischief", "mended"), [(Mischief.RENAME, "$.数值.值"), (Mischief.RETYPE, "$.读数.值.有功")]
)
async def test_rows_kept_as_they_came_are_read_by_a_mended_mapping(
    platform: Platform, mischief: Mischief, mended: str
) -> None:
    good = said(await pulled(platform))
    platform.turn(mischief)
    (found,) = await pulled(platform)
    assert found.raw is not None
    link = link_to(platform)
    link.quirks["mapping"]["values"][0]["column"] = mended
    assert DIALECT.replays is not None
    again = DIALECT.replays(link, found.raw)
    assert again.arrived.rejections.num_rows == 0
    assert said([replace(found, arrived=again.arrived)]) == good


async def test_a_wrong_password_is_refused_in_the_platforms_words(platform: Platform) -> None:
    async with open_client() as client:
        puller = RestPuller(Means(client, FixedTokens("").token, lambda _: "guessed-wrong"))
        with pytest.raises(SourceRefused, match=r"gave no token at .*用户名或密码错误"):
            _ = [delivery async for delivery in puller.pull_day(link_to(platform), DAY)]


def filled(hub: Hub, plant: Plant) -> None:
    """A hub that knows the platform's units and points, and has the link of the page."""
    load(hub.registry, Nation(NOON.date()).nouns([]))
    units = [
        {"credit_code": code, "name": f"虚构企业{n}号", "region": "970100", "industry": "C31", "tier": "hundred",
         "roster_batch": 1}
        for n, code in enumerate(plant.codes())
    ]  # fmt: skip
    points = [
        {"unit": code, "code": f"{n:02d}00000002330011", "granularity": "hour", "since": dt.date(2026, 1, 1),
         "state": "active"}
        for code, n in itertools.product(plant.codes(), range(plant.points))
    ]  # fmt: skip
    load(hub.registry, {"unit": units, "data_point": points})


async def test_the_link_of_the_page_brings_its_days_into_a_hub(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_SECRET_PLATFORM_97", PASSWORD)
    row = {**declared(), "address": platform.address}
    row["quirks"]["since"] = "2026-11-20"
    clock = StillClock(dt.datetime(2026, 11, 23, 15, 59, tzinfo=dt.UTC))
    with open_hub(Settings(data_dir=tmp_path), clock) as hub:
        filled(hub, platform.plant)
        hub.registry.upsert("link", [row], "test")
        (run,) = await run_links(hub, hub.registry.links())
        assert (run.error, run.accepted) == (None, 4 * platform.plant.rows)
        batches = hub.store.rows(Ask("batch")).table
        assert sum(batches["accepted"].to_pylist()) == run.accepted
        (again,) = await run_links(hub, hub.registry.links())
        assert (again.error, again.rows) == (None, 0)  # it says what it said last
        assert hub.store.rows(Ask("batch")).table.equals(batches)
        platform.turn(Mischief.HTML)
        (broken,) = await run_links(hub, hub.registry.links())
        assert broken.error is not None
        assert "text/html" in broken.error
        assert PASSWORD not in str(hub.registry.rows(Ask("sync_run")).table.to_pylist())
