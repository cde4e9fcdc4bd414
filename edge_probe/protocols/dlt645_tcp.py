"""DL/T 645-2007 over TCP: a gateway (串口服务器) hands frames through to the meters on its line, by one connection."""

from __future__ import annotations

from functools import partial

from edge_probe.config import NOWHERE, Device
from edge_probe.dlt645_meter import Dlt645Meter, way_of
from edge_probe.meter_map import MeterMap
from edge_probe.octet_line import Lines, open_tcp
from edge_probe.ports import MeterProtocol


class _Gateways:
    """The gateways of this process."""

    def __init__(self) -> None:
        self._lines = Lines()

    def reach(self, device: Device, _map: MeterMap) -> Dlt645Meter:
        line = self._lines.at(f"{device.host}:{device.port}", partial(open_tcp, device.host, device.port))
        return Dlt645Meter(device, way_of(device, [], serial=False), line)


def _check(device: Device) -> list[str]:
    faults = ["host: is missing"] if device.host == NOWHERE else []
    way_of(device, faults, serial=False)
    return faults


PROTOCOL = MeterProtocol("dlt645_tcp", _Gateways().reach, _check)
