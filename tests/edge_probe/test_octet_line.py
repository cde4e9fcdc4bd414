"""Lines that meters share: what came unasked is thrown away, who hangs up is called again, and everybody has a turn."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe.dlt645 import Frame, MeterAddress, bcd_octets, identifier_octets
from edge_probe.octet_line import Line, Opened
from edge_probe.ports import Fault
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.watch import Shared, Watch
from hub.simulate.meter645 import Faults645
from tests.edge_probe.fakes import UNIT, HandClock
from tests.edge_probe.meter645_stage import (
    ADDRESS,
    answering,
    device645,
    gateway,
    meter645,
    reached,
    read_once,
)
from tests.edge_probe.simulation import START

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def saying(said: Callable[[bytes], bytes], *, hangs_up: bool = False) -> AsyncIterator[int]:
    """A gateway that answers each question with what a function makes of it."""

    async def answers(octets: bytes) -> bytes:
        return said(octets)

    async with answering(answers, hangs_up=hangs_up) as port:
        yield port


def shows(counter: int) -> bytes:
    data = identifier_octets("00010000") + bcd_octets(Decimal(counter), 4, 2)
    return Frame(MeterAddress(ADDRESS).octets, 0x91, data).octets


async def test_an_answer_that_came_twice_is_no_answer_to_the_next_question() -> None:
    counters = iter((7, 8))

    def twice(_: bytes) -> bytes:
        answer = shows(next(counters))
        return answer + answer

    async with saying(twice) as port:
        meter = reached(device645(port))
        answers = [(await meter.read())["import_energy"] for _ in range(2)]
        await meter.close()
    assert answers == [7, 8]


async def test_a_gateway_that_hangs_up_after_each_answer_is_called_again() -> None:
    async with saying(lambda _: shows(7), hangs_up=True) as port:
        meter = reached(device645(port))
        answers = [(await meter.read())["import_energy"] for _ in range(3)]
        await meter.close()
    assert answers == [7, 7, 7]


async def test_our_own_echo_and_a_late_answer_to_another_question_are_left() -> None:
    other = Frame(MeterAddress(ADDRESS).octets, 0x91, identifier_octets("00020000") + bytes(4)).octets
    async with saying(lambda asked: asked + other + shows(7)) as port:
        assert (await read_once(device645(port)))["import_energy"] == 7


async def test_an_echo_alone_is_silence() -> None:
    async with saying(lambda asked: asked) as port:
        fault = (await read_once(device645(port)))["import_energy"]
    assert isinstance(fault, Fault)
    assert fault.kind == "silent"


async def test_a_line_that_never_stops_talking_is_given_up() -> None:
    async with saying(lambda _: b"\x00" * 5000) as port:
        fault = (await read_once(device645(port, timeout_s=5)))["import_energy"]
    assert isinstance(fault, Fault)
    assert "more than 4096 octets" in fault.detail


async def test_waiting_for_the_line_does_not_count_against_a_meters_deadline(tmp_path: Path) -> None:
    meters = [meter645(Faults645(late_s=0.25), f"00000000000{n}") for n in range(1, 6)]
    spool, clock, told = Spool(tmp_path / "spool"), HandClock(START), list[Event]()
    shared = Shared(UNIT, clock, spool, dt.timedelta(seconds=30), told.append)
    async with gateway(*meters) as port:
        watches = []
        for simulated in meters:
            device = device645(port, simulated.address.text, timeout_s=0.35)
            watches.append(Watch(device, reached(device), shared))
        await asyncio.gather(*(watch.look() for watch in watches))
        for watch in watches:
            await watch.close()
    spool.close()
    assert told == []


async def test_what_came_while_nobody_asked_is_thrown_away() -> None:
    reader = asyncio.StreamReader()

    async def opening() -> Opened:
        return Opened(reader, lambda octets: reader.feed_data(octets), lambda: None)

    line = Line("a loop", opening)
    await line.send(b"one", 1)
    assert await line.hear() == b"one"
    reader.feed_data(b"late")
    await line.send(b"two", 1)
    assert await line.hear() == b"two"
