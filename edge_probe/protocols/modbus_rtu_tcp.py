"""Modbus RTU over TCP: a serial server that passes the bus's frames as they are, without the TCP header.

No port is usual for it (assumed), so that a configuration names one. Addresses 1 to 247 are meters'; 0 speaks to all and is
never answered, what is above is reserved (serial line guide V1.02, 2.2) (assumed).
"""

from __future__ import annotations

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.framer import FramerType

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Ears, Speech, client_settings
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.reaching import Reach, Way


def client(device: Device, ears: Ears) -> AsyncModbusTcpClient:
    """A closed client of the device's endpoint."""
    settings = client_settings(device, ears)
    return AsyncModbusTcpClient(device.host, framer=FramerType.RTU, port=device.port, **settings)


SPEECH = Speech(client, modbus_misheard.rtu, settles=True)
PROTOCOL = modbus_protocol("modbus_rtu_tcp", SPEECH, Reach(Way.TCP, None, 1, 247, sibling="modbus_rtu"))
