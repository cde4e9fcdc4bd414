"""A device's first days and its province's word, step by step, in a process that may be killed at any moment.

A device sends no second time what was acknowledged: `acknowledged` in its folder says what was. What its province decided it
decides again, which changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from graph.model.access_device import DeviceState
from tests.hub.device_stage import POWER, SUCCESS, UNHEARD, Stage, row

DAYS = [f"2026-10-{number:02d}" for number in range(1, 6)]
AFTER = 3  # days that are sent before the province approves the device; the others are sent before it maps its points


def live(stage: Stage, folder: Path) -> None:
    """All of it, from where it stands."""
    acknowledged = folder / "acknowledged"
    before = acknowledged.read_text().split() if acknowledged.exists() else []
    if "configured" not in before:
        assert stage.configure(POWER, UNHEARD) == SUCCESS
        _note(acknowledged, "configured")
    for number, day in enumerate(DAYS):
        if number == AFTER and stage.device()["state"] != "approved":
            stage.decide(DeviceState.APPROVED)
        stage.book()
        if day not in before:
            assert (
                stage.upload(row(POWER, f"{number + 1}", day), row(UNHEARD, f"{number + 11}", day)) == SUCCESS
            )
            _note(acknowledged, day)
    stage.map(UNHEARD)
    while stage.book():
        pass


def _note(file: Path, what: str) -> None:
    with file.open("a") as opened:
        opened.write(f"{what}\n")
        opened.flush()
        os.fsync(opened.fileno())
