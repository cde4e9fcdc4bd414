"""The loop over due links: limits, deadlines, pauses, breakers, two hubs on one registry, and leases that are lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from graph.model.sync_run import Breaker
from graph.ports import Clock
from hub.simulate.nation import FILES
from hub.stores.registry.leases import Standing
from hub.wiring import Hub
from tests.hub.live_hub import becomes
from tests.hub.stores.registry_fakes import NOON
from tests.hub.test_cadence import (
    file_link,
    hub_of_files,
    lay_down,
    running,
    runs_of,
    silent_source,
    until_done,
)

pytestmark = pytest.mark.anyio
SECRET = "NENGSHU_SECRET_SILENT"
OTHER = "910000"
PROVINCE = {"code": OTHER, "name": "试省", "short_name": "试", "english": "Trial"}
WHO = "test"


@pytest.fixture(autouse=True)
def _credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "x.y")


def silent_link(key: str, address: str, **changes: object) -> dict[str, object]:
    """The row of a link whose source never answers."""
    row = {"key": key, "dialect": "hub_graphql", "province": FILES, "address": address, "quirks": "{}"}
    return row | {"credential": "silent"} | changes


def standing(hub: Hub, key: str) -> Standing:
    """How a link stands."""
    return next(each for each in hub.registry.leases.standing() if each.link.key == key)


def under_way(hub: Hub) -> int:
    """How many runs are running."""
    return sum(each.lease is not None for each in hub.registry.leases.standing())


async def test_a_slow_province_takes_no_more_than_its_share_and_holds_up_no_other(tmp_path: Path) -> None:
    drop, settings = tmp_path / "drop", {"links_at_once": 4, "links_of_a_province_at_once": 2}
    with hub_of_files(tmp_path / "hub", **settings) as hub, silent_source() as address:
        hub.registry.upsert("region", [PROVINCE], WHO)
        rows = [silent_link(f"a-{number}", address, province=OTHER) for number in range(6)]
        hub.registry.upsert("link", [*rows, file_link("files", drop)], WHO)
        async with running(hub):
            await becomes(lambda: under_way(hub) >= 2)
            for day in (1, 2):
                lay_down(drop, day)
                await until_done(drop, day)
            silent = [each for each in hub.registry.leases.standing() if each.link.key != "files"]
            assert sum(each.lease is not None for each in silent) == 2


async def test_no_more_links_run_at_once_than_are_allowed_in_all(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"links_at_once": 3, "links_of_a_province_at_once": 9}
    with hub_of_files(tmp_path / "hub", **settings) as hub, silent_source() as address:
        hub.registry.upsert("link", [silent_link(f"a-{number}", address) for number in range(6)], WHO)
        async with running(hub):
            await becomes(lambda: under_way(hub) == 3)
            await asyncio.sleep(0.2)
            assert under_way(hub) == 3


async def test_a_run_is_cut_off_at_its_links_own_deadline_and_the_link_tried_again_later(
    tmp_path: Path,
) -> None:
    settings: dict[str, Any] = {"run_seconds": 0.05, "retry_seconds": 3_600.0, "sync_seconds": 3_600}
    with hub_of_files(tmp_path / "hub", **settings) as hub, silent_source() as address:
        rows = [silent_link("quick", address), silent_link("patient", address, deadline_seconds=600)]
        hub.registry.upsert("link", rows, WHO)
        async with running(hub):
            await becomes(lambda: standing(hub, "quick").state.failures == 1)
            assert [run["state"] for run in runs_of(hub, "patient")] == ["running"]
        (run,) = runs_of(hub, "quick")
        assert run["error"] == "SOURCE_UNREACHABLE: quick: not done after 0.05 s"
        assert standing(hub, "quick").state.due_at > NOON


async def test_a_link_that_fails_again_and_again_opens_its_breaker_and_a_success_closes_it(
    tmp_path: Path,
) -> None:
    drop = tmp_path / "drop"
    settings: dict[str, Any] = {"breaker_failures": 3, "breaker_seconds": 0.5, "retry_seconds": 0.01}
    with hub_of_files(tmp_path / "hub", **settings) as hub:
        hub.registry.upsert("link", [file_link("files", drop)], WHO)
        drop.rmdir()
        async with running(hub):
            await becomes(lambda: standing(hub, "files").state.breaker is Breaker.OPEN)
            opened = standing(hub, "files").state
            assert (opened.failures, len(runs_of(hub, "files"))) == (3, 3)
            assert opened.due_at == opened.until
            drop.mkdir()
            lay_down(drop, 1)
            await until_done(drop, 1)
            await becomes(lambda: standing(hub, "files").state.breaker is Breaker.CLOSED)
        assert standing(hub, "files").state.failures == 0
        assert standing(hub, "files").newest == dt.datetime(2026, 11, 1, 16, tzinfo=dt.UTC)


async def test_a_paused_link_is_not_run_until_it_is_resumed(tmp_path: Path) -> None:
    paused, other = tmp_path / "paused", tmp_path / "other"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("paused", paused), file_link("other", other)], WHO)
        hub.registry.pause("paused", "改造", WHO)
        lay_down(paused, 1)
        async with running(hub):
            for day in (1, 2):
                lay_down(other, day)
                await until_done(other, day)
            assert not runs_of(hub, "paused")
            hub.registry.resume("paused", WHO)
            await until_done(paused, 1)


async def test_a_link_outside_its_slot_waits_for_it(tmp_path: Path) -> None:
    waits, runs = tmp_path / "waits", tmp_path / "runs"
    with hub_of_files(tmp_path / "hub") as hub:  # whose clock begins at noon, Beijing time
        rows = [file_link("waits", waits, slot="01:00-05:00"), file_link("runs", runs, slot="11:00-13:00")]
        hub.registry.upsert("link", rows, WHO)
        lay_down(waits, 1)
        lay_down(runs, 1)
        async with running(hub):
            await until_done(runs, 1)
            await asyncio.sleep(0.1)
        assert not runs_of(hub, "waits")


@dataclass
class CountingClock:
    """Counts how often somebody looks at it."""

    clock: Clock
    looks: int = 0

    def now(self) -> dt.datetime:
        """The moment."""
        self.looks += 1
        return self.clock.now()


async def test_a_link_whose_slot_went_by_is_not_looked_at_without_a_rest(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub", sync_seconds=3_600) as opened:  # whose clock begins at noon
        opened.registry.upsert("link", [file_link("waits", tmp_path / "waits", slot="01:00-05:00")], WHO)
        clock = CountingClock(opened.clock)
        async with running(replace(opened, clock=clock)):
            await becomes(lambda: clock.looks > 0)
            await asyncio.sleep(0.5)
        assert clock.looks < 10


async def test_a_link_keeps_its_own_pace(tmp_path: Path) -> None:
    rare, often = tmp_path / "rare", tmp_path / "often"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert(
            "link", [file_link("rare", rare, every_seconds=3_600), file_link("often", often)], WHO
        )
        async with running(hub):
            await becomes(lambda: len(runs_of(hub, "often")) >= 3)
        assert len(runs_of(hub, "rare")) == 1


async def test_a_hub_that_is_told_to_end_does_so_at_once_and_its_links_are_free(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub") as hub, silent_source() as address:
        hub.registry.upsert("link", [silent_link("a", address)], WHO)
        async with running(hub):
            await becomes(lambda: under_way(hub) == 1)
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        found = standing(hub, "a")
        assert (found.lease, found.state.failures) == (None, 0)
        assert found.state.due_at <= hub.clock.now()
