"""The newest file is taken first, and still what was written last holds: after an outage, cut short and run again."""

from __future__ import annotations

import os
from itertools import permutations, product
from pathlib import Path

import pytest

from graph.model.period import BEIJING
from graph.model.principal import NATION
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from hub.wiring import Hub
from provincial_adapters.file_drop import FolderPuller
from tests.hub.invented_hub import JIA, hub_of, units_of
from tests.hub.test_links import MAPPING

UNIT = units_of(JIA)[1].code
MORNING = 1_790_000_000  # seconds since 1970


def link(folder: Path, order: str) -> Link:
    return Link(
        "files", "file_drop", RegionCode(JIA), str(folder), quirks={"mapping": {**MAPPING, "order": order}}
    )


def lay_down(folder: Path, name: str, hour: int, **values: int) -> None:
    """A file of days of October with their values, written at an hour."""
    rows = [f"{UNIT},2026-10-{day[1:]},0000000002330011,{value}" for day, value in values.items()]
    (folder / name).write_text("\n".join(["unit,day,code,value", *rows]) + "\n")
    os.utime(folder / name, (MORNING + hour * 3600, MORNING + hour * 3600))


async def pull(hub: Hub, link: Link, most: int = 1_000) -> list[str]:
    """What a run brings, taken by the hub; broken off behind `most` deliveries. The values, as they came."""
    came: list[str] = []
    pulling = FolderPuller().pull(link)
    async for delivery in pulling:
        assert isinstance(delivery, Delivery)
        hub.intake.take(delivery)
        came += delivery.arrived.table["value"].to_pylist()
        most -= 1
        if most == 0:
            await pulling.aclose()
            break
    return came


def held(hub: Hub) -> dict[int, str]:
    """The value of each day of October."""
    rows = [row for piece in hub.store.changes(NATION, 0, 10**6).pieces for row in piece.to_pylist()]
    return {row["start"].astimezone(BEIJING).day: f"{row['value']:.0f}" for row in rows}


@pytest.mark.anyio
async def test_today_does_not_wait_behind_what_is_left_of_an_outage(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    for day in range(1, 9):
        lay_down(drop, f"2026-10-0{day}.csv", day, **{f"d{day:02}": day})
    with hub_of(tmp_path / "hub") as hub:
        assert await pull(hub, link(drop, "name")) == ["8", "7", "6", "5", "4", "3", "2", "1"]


CASES = list(product(permutations((1, 2, 3)), (1, 2, 1_000)))


@pytest.mark.anyio
@pytest.mark.parametrize("order", ["name", "modified"])
async def test_what_was_written_last_holds_whichever_file_is_taken_first_and_wherever_a_run_was_cut(
    tmp_path: Path, order: str
) -> None:
    with hub_of(tmp_path / "hub") as hub:
        for day, (hours, cut_after) in enumerate(CASES, 1):
            drop = tmp_path / f"drop{day}"
            drop.mkdir()
            for name, hour in zip("abc", hours, strict=True):
                lay_down(drop, f"{name}.csv", hour, **{f"d{day:02}": hour})
            await pull(hub, link(drop, order), cut_after)
            await pull(hub, link(drop, order))
            assert await pull(hub, link(drop, order)) == []
        assert held(hub) == dict.fromkeys(range(1, len(CASES) + 1), "3")
