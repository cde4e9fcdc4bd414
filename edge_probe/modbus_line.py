"""One Modbus connection an endpoint, which all devices behind it take in turn, and which a doubt ends.

RTU frames bear no transaction number: whatever comes next is taken for the answer. So a line on which a question went
unanswered, or was answered with nonsense, is closed; it is opened anew and listened to for one timeout before the next
question, and what comes meanwhile is dropped. That holds for serial servers, too, which pass what the bus says to every new
connection. A late frame is taken for an answer only if it comes later than two timeouts, of the same device and length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge_probe.config import Device
from edge_probe.modbus_misheard import Misheard, shown
from edge_probe.plan import Span
from edge_probe.reaching import where_of
from edge_probe.turns import Turns
from graph.errors import SourceMalformed, SourceUnreachable

HOLDING_REGISTERS = 3
HEARD_BYTES_MAX = 512  # twice the longest frame; more has come from somebody who does not speak Modbus

Hears: TypeAlias = Callable[[bool, bytes], bytes]


@dataclass(frozen=True)
class Speech:
    """How a line is spoken on: who makes its client, what bytes can be of an answer, what the others are.

    `settles` where an answer does not say which question it is of.
    """

    client: Callable[[Device, Hears], ModbusBaseClient]
    misheard: Misheard
    settles: bool
    fits: Callable[[bytes], bool] = lambda _: True


class ModbusLine:
    """The way to one endpoint, closed until it is asked."""

    def __init__(self, first: Device, speech: Speech) -> None:
        self._first, self._speech = first, speech
        self._turns = Turns()
        self._client: ModbusBaseClient | None = None
        self._heard = b""
        self._timeout_s, self._quiet_until = first.timeout_s, 0.0

    @property
    def where(self) -> str:
        """Its address, for messages."""
        return where_of(self._first.host, self._first.port)

    @asynccontextmanager
    async def turn(self, who: str, *, behind: bool) -> AsyncIterator[None]:
        """Have the line to oneself. Whoever leaves it in the middle of a question leaves it closed."""
        async with self._turns.take(who, behind=behind):
            try:
                yield
            except BaseException:
                self.doubt()
                raise

    async def ask(self, device: Device, span: Span) -> ModbusPDU:
        """The answer to one read; only in one's turn. Raises SourceUnreachable or SourceMalformed: then `doubt` it."""
        client = self._client = self._client or self._speech.client(device, self._hear)
        self._timeout_s = client.ctx.comm_params.timeout_connect = device.timeout_s
        try:
            if not client.connected and not await client.connect():
                raise SourceUnreachable(f"no connection within {device.timeout_s} s")
            await asyncio.sleep(self._quiet_until - time.monotonic())
            read = client.read_input_registers
            if span.function == HOLDING_REGISTERS:
                read = client.read_holding_registers
            return await read(span.address, count=span.count, device_id=device.device_id)
        except (ModbusException, OSError, ValueError) as fault:  # ValueError: a host that can be no name
            if self._heard:
                what = self._speech.misheard(self._heard, device.device_id)
                raise SourceMalformed(f"came {what}: {shown(self._heard)}") from fault
            raise SourceUnreachable(str(fault)) from fault

    def doubt(self) -> None:
        """Close the line: what still comes on it is no answer to what is asked next."""
        if self._speech.settles:
            self._quiet_until = time.monotonic() + self._timeout_s
        self._hang_up()

    def release(self) -> None:
        """Close it unless somebody else has it, who closes it then."""
        if not self._turns.taken:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _hear(self, sending: bool, octets: bytes) -> bytes:
        """pymodbus calls this with every packet; of one under way it comes again with what has come since."""
        if sending:
            self._heard = b""
            return octets
        before = b"" if octets.startswith(self._heard) else self._heard
        self._heard = (before + octets)[:HEARD_BYTES_MAX]
        return octets if self._speech.fits(octets) else b""
