"""A frame that comes later than a doubted line is listened to is never another register's value, and shifts nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import Point
from edge_probe.ports import Answers, Fault, Meter
from tests.edge_probe.fakes import ELECTRICITY
from tests.edge_probe.modbus_stages import reached
from tests.edge_probe.test_modbus_line import answer_of

pytestmark = pytest.mark.anyio

TIMEOUT_S = 0.2
PLACES = {"import_energy": 0x48, "export_energy": 0x4A}


class SlowBus:
    """Answers each question with its number and the register it asks for, as late as it is told, on whatever connection.

    `together`: what is due waits for the next, and both come at once, as buffers of serial servers do.
    """

    def __init__(self, *late: float, together: bool = False, noise: bytes = b"") -> None:
        self.late, self.together, self.noise = list(late), together, noise
        self.asked, self.connections = 0, 0
        self.latest: asyncio.StreamWriter | None = None
        self.due = set[asyncio.Task[None]]()
        self.kept = b""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections, self.latest = self.connections + 1, writer
        while request := await reader.read(8):
            self.asked += 1
            place = int.from_bytes(request[2:4], "big")
            frame = answer_of(request[0], 1000 * self.asked + place) + self.noise
            late_s = TIMEOUT_S * (self.late.pop(0) if self.late else 0.0)
            self.due.add(asyncio.create_task(self._answer(frame, late_s)))
        writer.close()

    async def _answer(self, frame: bytes, late_s: float) -> None:
        await asyncio.sleep(late_s)
        if self.together and not self.kept:
            self.kept = frame
        elif self.latest is not None and not self.latest.is_closing():
            self.latest.write(self.kept + frame)
            self.kept, self.together = b"", False


@asynccontextmanager
async def met(bus: SlowBus) -> AsyncIterator[Meter]:
    """A meter on it, of which two registers are read, each by itself."""
    listening = await asyncio.start_server(bus.talk, "127.0.0.1", 0)
    found = reached("modbus_rtu_tcp", listening.sockets[0].getsockname()[1], "", Path(), TIMEOUT_S)
    points = tuple(Point("main", name, ELECTRICITY, Decimal(1)) for name in PLACES)
    meter_map = found.map.limited(registers_max=2)
    meter = wiring.protocols()["modbus_rtu_tcp"].reach(dataclasses.replace(found, points=points), meter_map)
    yield meter
    await meter.close()
    await asyncio.gather(*bus.due)
    listening.close()


def is_right(answers: Answers) -> bool:
    """Whether each value is its register's, of this look and not of one before."""
    values = {name: each for name, each in answers.items() if not isinstance(each, Fault)}
    asked = {int(value) // 1000 for value in values.values()}
    return all(int(value) % 1000 == PLACES[name] for name, value in values.items()) and (
        not asked or max(asked) - min(asked) < len(PLACES)
    )


def faulty(answers: Answers) -> set[str]:
    return {each.kind for each in answers.values() if isinstance(each, Fault)}


@pytest.mark.parametrize(
    "late",
    [
        (2.5, 0.75, 0.75),  # the first of a look: its answer would be taken for the same one of the next look
        (0.0, 2.5, 0.75, 0.75),  # the second of a look: it would be taken for the first of the next look
        (3.2, 0.9, 0.9, 0.9),
    ],
)
async def test_a_frame_later_than_two_timeouts_is_never_another_registers_value(
    late: tuple[float, ...],
) -> None:
    async with met(SlowBus(*late)) as meter:
        looks = [await meter.read() for _ in range(4)]
    assert faulty(looks[0]) == {"silent"}
    assert [is_right(answers) for answers in looks] == [True] * 4
    assert faulty(looks[-1]) == set()


async def test_a_late_frame_that_comes_together_with_the_next_ones_answer_is_noticed() -> None:
    async with met(SlowBus(2.5, 0.75, together=True)) as meter:
        looks = [await meter.read() for _ in range(3)]
    assert [is_right(answers) for answers in looks] == [True] * 3
    assert [faulty(answers) for answers in looks] == [{"silent"}, {"malformed"}, set()]


async def test_an_answer_too_many_is_told_of_each_value_of_the_look() -> None:
    bus = SlowBus(2.5, 0.75, 0.75)
    async with met(bus) as meter:
        _, shifted = [await meter.read() for _ in range(2)]
    for fault in shifted.values():
        assert isinstance(fault, Fault)
        assert "an answer more than there were questions" in fault.detail


async def test_noise_behind_each_answer_is_no_answer() -> None:
    bus = SlowBus(noise=b"\0\xff\0")
    async with met(bus) as meter:
        looks = [await meter.read() for _ in range(3)]
    assert [(is_right(answers), faulty(answers)) for answers in looks] == [(True, set())] * 3
    assert bus.connections == 1


async def test_a_frame_that_comes_between_two_looks_costs_none_of_them() -> None:
    bus = SlowBus()
    async with met(bus) as meter:
        first = await meter.read()
        assert bus.latest is not None
        bus.latest.write(answer_of(1, 9))
        await bus.latest.drain()
        await asyncio.sleep(TIMEOUT_S / 4)  # it is on its way
        second = await meter.read()
    assert (faulty(first), faulty(second), is_right(second)) == (set(), set(), True)
    assert bus.connections == 2


async def test_what_answers_before_a_register_that_is_always_silent_is_read_in_each_look() -> None:
    never = 20.0  # timeouts
    bus = SlowBus(0.0, never, 0.0, never)
    async with met(bus) as meter:
        looks = [await meter.read() for _ in range(2)]
        for answer in bus.due:
            answer.cancel()
        await asyncio.gather(*bus.due, return_exceptions=True)
        bus.due.clear()
    assert [isinstance(answers["import_energy"], Decimal) for answers in looks] == [True, True]
