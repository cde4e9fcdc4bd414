"""DL/T 645-2007 over TCP: a gateway (串口服务器) hands frames through to the meters on its line, by one connection.

No port is usual for it (assumed), so that a configuration names one.
"""

from __future__ import annotations

from functools import partial

from edge_probe.config import Device
from edge_probe.dlt645_meter import dlt645_protocol
from edge_probe.octet_line import Opening, open_tcp
from edge_probe.reaching import Reach, Way


def opening(device: Device) -> Opening:
    """What opens a connection to the device's gateway."""
    return partial(open_tcp, device.host, device.port)


PROTOCOL = dlt645_protocol("dlt645_tcp", opening, Reach(Way.TCP, None, sibling="dlt645_serial"))
