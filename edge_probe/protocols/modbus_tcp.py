"""Modbus TCP: a meter or a gateway on the network that frames with the TCP header.

An answer bears its question's transaction number, so that a late one is known for what it is.
"""

from __future__ import annotations

from pymodbus.client import AsyncModbusTcpClient

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Ears, Speech, client_settings
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.reaching import Reach


def client(device: Device, ears: Ears) -> AsyncModbusTcpClient:
    """A closed client of the device's endpoint."""
    return AsyncModbusTcpClient(device.host, port=device.port, **client_settings(device, ears))


SPEECH = Speech(client, modbus_misheard.mbap, settles=False, fits=modbus_misheard.is_modbus_tcp)
PROTOCOL = modbus_protocol("modbus_tcp", SPEECH, Reach(sibling="modbus_rtu"))
