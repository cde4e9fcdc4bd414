"""A province's hub and two above that know only devices, on real sockets: what the one holds the others read."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from hub.settings import Settings
from hub.wiring import open_hub, open_registry
from tests.edge_probe.ak_double import PASSWORD
from tests.hub.both_ways_stage import OF_A_BATCH, Hosted, closing, free_ports
from tests.hub.invented_hub import JIA, WHO, fill
from tests.hub.pushing_stage import tell
from tests.hub.served_hub import PATIENCE_S

pytestmark = pytest.mark.slow
DAYS = 3
CALLED = {"nhjc04_push": ("nhjc04", ""), "nhjc_ak_push": ("nhjc_ak", "/YNEnergy")}


def platform_at(data: Path, port: int, dialect: str) -> Hosted:
    """A hub that takes what devices of the province send, and nothing else."""
    fill(data, JIA)
    link = {"key": dialect, "dialect": dialect, "province": JIA, "address": "devices call"}
    registry = open_registry(Settings(data_dir=data))
    registry.upsert("link", [{**link, "quirks": {"valid_means": "1", "approval": "automatic"}}], WHO)
    registry.close()
    return Hosted(data, port)


def province_at(data: Path, above: dict[str, Hosted]) -> Hosted:
    """A province's hub with days of readings, one of them corrected, and a link to each platform."""
    fill(data, JIA)
    with open_hub(Settings(data_dir=data, region=JIA, sync_seconds=0)) as hub:

        async def told() -> None:
            for day in range(1, DAYS + 1):
                await tell(hub, day, f"{day}.25", OF_A_BATCH)
            await tell(hub, 1, "77.5", OF_A_BATCH, version="2026-11-03T00:00:00Z")

        anyio.run(told)
        for dialect, platform in above.items():
            address = platform.address + CALLED[dialect][1]
            link = {
                "key": dialect,
                "dialect": dialect,
                "province": JIA,
                "address": address,
                "credential": "above",
            }
            hub.registry.upsert("link", [{**link, "quirks": {"valid_means": "1"}}], WHO)
    return Hosted(data, 0)


def test_what_a_hub_pushes_as_devices_is_read_above_in_either_dialect(tmp_path: Path) -> None:
    ports = free_ports(len(CALLED))
    above = {
        dialect: platform_at(tmp_path / dialect, port, called)
        for port, (dialect, (called, _)) in zip(ports, CALLED.items(), strict=True)
    }
    province = province_at(tmp_path / "province", above)
    one, other = above.values()
    with closing(one.serving()), closing(other.serving()):
        pushed = province.run("sync", "push", above=PASSWORD)
        assert pushed.wait(6 * PATIENCE_S) == 0, (province.data / "log").read_text()
    held = province.ended().values
    columns = ["unit", "data_code", "granularity", "start", "value", "origin"]
    assert held.num_rows == DAYS * OF_A_BATCH
    for platform in above.values():
        ended = platform.ended()
        assert ended.values.select(columns) == held.select(columns)
        assert (ended.counts["accepted"], ended.counts["rejected"]) == (held.num_rows, 0)
