"""Modbus TCP: asks a meter for its registers in few long reads and decodes them itself.

Device exceptions come back as answers and become faults; a line that was silent or spoke nonsense is closed and
opened anew, so that a late answer can never be taken for the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from decimal import Decimal

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge_probe.config import Device
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.plan import Span
from edge_probe.ports import Answers, Fault, MeterProtocol, RegistersRefused
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

HOLDING_REGISTERS = 3


class ModbusTcpMeter:
    """One meter behind one TCP connection, which it keeps between reads."""

    def __init__(self, device: Device, meter_map: MeterMap) -> None:
        self._device = device
        self._wanted = [meter_map.quantities[name] for name in device.quantities]
        self._reads = [
            (span, [quantity for quantity in self._wanted if span.holds(quantity.span)])
            for span in meter_map.reads(self._wanted)
        ]
        self._client: AsyncModbusTcpClient | None = None
        self._rested_at = time.monotonic()  # when the meter may be asked again

    async def read(self) -> Answers:
        """Every quantity or its fault. After a silence the rest of the pass is not tried."""
        answers: dict[str, Decimal | Fault] = {}
        for span, covered in self._reads:
            try:
                answers.update(_decoded(await self.registers(span), span, covered))
            except SourceRefused as fault:
                answers.update({quantity.name: _fault(fault) for quantity in covered})
            except SourceError as fault:
                await self.close()
                return answers | {q.name: _fault(fault) for q in self._wanted if q.name not in answers}
        return answers

    async def close(self) -> None:
        """Close the connection; the next read opens it."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def registers(self, span: Span) -> Sequence[int]:
        """The registers of one read. Raises RegistersRefused, SourceUnreachable or SourceMalformed."""
        await asyncio.sleep(self._rested_at - time.monotonic())
        client = self._client = self._client or self._new_client()
        try:
            if not client.connected and not await client.connect():
                raise SourceUnreachable(f"{self._where}: no connection within {self._device.timeout_s} s")
            answer = await self._ask(client, span)
        except (ModbusException, OSError, TimeoutError) as fault:
            raise SourceUnreachable(f"{self._where}: {span}: {fault}") from fault
        finally:
            self._rested_at = time.monotonic() + self._device.pause_s
        return self._checked(answer, span)

    async def _ask(self, client: AsyncModbusTcpClient, span: Span) -> ModbusPDU:
        ask = (
            client.read_holding_registers
            if span.function == HOLDING_REGISTERS
            else client.read_input_registers
        )
        return await ask(span.address, count=span.count, device_id=self._device.device_id)

    def _checked(self, answer: ModbusPDU, span: Span) -> Sequence[int]:
        if answer.isError():
            code = answer.exception_code
            raise RegistersRefused(f"{self._where}: {span}: exception {_exception(code)}", code)
        if answer.function_code != span.function or len(answer.registers) != span.count:
            came = f"function {answer.function_code} with {len(answer.registers)} registers"
            raise SourceMalformed(f"{self._where}: asked for {span}, came {came}")
        return answer.registers

    def _new_client(self) -> AsyncModbusTcpClient:
        # reconnect_delay 0: the client's own reconnecting would go on behind our back after a timeout.
        return AsyncModbusTcpClient(
            self._device.host,
            port=self._device.port,
            name=self._device.name,
            timeout=self._device.timeout_s,
            retries=0,
            reconnect_delay=0,
        )

    @property
    def _where(self) -> str:
        return f"{self._device.host}:{self._device.port} device {self._device.device_id}"


def _decoded(registers: Sequence[int], span: Span, covered: Sequence[Quantity]) -> Answers:
    answers: dict[str, Decimal | Fault] = {}
    for quantity in covered:
        at = quantity.span.address - span.address
        try:
            answers[quantity.name] = quantity.value(registers[at : at + quantity.span.count])
        except SourceMalformed as fault:
            answers[quantity.name] = _fault(fault)
    return answers


def _fault(error: SourceError) -> Fault:
    if isinstance(error, SourceUnreachable):
        return Fault("silent", str(error))
    return Fault("refused" if isinstance(error, SourceRefused) else "malformed", str(error))


def _exception(code: int) -> str:
    return f"{code} ({ExcCodes(code).name})" if code in {known.value for known in ExcCodes} else str(code)


PROTOCOL = MeterProtocol("modbus_tcp", ModbusTcpMeter, ModbusTcpMeter)
