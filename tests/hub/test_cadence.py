"""Links run by themselves while a hub runs: a folder is watched, and a round that fails is not the last."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from graph.errors import ConfigurationError
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Ask
from hub.cadence import keep_looking, keep_running, run_links
from hub.link_tokens import LinkTokens
from hub.links import chosen
from hub.settings import Settings
from hub.simulate.nation import FILES, Nation
from hub.simulate.stage import FILE_MAPPING, load
from hub.stores.door.door import Door
from hub.wiring import Hub, open_hub
from tests.hub.live_hub import becomes
from tests.hub.stores.registry_fakes import NOON, StillClock

ROUND_S = 0.02
QUICK = {"duty_look_seconds": ROUND_S}


async def until_done(folder: Path, day: int) -> None:
    """Wait, bounded, until the file of a day was taken and put away."""
    for _ in range(400):
        if (folder / "done" / f"{day}.csv").exists():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the file of day {day} was never taken")


@dataclass
class GoingClock:
    """A clock that begins at noon and goes on from there."""

    begun_s: float = field(default_factory=time.monotonic)

    def now(self) -> dt.datetime:
        """Noon, and what went by since."""
        return NOON + dt.timedelta(seconds=time.monotonic() - self.begun_s)


NATION_OF_FILES = Nation(NOON.date())


def file_link(key: str, folder: Path, **changes: object) -> dict[str, object]:
    """The row of a link that watches a folder, made here."""
    folder.mkdir(exist_ok=True)
    quirks = json.dumps({"mapping": FILE_MAPPING})
    row = {"key": key, "dialect": "file_drop", "province": FILES, "address": str(folder), "quirks": quirks}
    return row | changes


def lay_down(folder: Path, day: int) -> None:
    """One reading of a day as a whole file."""
    unit = NATION_OF_FILES.units(FILES)[0]
    (folder / f"{day}.part").write_text(
        f"unit,day,data_code,value\n{unit.code},2026-11-0{day},{unit.data_codes[0]},5\n"
    )
    (folder / f"{day}.part").rename(folder / f"{day}.csv")


@contextmanager
def hub_of_files(folder: Path, **settings: Any) -> Iterator[Hub]:
    """A hub that knows the units of the files' province, and whose links are due again at once."""
    with open_hub(Settings(data_dir=folder, **{"sync_seconds": ROUND_S, **settings}), GoingClock()) as hub:
        load(hub.registry, NATION_OF_FILES.nouns([FILES]))
        yield hub


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[None]:
    """The links of a hub, kept running for a while."""
    task = asyncio.create_task(keep_running(hub))
    try:
        yield
    finally:
        is_over = task.done()
        task.cancel()
        await asyncio.wait([task])
    assert not is_over
    assert (
        task.cancelled() or task.exception() is None
    )  # a run that is closed meanwhile may use the cancellation up


@contextmanager
def silent_source() -> Iterator[str]:
    """The address of a source that takes every call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def runs_of(hub: Hub, key: str) -> list[dict[str, object]]:
    """The sync runs of a link, oldest first."""
    return [row for row in hub.registry.rows(Ask("sync_run")).table.to_pylist() if row["link"] == key]


@pytest.mark.anyio
async def test_a_file_laid_into_a_watched_folder_is_taken_without_anybody_asking(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", drop)], "test")
        async with running(hub):
            for day in (1, 2):
                lay_down(drop, day)
                await until_done(drop, day)
        accepted = hub.store.rows(Ask("batch")).table["accepted"].to_pylist()
    assert accepted == [1, 1]


@pytest.mark.anyio
async def test_a_silent_source_holds_up_nobody_runs_once_at_a_time_and_is_closed_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_SECRET_SILENT", "x.y")
    drop = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        with silent_source() as address:
            silent = {"key": "silent", "dialect": "hub_graphql", "province": FILES, "address": address}
            hub.registry.upsert(
                "link", [file_link("files", drop), silent | {"credential": "silent", "quirks": "{}"}], "test"
            )
            async with running(hub):
                for day in (1, 2):
                    lay_down(drop, day)
                    await until_done(drop, day)
                # Its thread may come later than the files'.
                await becomes(lambda: bool(runs_of(hub, "silent")))
                assert [run["state"] for run in runs_of(hub, "silent")] == ["running"]
        (ended,) = runs_of(hub, "silent")
        assert (ended["state"], str(ended["error"])[:9]) == ("failed", "CANCELLED")


@pytest.mark.anyio
async def test_a_link_added_while_the_hub_runs_is_picked_up_and_a_disabled_one_let_go(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("first", first)], "test")
        async with running(hub):
            lay_down(first, 1)
            await until_done(first, 1)
            rows = [file_link("first", first, enabled=False), file_link("second", second)]
            hub.registry.upsert("link", rows, "test")
            await asyncio.sleep(5 * ROUND_S)
            lay_down(first, 3)
            lay_down(second, 2)
            await until_done(second, 2)
    assert (first / "3.csv").exists()


@pytest.mark.anyio
async def test_a_folder_that_cannot_be_cleared_fails_its_own_run_alone(tmp_path: Path) -> None:
    stuck, sound = tmp_path / "stuck", tmp_path / "sound"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("sound", sound), file_link("stuck", stuck)], "test")
        (stuck / "done").write_text("somebody's notes")
        lay_down(stuck, 1)
        lay_down(sound, 2)
        runs = await run_links(hub, chosen(hub.registry.links(), []))
    assert [(run.link, run.state.value, run.accepted) for run in runs] == [
        ("sound", "succeeded", 1),
        ("stuck", "failed", 1),
    ]
    assert "cannot be moved to done" in str(runs[1].error)


@dataclass
class FailingDoor:
    """A door whose first sweep fails as nobody foresaw."""

    swept: int = 0

    def sweep(self) -> None:
        """Fail once."""
        self.swept += 1
        if self.swept == 1:
            raise RuntimeError("nobody foresaw it")


@pytest.mark.anyio
async def test_a_sweep_that_fails_as_nobody_foresaw_is_not_the_last(tmp_path: Path) -> None:
    door = FailingDoor()
    settings = Settings(data_dir=tmp_path, duty_look_seconds=1)
    with open_hub(settings, StillClock()) as hub:
        looking = replace(hub, door=cast("Door", door), settings=settings.model_copy(update=QUICK))
        task = asyncio.create_task(keep_looking(looking))
        await becomes(lambda: door.swept > 1)
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def test_a_link_without_a_credential_has_no_token() -> None:
    with pytest.raises(ConfigurationError, match="names no credential"):
        await LinkTokens().token(Link("x", "hub_graphql", RegionCode("970000"), "http://127.0.0.1:9"))
