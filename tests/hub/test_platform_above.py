"""A province's hub and one above that knows only devices, on real sockets: what the one holds the other reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings import Settings
from hub.wiring import open_registry
from tests.edge_probe.ak_double import PASSWORD
from tests.hub.both_ways_stage import READINGS, Hosted, closing, free_ports, province_at
from tests.hub.invented_hub import JIA, WHO, fill
from tests.hub.served_hub import PATIENCE_S

pytestmark = pytest.mark.slow
BELOW = {"nhjc04_push": "", "nhjc_ak_push": "/YNEnergy"}


def platform_at(data: Path, port: int) -> Hosted:
    """A hub that takes what devices of the province send, and nothing else."""
    fill(data, JIA)
    quirks = {"valid_means": "1", "approval": "automatic"}
    registry = open_registry(Settings(data_dir=data))
    for dialect in ("nhjc04", "nhjc_ak"):
        link = {"key": dialect, "dialect": dialect, "province": JIA, "address": "devices call"}
        registry.upsert("link", [{**link, "quirks": quirks}], WHO)
    registry.close()
    return Hosted(data, port)


def linked(province: Hosted, platform: Hosted, dialect: str) -> None:
    """The province's link to it."""
    address = platform.address + BELOW[dialect]
    link = {"key": "platform", "dialect": dialect, "province": JIA, "address": address, "credential": "above"}
    registry = open_registry(Settings(data_dir=province.data))
    registry.upsert("link", [{**link, "quirks": {"valid_means": "1"}}], WHO)
    registry.close()


@pytest.mark.parametrize("dialect", BELOW)
def test_what_a_hub_pushes_as_devices_is_read_above(tmp_path: Path, dialect: str) -> None:
    ports = free_ports(2)
    province = province_at(tmp_path / "province", ports[0])
    platform = platform_at(tmp_path / "platform", ports[1])
    linked(province, platform, dialect)
    with closing(platform.serving()):
        pushed = province.run("sync", "push", above=PASSWORD)
        assert pushed.wait(6 * PATIENCE_S) == 0, (province.data / "log").read_text()
    above, below = platform.ended(), province.ended()
    columns = ["unit", "data_code", "granularity", "start", "value", "origin"]
    assert above.values.select(columns) == below.values.select(columns)
    assert above.values.num_rows == READINGS == above.counts["accepted"]
    assert above.counts["rejected"] == 0
