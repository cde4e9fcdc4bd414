"""A hub killed at any moment of a device's first days has, once it runs again, all that was acknowledged, once."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from graph.model.period import Granularity, Month
from graph.ports import ReadingAsk
from tests.hub.device_life import DAYS
from tests.hub.device_stage import Stage, stage_in
from tests.hub.driver import copied, driving

KILLS = 8
SEED = 20_261_130
ROWS = 2 * len(DAYS)


def content(folder: Path) -> dict[str, Any]:
    """What the hub holds, by content."""
    with stage_in(folder / "data") as stage:
        days = [
            {name: row[name] for name in ("day", "rows", "fitting", "refused", "suspected")}
            for row in stage.rows("device_day")
        ]
        return {
            "faults": [str(fault) for step in stage.hub.store.check() for fault in step.differences],
            "readings": _readings(stage),
            "days": days,
            "waiting": [row["waiting"] for row in stage.rows("quarantined") if row["state"] == "waiting"],
            "device": stage.device()["state"],
        }


def _readings(stage: Stage) -> list[Any]:
    points = stage.rows("data_point", unit=stage.unit)
    codes = {point["point_id"]: point["code"] for point in points}
    places = [(point["unit_id"], point["point_id"]) for point in points]
    october = ReadingAsk(places, Month.parse("2026-10").period, Granularity.DAY)
    found = stage.hub.store.readings(october).to_pylist()
    return sorted((codes[row["point_id"]], row["start"], row["value"]) for row in found)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_device_loses_nothing_whenever_its_hub_is_killed(tmp_path: Path) -> None:
    template, undisturbed, folder = (tmp_path / name for name in ("template", "undisturbed", "killed"))
    with stage_in(template / "data") as stage:
        stage.registered()
    chance, kills, in_between = random.Random(SEED), 0, 0  # noqa: S311 - nothing secret
    with driving({}) as driver:
        begun = time.monotonic()
        assert driver.done("device", copied(template, undisturbed))
        life_s = time.monotonic() - begun
        expected = content(undisturbed)
        assert (expected["faults"], expected["waiting"], expected["device"]) == ([], [], "approved")
        assert len(expected["readings"]) == ROWS
        while kills < KILLS:
            copied(template, folder)
            moments: list[float] = []
            while kills < KILLS:
                moments.append(chance.random() * life_s)
                if driver.done("device", folder, moments[-1]):
                    break
                kills += 1
                in_between += (folder / "acknowledged").exists()
            assert driver.done("device", folder)
            assert content(folder) == expected, (SEED, moments)
    assert in_between
