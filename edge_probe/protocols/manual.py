"""Manual entry (人工录入): a meter that nobody can reach; a person reads it and types it in with `nengshu probe enter`.

Asked, it answers nothing: what is typed in goes into the spool as any counter's reading does (edge_probe/entering.py).
"""

from __future__ import annotations

from edge_probe.config import Device
from edge_probe.entering import most_per_hour
from edge_probe.meter_map import MeterMap
from edge_probe.ports import Answers, MeterProtocol
from edge_probe.reaching import Reach, Way


class TypedMeter:
    """A meter of which only people know what it shows."""

    def __init__(self, _device: Device, _map: MeterMap) -> None:
        """Nothing has to be reached."""

    async def read(self) -> Answers:
        """Nothing; that is no fault."""
        return {}

    async def close(self) -> None:
        """There is no line."""


def _check(device: Device) -> list[str]:
    faults: list[str] = []
    most_per_hour(device, faults)
    if not device.map.typed:
        faults.append(f"map: {device.map.name} has no figures that people type; typed_counter has")
    return faults


PROTOCOL = MeterProtocol("manual", TypedMeter, Reach(Way.PERSON), check=_check)
