"""One Modbus connection an endpoint, which all devices behind it take in turn, and which a doubt ends.

RTU frames bear no transaction number: whatever comes next is taken for the answer. So a line on which a question went
unanswered, or was answered with nonsense, is closed; it is opened anew and listened to for one timeout before the next
question, and what comes meanwhile is dropped. That holds for serial servers, too, which pass what the bus says to every new
connection. A frame of the same device and length that comes later still is taken for an answer, and each answer after it
for the next question's; but then there is one answer more than there were questions. So a device's first look after a doubt
is believed once nothing has come for one timeout after it, and any look only while no frame comes unasked. What is left: a
frame later than two timeouts, of a device whose next answer is lost or needs more than a timeout once more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypedDict

from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge_probe.config import Device
from edge_probe.modbus_misheard import Misheard, shown
from edge_probe.plan import Span
from edge_probe.reaching import where_of
from edge_probe.straying import Strayed, Strays
from edge_probe.turns import Turns
from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable

HOLDING_REGISTERS = 3
HEARD_BYTES_MAX = 512  # twice the longest frame; more has come from somebody who does not speak Modbus


@dataclass(frozen=True)
class Ears:
    """What pymodbus calls with what goes out and what comes in: with each packet, and with each answer it finds in one."""

    packet: Callable[[bool, bytes], bytes]
    answer: Callable[[bool, ModbusPDU], ModbusPDU]


class ClientSettings(TypedDict):
    """What pymodbus is told of a client, however it speaks."""

    name: str
    timeout: float
    retries: int
    reconnect_delay: int
    trace_packet: Callable[[bool, bytes], bytes]
    trace_pdu: Callable[[bool, ModbusPDU], ModbusPDU]


def client_settings(device: Device, ears: Ears) -> ClientSettings:
    """Each question is put once, by us: a client that asks again or reconnects by itself would do so behind our back."""
    return ClientSettings(
        name=device.name,
        timeout=device.timeout_s,
        retries=0,
        reconnect_delay=0,
        trace_packet=ears.packet,
        trace_pdu=ears.answer,
    )


@dataclass(frozen=True)
class Speech:
    """How a line is spoken on: who makes its client, what bytes can be of an answer, what the others are.

    `settles` where an answer does not say which question it is of.
    """

    client: Callable[[Device, Ears], ModbusBaseClient]
    misheard: Misheard
    settles: bool
    fits: Callable[[bytes], bool] = lambda _: True


class ModbusLine:
    """The way to one endpoint, closed until it is asked."""

    def __init__(self, first: Device, speech: Speech) -> None:
        self._first, self._speech = first, speech
        self._turns = Turns()
        self._client: ModbusBaseClient | None = None
        self._heard, self._strays, self._is_answered = b"", Strays(), False
        self._timeout_s, self._quiet_until = first.timeout_s, 0.0

    @property
    def where(self) -> str:
        """Its address, for messages."""
        return where_of(self._first.host, self._first.port)

    @asynccontextmanager
    async def turn(self, who: str, *, behind: bool) -> AsyncIterator[None]:
        """Have the line to oneself. Whoever leaves it in the middle of a question leaves it closed."""
        async with self._turns.take(who, behind=behind):
            if self._speech.settles and self._strays.came:
                self.doubt()
            try:
                yield
            except SourceRefused:
                raise  # a refusal is an answer like any other
            except BaseException:
                self.doubt()
                raise

    async def ask(self, device: Device, span: Span) -> ModbusPDU:
        """The answer to one read; only in one's turn. Raises SourceUnreachable or SourceMalformed: then `doubt` it.

        Strayed among the latter: then what was answered before in this turn is doubtful, too.
        """
        self._check_strays()
        client = self._client = self._client or self._speech.client(
            device, Ears(self._hear, self._understand)
        )
        self._timeout_s = client.ctx.comm_params.timeout_connect = device.timeout_s
        try:
            if not client.connected and not await client.connect():
                raise SourceUnreachable(f"no connection within {device.timeout_s} s")
            await asyncio.sleep(self._quiet_until - time.monotonic())
            read = client.read_input_registers
            if span.function == HOLDING_REGISTERS:
                read = client.read_holding_registers
            answer = await read(span.address, count=span.count, device_id=device.device_id)
        except (ModbusException, OSError, ValueError) as fault:  # ValueError: a host that can be no name
            if self._is_answered:  # and yet it is a fault: pymodbus had given the question up already
                raise SourceUnreachable(f"its answer came later than {device.timeout_s} s") from fault
            if self._heard:
                what = self._speech.misheard(self._heard, device.device_id)
                raise SourceMalformed(f"came {what}: {shown(self._heard)}") from fault
            raise SourceUnreachable(str(fault)) from fault
        self._strays.answered(self._heard, answer)
        return answer

    @property
    def tells_questions_apart(self) -> bool:
        """Whether an answer says which question it is of."""
        return not self._speech.settles

    async def settle(self, at_most_s: float) -> None:
        """After a look that followed a doubt: nothing more may come. Raises Strayed."""
        if self._speech.settles:
            await asyncio.sleep(min(self._timeout_s, at_most_s))
            self._check_strays()

    def _check_strays(self) -> None:
        if self._speech.settles and self._strays.came:
            raise Strayed(f"came {shown(self._strays.octets)}, an answer more than there were questions")

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
        self._strays = Strays()

    def _hear(self, sending: bool, octets: bytes) -> bytes:
        """pymodbus calls this with every packet; of one under way it comes again with what has come since."""
        if sending:
            self._heard, self._is_answered = b"", False
            self._strays.asked()
            return octets
        if self._strays.take(octets):
            return octets
        before = b"" if octets.startswith(self._heard) else self._heard
        self._heard = (before + octets)[:HEARD_BYTES_MAX]
        return octets if self._speech.fits(octets) else b""

    def _understand(self, sending: bool, answer: ModbusPDU) -> ModbusPDU:
        """pymodbus calls this with what it sends and with what it takes for the answer to it."""
        self._is_answered = not sending
        return answer
