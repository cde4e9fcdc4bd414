"""An existing platform of NHJC-04, a probe's memory of it and its clock; each uplink is one process of the probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.readings import Spooled
from edge_probe.uplink_ports import UplinkMeans
from edge_probe.uplinks.nhjc04 import UPLINK, Settings, settings_of
from graph.model.credit_code import CreditCode
from tests.edge_probe.fakes import UNIT, HandClock, Kept, Remembered, beijing, device, reading
from tests.edge_probe.platform_double import PlatformDouble

GAS = "0000000001150011"
ROWS = [Spooled(7, reading("10:00", "12.3400")), Spooled(8, reading("10:15", "0.0001"))]
SAID: Mapping[str, Any] = {"region": "990000", "valid_means": "0"}


def ignored(_: Sequence[int]) -> None:
    """Of rows that are taken before others: here they come all at once."""


def settings(**said: Any) -> Settings:
    faults: list[str] = []
    found = settings_of(Fields({**SAID, **said}, "settings", faults))
    assert faults == []
    assert found is not None
    return found


class Stage:
    """A platform, a probe's memory of it and its clock; `uplink` is one process of the probe."""

    def __init__(self) -> None:
        self.platform, self.memory, self.clock = PlatformDouble(), Remembered(), HandClock(beijing("12:00"))
        self.kept = Kept()
        self.platform.base = "https://platform.example"
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.platform.app))

    def uplink(self, **said: Any) -> Any:
        plan = UplinkPlan("province", "nhjc04", "https://platform.example")
        config = ProbeConfig(CreditCode(UNIT), Path("spool"), 60, 30, (device(),), (plan,))
        means = UplinkMeans(
            plan,
            config,
            settings(**said),
            "ab12",
            self.client,
            self.clock,
            self.memory,
            ignored,
            self.kept.between,
        )
        return UPLINK.reach(means)

    def paths(self) -> list[str]:
        return [path for path, _ in self.platform.asked]
