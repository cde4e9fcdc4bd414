"""Links are run by one hub at a time: two hubs on one registry, one that died, and a lease that was lost under way."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from graph.errors import Conflict
from graph.model.sync_run import SyncRun
from graph.ports import Ask
from hub.cadence import run_links
from hub.leasing import Leasing
from hub.links import chosen
from hub.running import run_held
from hub.stores.registry.leases import Leases
from hub.wiring import Hub, open_hub
from provincial_adapters import Means, open_client
from tests.hub.stores.registry_fakes import NOON
from tests.hub.test_cadence import GoingClock, file_link, hub_of_files, lay_down, running, runs_of, until_done
from tests.hub.test_links_due import WHO, standing

pytestmark = pytest.mark.anyio


def other_hub(hub: Hub) -> Hub:
    """A hub of another name on the same registry."""
    return replace(hub, leasing=Leasing(hub.registry.leases, "other#2", hub.clock))


@asynccontextmanager
async def both_running(*hubs: Hub) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for hub in hubs:
            await stack.enter_async_context(running(hub))
        yield


async def test_two_hubs_on_one_registry_share_its_links_and_run_none_twice_at_once(tmp_path: Path) -> None:
    drops = [tmp_path / f"drop-{number}" for number in range(4)]
    with hub_of_files(tmp_path / "hub") as hub:
        rows = [file_link(f"files-{number}", drop) for number, drop in enumerate(drops)]
        hub.registry.upsert("link", rows, WHO)
        async with both_running(hub, other_hub(hub)):
            for day in range(1, 6):
                for drop in drops:
                    lay_down(drop, day)
                for drop in drops:
                    await until_done(drop, day)
        assert sum(hub.store.rows(Ask("batch")).table["accepted"].to_pylist()) == 5  # of one unit, day by day
        assert {run["holder"] for run in runs_of(hub, "files-0")} <= {"other#2", hub.leasing.holder}
        for number in range(4):
            spans = sorted(
                (cast("dt.datetime", run["started_at"]), cast("dt.datetime", run["ended_at"]))
                for run in runs_of(hub, f"files-{number}")
            )
            assert all(before[1] <= after[0] for before, after in pairwise(spans))


async def test_a_link_that_another_hub_runs_is_not_run_by_hand_and_its_holder_is_named(
    tmp_path: Path,
) -> None:
    with hub_of_files(tmp_path / "hub") as hub:
        rows = [file_link("a", tmp_path / "a"), file_link("b", tmp_path / "b")]
        hub.registry.upsert("link", rows, WHO)
        assert await other_hub(hub).leasing.take("b")
        with pytest.raises(Conflict, match=r"link b is run by other#2 \(lease 1\)"):
            await run_links(hub, chosen(hub.registry.links(), []))
        assert standing(hub, "a").lease is None
        assert not runs_of(hub, "a")


async def test_a_hub_that_died_is_followed_by_another_once_its_lease_is_over(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", drop)], WHO)
        assert await other_hub(hub).leasing.take("files")  # and never a sign again
        lay_down(drop, 1)
        quick = replace(hub, leasing=replace(hub.leasing, lease_s=0.3))
        begun = time.monotonic()
        async with running(quick):
            await until_done(drop, 1)
        assert time.monotonic() - begun >= 0.3


async def test_a_hub_restarted_on_its_own_folder_does_not_wait_for_its_own_dead_lease(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", drop)], WHO)
        assert await hub.leasing.take("files")
    lay_down(drop, 1)
    with open_hub(hub.settings, GoingClock()) as again:
        assert again.leasing.holder == hub.leasing.holder
        async with running(again):
            await until_done(drop, 1)


@pytest.mark.parametrize("lease_s", [0.0, 90.0])
async def test_a_run_whose_lease_was_lost_writes_no_more_and_says_so(tmp_path: Path, lease_s: float) -> None:
    """Asked before it writes where it was long without a sign, and else by the registry with its next step."""
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", drop)], WHO)
        for day in (1, 2, 3):
            lay_down(drop, day)
        hub = replace(hub, leasing=replace(hub.leasing, lease_s=lease_s))
        (link,) = hub.registry.links()
        held = await hub.leasing.take("files")
        assert held is not None

        def lose_it(run: SyncRun) -> None:
            seen = standing(hub, "files")
            if seen.lease is not None and seen.lease.holder == hub.leasing.holder:
                assert hub.registry.leases.take("files", "other#2", NOON, NOON, seen, is_dead=True)

        async with open_client() as client:
            run = await run_held(hub, link, held, Means(client, _no_token), lose_it)
        assert (run.state.value, str(run.error)[:10]) == ("failed", "LEASE_LOST")
        (kept,) = runs_of(hub, "files")
        assert "LEASE_LOST" in str(kept["error"])
        assert (drop / "1.csv").exists()  # the newest file comes first
        found = standing(hub, "files")
        assert found.lease is not None
        assert (found.lease.holder, found.state.failures) == ("other#2", 0)


async def _no_token(_: object) -> str:
    return ""


async def test_a_loop_over_a_registry_that_refuses_for_a_while_goes_on_afterwards(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", drop)], WHO)
        leases = _FailingLeases(hub.registry.leases, 3)
        shaken = replace(hub, leasing=replace(hub.leasing, leases=cast("Leases", leases)))
        lay_down(drop, 1)
        async with running(shaken):
            await until_done(drop, 1)
        assert leases.left == 0


@dataclass
class _FailingLeases:
    """The leases of a hub, which fail as nobody foresaw the first times they are looked at and taken."""

    leases: Leases
    left: int

    def standing(self) -> Any:
        """Every link as it stands."""
        self._fail()
        return self.leases.standing()

    def take(self, *args: Any, **rest: Any) -> Any:
        """The lease of a link."""
        self._fail()
        return self.leases.take(*args, **rest)

    def give_back(self, *args: Any) -> Any:
        """Let go of one."""
        return self.leases.give_back(*args)

    def _fail(self) -> None:
        if self.left:
            self.left -= 1
            raise RuntimeError("nobody foresaw it")
