"""Modbus TLS: the frames of Modbus TCP within TLS, port 802, the probe showing a certificate where the gateway wants one.

Modbus/TCP Security (MB-TCP-Security v21) asks for TLS 1.2 or newer and certificates of both sides (assumed); a gateway
without the latter is met, too, but never one whose certificate nobody vouches for.
"""

from __future__ import annotations

from pymodbus.client import AsyncModbusTlsClient
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Hears, Speech
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.reaching import Reach, Way, tls_context


def client(device: Device, hears: Hears) -> AsyncModbusTlsClient:
    """A closed client of the device's endpoint. Raises SourceUnreachable when its certificates cannot be read."""
    made = AsyncModbusTlsClient(
        device.host,
        sslctx=tls_context(device.tls),
        port=device.port,
        name=device.name,
        timeout=device.timeout_s,
        retries=0,
        reconnect_delay=0,
        trace_packet=hears,
    )
    # Its own framer takes whatever has come for a whole frame, half of one as well; on the wire both are the same.
    made.ctx.framer = FramerSocket(DecodePDU(False))
    return made


SPEECH = Speech(client, modbus_misheard.mbap, settles=False, fits=modbus_misheard.is_modbus_tcp)
PROTOCOL = modbus_protocol("modbus_tls", SPEECH, Reach(Way.TLS, 802))
