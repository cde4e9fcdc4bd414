"""Modbus TLS: the frames of Modbus TCP within TLS, port 802, the probe showing a certificate where the gateway wants one.

Modbus/TCP Security (MB-TCP-Security v21) asks for TLS 1.2 or newer and certificates of both sides (assumed); a gateway
without the latter is met, too, but never one whose certificate nobody vouches for.
"""

from __future__ import annotations

import ssl

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Hears, Speech
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.modbus_tls_client import TlsClient
from edge_probe.reaching import Reach, TlsFiles, Way
from graph.errors import SourceUnreachable


def client(device: Device, hears: Hears) -> TlsClient:
    """A closed client of the device's endpoint. Raises SourceUnreachable when its certificates cannot be read."""
    return TlsClient(device, _context(device.tls), hears)


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
