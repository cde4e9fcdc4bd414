"""DL/T 645-2007 over a serial port of this box (RS-485), which the meters on it share."""

from __future__ import annotations

from functools import partial

from edge_probe.config import Device
from edge_probe.dlt645_meter import dlt645_protocol
from edge_probe.octet_line import Opening, open_serial
from edge_probe.reaching import Reach, SerialLine, Way

LINE = SerialLine(2400, "even")  # an even bit to a byte, 5.1 (read); what meters are shipped with (assumed)


def opening(device: Device) -> Opening:
    """What opens the device's port."""
    return partial(open_serial, device.host, device.serial or LINE)


REACH = Reach(Way.SERIAL, None, line=LINE, sibling="dlt645_tcp")
PROTOCOL = dlt645_protocol("dlt645_serial", opening, REACH)
