"""A meter that speaks Modbus, by whatever line: few long reads, decoded here, each fault told apart.

Device exceptions come back as answers and become faults; a line that was silent or spoke nonsense is doubted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from decimal import Decimal

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU

from edge_probe.config import Device
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.modbus_line import ModbusLine, Speech
from edge_probe.plan import Span
from edge_probe.ports import (
    Answers,
    Fault,
    Meter,
    MeterProtocol,
    Reaching,
    RegistersRefused,
    alone,
    is_silent,
)
from edge_probe.reaching import Reach
from edge_probe.straying import Strayed
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

PASS_TIMEOUTS = 4  # one turn takes at most this many: quiet after a doubt, connect, one read, quiet once more


class _Absent(SourceUnreachable):
    """The gateway answered, and says that the device behind it did not (V1.1b3, 7: exception 11)."""


class ModbusMeter:
    """One meter on a line that it may share."""

    def __init__(self, device: Device, meter_map: MeterMap, line: ModbusLine) -> None:
        self._device, self._line = device, line
        self._wanted = [meter_map.quantities[name] for name in device.quantities]
        self._reads = [
            (span, [quantity for quantity in self._wanted if span.holds(quantity.span)])
            for span in meter_map.reads(self._wanted)
        ]
        self._silent, self._doubted = False, False
        self._rested_at = 0.0  # by the monotonic clock: when the meter may be asked again

    async def read(self) -> Answers:
        """Every quantity or its fault. After a silence the rest of the pass is not tried."""
        deadline_s = PASS_TIMEOUTS * self._device.timeout_s + len(self._reads) * self._device.pause_s
        async with self._line.turn(self._device.name, behind=self._silent):
            try:
                async with asyncio.timeout(deadline_s) as limit:
                    answers = await self._pass(limit)
            except TimeoutError:
                self._line.doubt()
                late = Fault("silent", f"{self._where}: not read whole within {deadline_s} s")
                answers = dict.fromkeys(self._device.quantities, late)
        self._silent = any(map(is_silent, answers.values()))
        return answers

    async def close(self) -> None:
        """Let go of the line; the next read opens it."""
        self._line.release()

    async def registers(self, span: Span) -> Sequence[int]:
        """The registers of one read. Raises RegistersRefused, SourceUnreachable or SourceMalformed."""
        async with self._line.turn(self._device.name, behind=False):
            return await self._registers(span)

    async def _pass(self, limit: asyncio.Timeout) -> Answers:
        answers: dict[str, Decimal | Fault] = {}
        doubted, self._doubted = self._doubted, True
        for span, covered in self._reads:
            try:
                answers.update(_decoded(await self._registers(span), span, covered))
            except SourceRefused as fault:
                answers.update({quantity.name: Fault.of(fault) for quantity in covered})
            except SourceError as fault:
                if not isinstance(fault, _Absent):
                    self._line.doubt()
                return self._faulty(fault) | ({} if self._shifts(fault, doubted) else answers)
        try:
            await self._line.settle(_left_s(limit) if doubted else 0.0)
        except Strayed as fault:
            self._line.doubt()
            return self._faulty(fault)
        self._doubted = False
        return answers

    def _shifts(self, fault: SourceError, doubted: bool) -> bool:
        """Whether what was answered before may have been to other questions. Silence says no: nothing more came."""
        odd = doubted and isinstance(fault, SourceMalformed) and not self._line.tells_questions_apart
        return odd or isinstance(fault, Strayed)

    def _faulty(self, fault: SourceError) -> dict[str, Decimal | Fault]:
        return dict.fromkeys(self._device.quantities, Fault.of(fault))

    async def _registers(self, span: Span) -> Sequence[int]:
        told = f"{self._where}: {span}"
        await asyncio.sleep(self._rested_at - time.monotonic())
        try:
            answer = await self._line.ask(self._device, span)
        except SourceError as fault:
            raise type(fault)(f"{told}: {fault}") from fault
        finally:
            self._rested_at = time.monotonic() + self._device.pause_s
        return _checked(answer, span, told)

    @property
    def _where(self) -> str:
        return f"{self._line.where} device {self._device.device_id}"


def modbus_protocol(name: str, speech: Speech, reach_by: Reach) -> MeterProtocol:
    """A member of `edge_probe/protocols`, whose devices share one line for each endpoint."""

    def together() -> Reaching:
        lines: dict[tuple[str, int], ModbusLine] = {}

        def reach(device: Device, meter_map: MeterMap) -> Meter:
            line = lines.setdefault((device.host, device.port), ModbusLine(device, speech))
            return ModbusMeter(device, meter_map, line)

        return reach

    def registers(device: Device, meter_map: MeterMap) -> ModbusMeter:
        return ModbusMeter(device, meter_map, ModbusLine(device, speech))

    return MeterProtocol(name, alone(together), reach_by, together, registers=registers)


def _checked(answer: ModbusPDU, span: Span, told: str) -> Sequence[int]:
    code = answer.exception_code
    if answer.isError() and code == ExcCodes.GATEWAY_NO_RESPONSE:
        raise _Absent(f"{told}: the gateway had no answer of it, exception {_exception(code)}")
    if answer.isError():
        raise RegistersRefused(f"{told}: exception {_exception(code)}", code)
    if answer.function_code != span.function or len(answer.registers) != span.count:
        came = f"function {answer.function_code} with {len(answer.registers)} registers"
        raise SourceMalformed(f"{told}: came {came}")
    return answer.registers


def _decoded(registers: Sequence[int], span: Span, covered: Sequence[Quantity]) -> Answers:
    answers: dict[str, Decimal | Fault] = {}
    for quantity in covered:
        at = quantity.span.address - span.address
        try:
            answers[quantity.name] = quantity.value(registers[at : at + quantity.span.count])
        except SourceMalformed as fault:
            answers[quantity.name] = Fault.of(fault)
    return answers


def _left_s(limit: asyncio.Timeout) -> float:
    """What a deadline leaves, but for a tenth of it, in which to be done."""
    ends = limit.when()
    return 0.9 * (ends - asyncio.get_running_loop().time()) if ends is not None else 0.0


def _exception(code: int) -> str:
    return f"{code} ({ExcCodes(code).name})" if code in {known.value for known in ExcCodes} else str(code)
