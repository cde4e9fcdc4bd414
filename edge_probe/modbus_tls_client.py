"""pymodbus's client over TLS, which says why a gateway will not have it instead of waiting for an answer.

With TLS 1.3 the client is done before the gateway has looked at its certificate: that it wants another comes afterwards,
as an alert in place of an answer (RFC 8446, 6.2, certificate_required) (assumed; so seen with OpenSSL 3). pymodbus keeps
such an alert, and why a handshake failed, to itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Mapping

from pymodbus.client import AsyncModbusTlsClient
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.transaction import TransactionManager

from edge_probe.config import Device
from edge_probe.modbus_line import Ears, client_settings

SHOWN_NONE = "it wants a certificate of the probe, and none is shown: name certificate_file and key_file"
SHOWN_WRONG = "it does not accept the certificate that the probe shows (certificate_file)"
# OpenSSL's word for an alert or a failure (seen with OpenSSL 3): what is wrong.
REASONS: Mapping[str, str] = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": SHOWN_NONE,
    "TLSV1_ALERT_UNKNOWN_CA": SHOWN_WRONG,
    "SSLV3_ALERT_BAD_CERTIFICATE": SHOWN_WRONG,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": SHOWN_WRONG,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": SHOWN_WRONG,
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not vouched for by ca_file, or is another host's",
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
}


class _Talk(TransactionManager):
    """One connection. `lost` is why it has ended; `shows` whether the probe has a certificate to show on it."""

    lost: OSError | None = None
    shows = False

    async def connect(self) -> bool:
        """Open it. Raises OSError where TLS fails; False where nobody is there."""
        self.lost, self.is_closing = None, False
        try:
            async with asyncio.timeout(self.comm_params.timeout_connect):
                self.transport, _ = await self.call_create()
        except (ssl.SSLError, ConnectionResetError, ConnectionAbortedError) as fault:
            raise self._told(fault) from fault
        except (OSError, TimeoutError):
            return False
        return True

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Who waits for an answer need not wait any longer."""
        super().callback_disconnected(exc)
        self.lost = self._told(exc)
        if self._lock.locked() and not self.response_future.done():
            self.response_future.set_exception(self.lost)

    def close(self, reconnect: bool = False) -> None:
        """End it at once: a gateway that hangs would be waited for to say goodbye, and may serve nobody else meanwhile."""
        transport = self.transport
        super().close(reconnect)
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    def _told(self, fault: Exception | None) -> OSError:
        """Why there is no connection. Some gateways say nothing, or with TLS 1.2 always the same: then what is likely."""
        reason = (fault.reason if isinstance(fault, ssl.SSLError) else None) or ""
        if reason in REASONS:
            return ConnectionError(f"no TLS with the gateway: {REASONS[reason]} ({reason})")
        said = f"no TLS with the gateway ({reason})" if reason else "the gateway ended the connection"
        likely = SHOWN_WRONG if self.shows else SHOWN_NONE
        return ConnectionError(said if self.next_tid > 1 else f"{said}: perhaps {likely}")


class TlsClient(AsyncModbusTlsClient):
    """A closed client of a device's endpoint."""

    ctx: _Talk

    def __init__(self, device: Device, context: ssl.SSLContext, ears: Ears) -> None:
        settings = client_settings(device, ears)
        super().__init__(device.host, sslctx=context, port=device.port, **settings)
        # Its own framer takes whatever has come for a whole frame, half of one as well; on the wire both are the same.
        framer = FramerSocket(DecodePDU(False))
        self.ctx = _Talk(self.comm_params, framer, 0, False, ears.packet, ears.answer, None)
        self.ctx.shows = device.tls is not None and device.tls.certificate_file is not None

    def execute(self, no_response_expected: bool, request: ModbusPDU) -> Awaitable[ModbusPDU]:
        """Ask. Raises OSError where the connection ended before."""
        if self.ctx.lost is not None:
            raise self.ctx.lost
        asked: Awaitable[ModbusPDU] = super().execute(no_response_expected, request)
        return asked
