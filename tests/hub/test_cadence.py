"""Links run by themselves while a hub runs: a folder is watched, and a round that fails is not the last."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from graph.errors import ConfigurationError
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Ask
from hub.cadence import keep_running, token_of
from hub.settings import Settings
from hub.simulate.nation import FILES, Nation
from hub.simulate.stage import FILE_MAPPING, load
from hub.wiring import Hub, open_hub
from tests.hub.stores.registry_fakes import NOON, StillClock

ROUND_S = 0.02


async def until_batches(hub: Hub, count: int) -> None:
    """Wait, bounded, until the ledger has so many batches."""
    for _ in range(400):
        if hub.store.rows(Ask("batch")).table.num_rows >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the ledger never came to {count} batches")


@pytest.mark.anyio
async def test_a_file_laid_into_a_watched_folder_is_taken_without_anybody_asking(tmp_path: Path) -> None:
    drop, nation = tmp_path / "drop", Nation(NOON.date())
    drop.mkdir()
    with open_hub(Settings(data_dir=tmp_path / "hub"), StillClock()) as hub:
        load(hub.registry, nation.nouns([FILES]))
        quirks = json.dumps({"mapping": FILE_MAPPING})
        link = {
            "key": "files",
            "dialect": "file_drop",
            "province": FILES,
            "address": str(drop),
            "quirks": quirks,
        }
        hub.registry.upsert("link", [link], "test")
        running = asyncio.create_task(keep_running(hub, ROUND_S))
        unit = nation.units(FILES)[0]
        for day in (1, 2):
            line = f"{unit.code},2026-11-0{day},{unit.data_codes[0]},5\n"
            (drop / f"{day}.part").write_text("unit,day,data_code,value\n" + line)
            (drop / f"{day}.part").rename(drop / f"{day}.csv")
            await until_batches(hub, day)
        running.cancel()
        await asyncio.wait([running])
        accepted = hub.store.rows(Ask("batch")).table["accepted"].to_pylist()
    assert accepted == [1, 1]
    assert sorted(path.name for path in (drop / "done").iterdir()) == ["1.csv", "2.csv"]


def test_a_link_without_a_credential_has_no_token() -> None:
    with pytest.raises(ConfigurationError, match="names no credential"):
        token_of(Link("x", "hub_graphql", RegionCode("970000"), "http://127.0.0.1:9"))
