"""Modbus TLS: the frames of Modbus TCP within TLS, port 802, the probe showing a certificate where the gateway wants one.

Modbus/TCP Security (MB-TCP-Security v21) asks for TLS 1.2 or newer and certificates of both sides (assumed); a gateway
without the latter is met, too, but never one whose certificate nobody vouches for.
"""

from __future__ import annotations

from edge_probe import modbus_misheard
from edge_probe.config import Device
from edge_probe.modbus_line import Ears, Speech
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.modbus_tls_client import TlsClient
from edge_probe.reaching import Reach, Way, tls_context


def client(device: Device, ears: Ears) -> TlsClient:
    """A closed client of the device's endpoint. Raises SourceUnreachable when its certificates cannot be read."""
    return TlsClient(device, tls_context(device.tls), ears)


SPEECH = Speech(client, modbus_misheard.mbap, settles=False, fits=modbus_misheard.is_modbus_tcp)
PROTOCOL = modbus_protocol("modbus_tls", SPEECH, Reach(Way.TLS, 802, sibling="modbus_rtu"))
