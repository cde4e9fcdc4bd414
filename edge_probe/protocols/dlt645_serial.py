"""DL/T 645-2007 over a serial port of this box (RS-485), which the meters on it share."""

from __future__ import annotations

from functools import partial

from edge_probe.config import NOWHERE, Device
from edge_probe.dlt645_meter import Dlt645Meter, way_of
from edge_probe.meter_map import MeterMap
from edge_probe.octet_line import Lines, open_serial
from edge_probe.ports import MeterProtocol


class _Ports:
    """The serial ports of this process. Meters on one port are asked at the speed of the first of them."""

    def __init__(self) -> None:
        self._lines = Lines()

    def reach(self, device: Device, _map: MeterMap) -> Dlt645Meter:
        way = way_of(device, [], serial=True)
        path = way.serial or ""
        return Dlt645Meter(
            device, way, self._lines.at(path, partial(open_serial, path, way.speed, way.parity))
        )


def _check(device: Device) -> list[str]:
    faults = [] if device.host == NOWHERE else ["host: no such setting; settings.serial names the port"]
    way_of(device, faults, serial=True)
    return faults


PROTOCOL = MeterProtocol("dlt645_serial", _Ports().reach, _check)
