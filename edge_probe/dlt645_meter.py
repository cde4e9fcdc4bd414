"""Asks a meter for data identifiers after DL/T 645-2007, over whatever line it hangs on.

What is no answer to the question is left: our own echo, other meters' frames, a late answer to the question before. A line
that was silent or spoke nonsense is closed, and the rest of the pass is not tried.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.config import Device
from edge_probe.dlt645 import (
    ADDRESS_OCTETS,
    ANSWER,
    IDENTIFIER_OCTETS,
    MORE,
    REFUSED,
    WAKE_UP,
    WILD,
    Asked,
    Frame,
    MeterAddress,
    error_names,
    first_frame,
    identifier_octets,
    why_none,
)
from edge_probe.fields import Fields
from edge_probe.map_entries import Identified
from edge_probe.meter_map import MeterMap
from edge_probe.octet_line import Line, Lines, Opening
from edge_probe.ports import Answers, Fault, Meter, MeterProtocol, Reaching, alone, is_silent
from edge_probe.reaching import Reach, where_of
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

FRAMES_MAX = 16  # of one answer: 3 200 octets, more than the largest block of energies and demands
HEARD_MAX = 4096  # octets for one answer: a line that says more is not ours alone
FUNCTION = 0x1F  # 5.2.3: D4 to D0 of a control code (read)


@dataclass(frozen=True)
class Calling:
    """A device's own settings: whom to ask, and how it is woken up."""

    address: MeterAddress
    wake_up: int


def way_of(device: Device, faults: list[str]) -> Calling:
    """The settings of a device; what is wrong with them, or with its map, goes to the faults."""
    fields = Fields(device.settings, "settings", faults)
    address = fields.checked("address", MeterAddress.parse) or MeterAddress(WILD * ADDRESS_OCTETS)
    wake_up = fields.whole("wake_up", 0, len(WAKE_UP), len(WAKE_UP))
    fields.finish()
    if not device.map.identified:
        faults.append(
            f"map: {device.map.name} has no data identifiers, which {device.protocol} reads; dlt645_2007 has"
        )
    return Calling(address, wake_up)


class Dlt645Meter:
    """One meter on a line that it may share."""

    def __init__(self, device: Device, way: Calling, line: Line) -> None:
        self._device, self._way, self._line = device, way, line
        self._wanted: dict[str, list[Identified]] = defaultdict(list)
        for name in device.quantities:
            entry = device.map.identified[name]
            self._wanted[entry.identifier].append(entry)
        self._silent = False

    async def read(self) -> Answers:
        """Every quantity or its fault; quantities under one identifier take one question."""
        async with self._line.turn(self._device.name, behind=self._silent):
            answers = await self._pass()
        self._silent = any(map(is_silent, answers.values()))
        return answers

    async def close(self) -> None:
        """Let go of the line; the next read opens it."""
        self._line.release()

    async def _pass(self) -> Answers:
        answers: dict[str, Decimal | Fault] = {}
        for identifier, entries in self._wanted.items():
            try:
                data = await self._data(identifier)
            except SourceRefused as fault:
                answers |= {entry.name: Fault.of(fault) for entry in entries}
            except SourceError as fault:
                self._line.close()
                left = [e.name for each in self._wanted.values() for e in each if e.name not in answers]
                return answers | dict.fromkeys(left, Fault.of(fault))
            else:
                answers |= {entry.name: _value(entry, data) for entry in entries}
        return answers

    async def _data(self, identifier: str) -> bytes:
        """What stands under an identifier, whole: 7.1 and 7.2 of the standard (assumed)."""
        asked = identifier_octets(identifier)
        frame = await self._answer(Asked.READ, asked, identifier)
        data = frame.data[IDENTIFIER_OCTETS:]
        for number in range(1, FRAMES_MAX):
            if not frame.control & MORE:
                return data
            frame = await self._answer(Asked.READ_ON, asked + bytes([number]), identifier)
            if len(frame.data) <= IDENTIFIER_OCTETS or frame.data[-1] != number:
                came = frame.data[-1:].hex() or "none"
                raise SourceMalformed(f"{self._told(identifier)}: expected part {number}, came {came}")
            data += frame.data[IDENTIFIER_OCTETS:-1]
        raise SourceMalformed(f"{self._told(identifier)}: goes on after {FRAMES_MAX} frames")

    async def _answer(self, function: Asked, data: bytes, identifier: str) -> Frame:
        request = Frame(self._way.address.octets, function, data)
        timeout_s, told = self._device.timeout_s, self._told(identifier)
        await self._line.send(WAKE_UP[: self._way.wake_up] + request.octets, timeout_s)
        heard, waiting, left = b"", b"", 0
        try:
            async with asyncio.timeout(timeout_s):
                while len(heard) <= HEARD_MAX:
                    octets = await self._line.hear()
                    heard, waiting = heard + octets, waiting + octets
                    frame, waiting = first_frame(waiting)
                    while frame is not None:
                        if self._is_answer(frame, request):
                            return _checked(frame, told)
                        frame, waiting = first_frame(waiting)
                        left += 1
        except TimeoutError:
            raise _silence(
                told, heard.replace(request.octets, b"").lstrip(b"\xfe"), left, timeout_s
            ) from None
        raise SourceMalformed(f"{told}: more than {HEARD_MAX} octets and no answer")

    def _is_answer(self, frame: Frame, request: Frame) -> bool:
        if not self._way.address.covers(frame.address) or not frame.control & ANSWER:
            return False
        if frame.control & FUNCTION != request.control:
            return False
        return (
            bool(frame.control & REFUSED)
            or frame.data[:IDENTIFIER_OCTETS] == request.data[:IDENTIFIER_OCTETS]
        )

    def _told(self, identifier: str) -> str:
        return f"{self._line.where} meter {self._way.address.text}: {identifier}"


def dlt645_protocol(name: str, opening: Callable[[Device], Opening], reach_by: Reach) -> MeterProtocol:
    """A member of `edge_probe/protocols`, whose devices share one line for each endpoint."""

    def together() -> Reaching:
        lines = Lines()

        def reach(device: Device, _map: MeterMap) -> Meter:
            where = where_of(device.host, device.port)
            return Dlt645Meter(device, way_of(device, []), lines.at(where, opening(device)))

        return reach

    def check(device: Device) -> list[str]:
        faults: list[str] = []
        way_of(device, faults)
        return faults

    return MeterProtocol(name, alone(together), reach_by, together, check)


def _checked(frame: Frame, told: str) -> Frame:
    if frame.control & REFUSED:
        said = error_names(frame.data[0]) if len(frame.data) == 1 else f"no error word: {frame.data.hex(' ')}"
        raise SourceRefused(f"{told}: {said}")
    return frame


def _silence(told: str, heard: bytes, left: int, timeout_s: float) -> SourceError:
    if left:
        return SourceUnreachable(
            f"{told}: no answer within {timeout_s} s; frames that were none of ours: {left}"
        )
    if heard:
        return SourceMalformed(f"{told}: no sound answer within {timeout_s} s: {why_none(heard)}")
    return SourceUnreachable(f"{told}: no answer within {timeout_s} s")


def _value(entry: Identified, data: bytes) -> Decimal | Fault:
    try:
        return entry.value(data)
    except SourceMalformed as fault:
        return Fault.of(fault)
