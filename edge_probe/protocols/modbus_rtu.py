"""Modbus RTU: meters on a serial bus (RS-485), each with an address of its own.

Addresses 1 to 247 are meters'; 0 speaks to all and is never answered (serial line guide V1.02, 2.2) (assumed).
"""

from __future__ import annotations

from pymodbus.client import AsyncModbusSerialClient

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Ears, Speech, client_settings
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.reaching import PARITIES, Reach, SerialLine, Way


def client(device: Device, ears: Ears) -> AsyncModbusSerialClient:
    """A closed client of the device's serial port."""
    bus = device.serial or SerialLine()
    return AsyncModbusSerialClient(
        device.host,
        baudrate=bus.baud,
        parity=PARITIES[bus.parity],
        stopbits=bus.stop_bits,
        **client_settings(device, ears),
    )


SPEECH = Speech(client, modbus_misheard.rtu, settles=True)
PROTOCOL = modbus_protocol("modbus_rtu", SPEECH, Reach(Way.SERIAL, None, 1, 247, sibling="modbus_rtu_tcp"))
