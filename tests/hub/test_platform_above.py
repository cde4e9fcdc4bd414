"""A province's hub and one above that knows only devices, on real sockets: what the one holds the other reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.both_ways_stage import READINGS, Hosted, closing, free_ports, province_at
from tests.hub.invented_hub import JIA, WHO, fill
from tests.hub.served_hub import PATIENCE_S

pytestmark = pytest.mark.slow


def platform_at(data: Path, port: int) -> Hosted:
    """A hub that takes what devices of the province send, and nothing else."""
    fill(data, JIA)
    quirks = {"valid_means": "1", "approval": "automatic"}
    link = {
        "key": "devices",
        "dialect": "nhjc04",
        "province": JIA,
        "address": "devices call",
        "quirks": quirks,
    }
    registry = open_registry(Settings(data_dir=data))
    registry.upsert("link", [link], WHO)
    registry.close()
    return Hosted(data, port)


def linked(province: Hosted, platform: Hosted) -> None:
    """The province's link to it."""
    link = {"key": "platform", "dialect": "nhjc04_push", "province": JIA, "address": platform.address}
    registry = open_registry(Settings(data_dir=province.data))
    registry.upsert("link", [{**link, "quirks": {"valid_means": "1"}}], WHO)
    registry.close()


def test_what_a_hub_pushes_as_devices_is_read_above_and_pushed_again_changes_nothing(tmp_path: Path) -> None:
    ports = free_ports(2)
    province, platform = (
        province_at(tmp_path / "province", ports[0]),
        platform_at(tmp_path / "platform", ports[1]),
    )
    linked(province, platform)
    with closing(platform.serving()):
        for _ in range(2):
            assert province.run("sync", "push").wait(6 * PATIENCE_S) == 0, (province.data / "log").read_text()
    above, below = platform.ended(), province.ended()
    columns = ["unit", "data_code", "granularity", "start", "value", "origin"]
    assert above.values.select(columns) == below.values.select(columns)
    assert above.values.num_rows == READINGS == above.counts["accepted"]
    assert above.counts["rejected"] == 0
