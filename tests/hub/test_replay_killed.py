"""A replay killed at any moment ends, once it is asked for again, like one that nobody disturbed."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.driver import copied, driving
from tests.hub.replay_stage import UNIT, Stage, days, stage_in, with_power_in
from tests.hub.syncing import BATCHES

KILLS = 24
SEED = 20_261_129
FILES = 8


def drifted(folder: Path) -> Path:
    """A folder in which the rows of several files wait that a mended mapping reads; of the last one row is no number."""
    with stage_in(folder) as stage:
        for file in range(1, FILES + 1):
            power = [10 * file, "viel" if file == FILES else 5 * file]
            columns: dict[str, list[Any]] = {
                "企业": [UNIT] * 2,
                "日期": days(file, file + 1),
                "用电量": power,
                "热力": [1, file],
            }
            stage.lay_down(f"{file}.csv", columns)
            stage.run()
        stage.map(with_power_in("用电量"))
    return folder


def content(folder: Path) -> dict[str, Any]:
    """What a hub holds after a replay, by content."""
    with open_hub(Settings(data_dir=folder / "data", sync_seconds=0)) as hub:
        stage = Stage(hub, folder)
        waited = stage.listed("quarantined")
        with hub.store._database.reading() as cursor:
            batches = cursor.execute(BATCHES).fetchall()
        return {
            "faults": [str(fault) for step in hub.store.check() for fault in step.differences],
            "current": stage.current(),
            "summed": stage.summed(),
            "waited": sorted((row["name"], row["state"], row["waiting"]) for row in waited),
            "replays": sorted(row for row in batches if row[1].startswith("replay:")),
        }


def booked(folder: Path) -> int:
    """How many files a replay was done with, as the registry has it."""
    with closing(sqlite3.connect(folder / "data" / "registry.sqlite")) as registry:
        (count,) = registry.execute("SELECT count(*) FROM quarantined WHERE state = 'booked'").fetchone()
    return int(count)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_replay_killed_at_many_moments_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    template = drifted(tmp_path / "template")
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "killed"
    chance, kills, in_between = random.Random(SEED), 0, 0  # noqa: S311 - nothing secret
    with driving({}) as driver:
        begun = time.monotonic()
        assert driver.done("replay", copied(template, undisturbed))
        life_s = time.monotonic() - begun
        expected = content(undisturbed)
        assert (expected["faults"], len(expected["replays"])) == ([], FILES)
        assert [state for _, state, _ in expected["waited"]].count("booked") == FILES - 1
        while kills < KILLS:
            copied(template, folder)
            moments: list[float] = []
            while kills < KILLS:
                moments.append(chance.random() * life_s)
                if driver.done("replay", folder, moments[-1]):
                    break
                kills += 1
                in_between += 0 < booked(folder) < FILES - 1
            assert driver.done("replay", folder)
            assert content(folder) == expected, (SEED, moments)
    assert in_between
