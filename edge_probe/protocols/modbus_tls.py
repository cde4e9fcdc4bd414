"""Modbus TLS: the frames of Modbus TCP within TLS, port 802, the probe showing a certificate where the gateway wants one.

Modbus/TCP Security (MB-TCP-Security v21) asks for TLS 1.2 or newer and certificates of both sides (assumed); a gateway
without the latter is met, too, but never one whose certificate nobody vouches for.
"""

from __future__ import annotations

import ssl

from pymodbus.client import AsyncModbusTlsClient
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Hears, Speech
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.reaching import Reach, TlsFiles, Way
from graph.errors import SourceUnreachable


def client(device: Device, hears: Hears) -> AsyncModbusTlsClient:
    """A closed client of the device's endpoint. Raises SourceUnreachable when its certificates cannot be read."""
    made = AsyncModbusTlsClient(
        device.host,
        sslctx=_context(device.tls),
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


def _context(files: TlsFiles | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(files.ca_file) if files else None)
        if files and files.certificate_file:
            context.load_cert_chain(files.certificate_file, files.key_file)
    except (OSError, ssl.SSLError) as fault:
        raise SourceUnreachable(f"certificates cannot be read: {fault}") from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


SPEECH = Speech(client, modbus_misheard.mbap, settles=False, fits=modbus_misheard.is_modbus_tcp)
PROTOCOL = modbus_protocol("modbus_tls", SPEECH, Reach(Way.TLS, 802))
