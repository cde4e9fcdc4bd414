"""A meter that speaks Modbus, by whatever line: few long reads, decoded here, each fault told apart.

Device exceptions come back as answers and become faults; a line that was silent or spoke nonsense is doubted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU

from edge_probe.config import Device
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.modbus_line import ModbusLine, Speech
from edge_probe.plan import Span, plan_reads
from edge_probe.ports import Answers, Fault, Meter, MeterProtocol
from edge_probe.reaching import Reach
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

PASS_TIMEOUTS = 4  # one turn takes at most this many: some quiet after a doubt, connect, one read, some slack


class _Absent(SourceUnreachable):
    """The gateway answered, and says that the device behind it did not (V1.1b3, 7: exception 11)."""


class ModbusMeter:
    """One meter on a line that it may share."""

    def __init__(self, device: Device, meter_map: MeterMap, line: ModbusLine) -> None:
        self._device, self._line = device, line
        self._wanted = [meter_map.quantities[name] for name in device.quantities]
        self._reads = plan_reads((q.span for q in self._wanted), meter_map.registers_max, meter_map.gap_max)
        self._silent = False

    async def read(self) -> Answers:
        """Every quantity or its fault. After a silence the rest of the pass is not tried."""
        deadline_s = PASS_TIMEOUTS * self._device.timeout_s
        async with self._line.turn(behind=self._silent):
            try:
                async with asyncio.timeout(deadline_s):
                    answers = await self._pass()
            except TimeoutError:
                self._line.doubt()
                late = Fault("silent", f"{self._where}: not read whole within {deadline_s} s")
                answers = dict.fromkeys(self._device.quantities, late)
        self._silent = any(isinstance(each, Fault) and each.kind == "silent" for each in answers.values())
        return answers

    async def close(self) -> None:
        """Let go of the line; the next read opens it."""
        self._line.release()

    async def _pass(self) -> Answers:
        answers: dict[str, Decimal | Fault] = {}
        for span in self._reads:
            covered = [quantity for quantity in self._wanted if span.holds(quantity.span)]
            try:
                answers.update(_decoded(await self._registers(span), span, covered))
            except SourceRefused as fault:
                answers.update({quantity.name: _fault(fault) for quantity in covered})
            except SourceError as fault:
                if not isinstance(fault, _Absent):
                    self._line.doubt()
                return answers | {q.name: _fault(fault) for q in self._wanted if q.name not in answers}
        return answers

    async def _registers(self, span: Span) -> Sequence[int]:
        try:
            return self._checked(await self._line.ask(self._device, span), span)
        except SourceError as fault:
            raise type(fault)(f"{self._where}: {_shown(span)}: {fault}") from fault

    def _checked(self, answer: ModbusPDU, span: Span) -> Sequence[int]:
        if answer.isError() and answer.exception_code == ExcCodes.GATEWAY_NO_RESPONSE:
            raise _Absent(f"the gateway had no answer of it, exception {_exception(answer.exception_code)}")
        if answer.isError():
            raise SourceRefused(f"exception {_exception(answer.exception_code)}")
        if answer.function_code != span.function or len(answer.registers) != span.count:
            raise SourceMalformed(
                f"came function {answer.function_code} with {len(answer.registers)} registers"
            )
        return answer.registers

    @property
    def _where(self) -> str:
        return f"{self._line.where} device {self._device.device_id}"


def modbus_protocol(name: str, speech: Speech, reach_by: Reach) -> MeterProtocol:
    """A member of `edge_probe/protocols`, whose devices share one line for each endpoint."""

    def together() -> Callable[[Device, MeterMap], Meter]:
        lines: dict[tuple[str, int], ModbusLine] = {}

        def reach(device: Device, meter_map: MeterMap) -> Meter:
            line = lines.setdefault((device.host, device.port), ModbusLine(device, speech))
            return ModbusMeter(device, meter_map, line)

        return reach

    def alone(device: Device, meter_map: MeterMap) -> Meter:
        return ModbusMeter(device, meter_map, ModbusLine(device, speech))

    return MeterProtocol(name, alone, reach_by, together)


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


def _shown(span: Span) -> str:
    return f"{span.count} registers from {span.address:#06x} with function {span.function}"


def _exception(code: int) -> str:
    return f"{code} ({ExcCodes(code).name})" if code in {known.value for known in ExcCodes} else str(code)
