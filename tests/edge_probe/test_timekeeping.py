"""A clock is believed until somebody says otherwise or it jumps; what is written in doubt is flagged and never dropped."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import os
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import cast

import httpx
import pytest

from edge_probe.asking_time import AskingTime
from edge_probe.readings import DOUBTFUL, QUARTER_HOUR, Event
from edge_probe.sntp import BEFORE_1970, ERA, seconds_behind, server_of
from edge_probe.spool import Spool
from edge_probe.time_sources import TimeSources
from edge_probe.timekeeping import HEARD_FOR, JUMP_DOUBTED, Timekeeper
from edge_probe.uplink_clients import client_of
from edge_probe.watch import Shared, Watch
from graph.errors import InvalidInput, SourceMalformed, SourceUnreachable
from tests.edge_probe.fakes import UNIT, FakeMeter, HandClock, beijing, device, ignore

pytestmark = pytest.mark.anyio
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


class Box:
    """A clock that can be set beside seconds that cannot."""

    def __init__(self) -> None:
        self.now, self.seconds = beijing("10:00"), 100.0
        self.keeper = Timekeeper(lambda: self.seconds)
        self.told = list[Event]()

    def passes(self, span: dt.timedelta, set_by: dt.timedelta = dt.timedelta(0)) -> bool:
        """Time passes and the clock may be set; whether it is in doubt then."""
        self.now += span + set_by
        self.seconds += span.total_seconds()
        doubted, events = self.keeper.seen(self.now)
        self.told += events
        return doubted

    def date(self, off: dt.timedelta) -> str:
        return email.utils.format_datetime((self.now + off).astimezone(dt.UTC), usegmt=True)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.told]


def test_a_clock_that_nobody_speaks_of_is_believed() -> None:
    box = Box()
    assert [box.passes(MINUTE) for _ in range(50)] == [False] * 50
    assert box.told == []


def test_a_jump_is_an_event_and_doubted_until_somebody_agrees() -> None:
    box = Box()
    box.passes(MINUTE)
    assert box.passes(MINUTE, -2 * HOUR)
    assert box.kinds == ["clock-jumped", "clock-doubted"]
    assert box.told[0].detail == "by -7200.0 s, from 2026-11-23T10:01:00+08:00"
    box.keeper.platform_said("hub", box.now, box.date(dt.timedelta(seconds=2)))
    assert not box.passes(MINUTE)
    assert box.kinds[2:] == ["clock-believed-again"]


def test_who_agreed_with_the_clock_before_it_jumped_says_nothing_of_it_after() -> None:
    box = Box()
    box.keeper.server_said(box.now, 0.1)
    box.keeper.platform_said("hub", box.now, box.date(dt.timedelta(0)))
    box.passes(MINUTE)
    assert box.passes(MINUTE, HOUR)


def test_a_jump_is_doubted_for_an_hour_where_nobody_tells_the_time() -> None:
    box = Box()
    box.passes(MINUTE)
    assert box.passes(MINUTE, HOUR)
    assert box.passes(JUMP_DOUBTED)
    assert not box.passes(MINUTE)


def test_a_clock_that_is_moved_little_by_little_does_not_jump() -> None:
    box = Box()
    assert not any(box.passes(MINUTE, dt.timedelta(seconds=4)) for _ in range(9))


def test_one_platform_that_agrees_is_enough_and_all_that_do_not_are_doubt() -> None:
    box = Box()
    box.keeper.platform_said("province", box.now, box.date(HOUR))
    assert box.passes(MINUTE)
    assert "+3600" in box.told[0].detail
    box.keeper.platform_said("nation", box.now, box.date(dt.timedelta(seconds=20)))
    assert not box.passes(MINUTE)
    assert not box.passes(HEARD_FOR + MINUTE)


def test_a_time_server_decides_against_platforms_for_two_hours() -> None:
    box = Box()
    box.keeper.server_said(box.now, 0.2)
    box.keeper.platform_said("province", box.now, box.date(HOUR))
    assert not box.passes(MINUTE)
    box.keeper.server_said(box.now, -31.0)
    assert box.passes(MINUTE)
    assert box.told[-1].detail.startswith("-31.0 s behind the time server")
    assert not box.passes(HEARD_FOR)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Nov 2026 10:00:00 GMT"])
def test_an_answer_without_a_moment_says_nothing(date: str | None) -> None:
    box = Box()
    box.keeper.platform_said("province", box.now, date)
    assert not box.passes(MINUTE)


@pytest.mark.parametrize("date", ["Mon Nov 23 02:00:00 2026", "Mon, 23 Nov 2026 02:00:00 -0000"])
def test_a_date_without_a_zone_is_of_greenwich_wherever_the_box_stands(
    date: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box()
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        box.keeper.platform_said("hub", box.now, date)
    time.tzset()
    assert not box.passes(MINUTE)


async def test_what_is_written_in_doubt_is_flagged_and_not_dropped() -> None:
    spool, box, shown = Spool(Path(":memory:")), Box(), [Decimal(0)]
    spool.add_uplinks(["province"])
    clock, tolerance = HandClock(box.now), dt.timedelta(seconds=30)
    shared = Shared(UNIT, clock, spool, tolerance, ignore, doubt=box.keeper.seen)
    watch = Watch(device(), FakeMeter(lambda: shown[0]), shared)
    for quarter in range(7):
        if quarter in (2, 3):
            box.keeper.server_said(clock.moment, 600.0 if quarter == 2 else 0.0)
        await watch.look()
        clock.moment += QUARTER_HOUR
        box.seconds, shown[0] = box.seconds + 900, shown[0] + 10
    rows = [row.reading for row in spool.unsent("province", 99)]
    assert [row.value for row in rows] == [Decimal(10)] * 6
    assert [row.origin == DOUBTFUL for row in rows] == [False, True, False, False, False, False]
    assert [event.kind for event in spool.events(9)] == ["clock-believed-again", "clock-doubted"]
    spool.close()


class Server(asyncio.DatagramProtocol):
    """A time server that is so many seconds ahead; `answer` may spoil what it says."""

    def __init__(self, ahead_s: float, answer: Callable[[bytearray], bytes]) -> None:
        self.ahead_s, self.answer, self.asked = ahead_s, answer, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        stamp = int((beijing("10:00").timestamp() + BEFORE_1970 + self.ahead_s) * ERA)
        moment = struct.pack("!Q", stamp % 2**64)
        said = bytearray(struct.pack("!BBbb", 0x24, 2, 6, -20) + bytes(20) + data[40:48] + moment + moment)
        if octets := self.answer(said):
            self.transport.sendto(octets, addr)


@asynccontextmanager
async def time_server(
    ahead_s: float = 0.0, answer: Callable[[bytearray], bytes] = bytes
) -> AsyncIterator[tuple[str, int]]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Server(ahead_s, answer), local_addr=("127.0.0.1", 0)
    )
    try:
        yield ("127.0.0.1", transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


def now() -> float:
    return beijing("10:00").timestamp()


@pytest.mark.parametrize("ahead_s", [0.0, 7200.25, -31.5, 3600.0 * 24 * 365 * 12])
async def test_a_time_server_is_asked_by_how_much_the_clock_is_behind(ahead_s: float) -> None:
    """Twelve years ahead lies another era of NTP."""
    async with time_server(ahead_s) as server:
        assert await seconds_behind(server, now) == pytest.approx(ahead_s, abs=0.001)


def spoilt(place: int, octet: int) -> Callable[[bytearray], bytes]:
    def spoil(said: bytearray) -> bytes:
        said[place] = octet
        return bytes(said)

    return spoil


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (spoilt(0, 0x23), "answer to another question"),
        (spoilt(0, 0xE4), "is not in step itself"),
        (spoilt(1, 0), r"is not in step itself \(stratum 0\)"),
        (lambda said: bytes(said[:32]) + bytes(8) + bytes(said[40:]), "is not in step itself"),
        (lambda said: bytes(said[:47]), "expected 48 bytes, came 47"),
        (lambda said: bytes(said[:24]) + bytes(8) + bytes(said[32:]), "answer to another question"),
    ],
)
async def test_an_answer_that_is_none_is_not_believed(answer: Callable[[bytearray], bytes], why: str) -> None:
    async with time_server(0, answer) as server:
        with pytest.raises(SourceMalformed, match=why):
            await seconds_behind(server, now)


async def test_a_clock_that_is_set_back_while_the_server_answers_tells_nothing_of_it() -> None:
    told = iter([now(), now() - 3600])
    async with time_server() as server:
        with pytest.raises(SourceUnreachable, match=r"the answer took -3600\.0 s"):
            await seconds_behind(server, lambda: next(told))


async def test_a_time_server_that_is_not_there_is_told_once_and_the_clock_is_believed() -> None:
    async with time_server() as server:
        pass
    box = Box()
    asking = AskingTime(TimeSources(server), box.keeper, lambda: box.now, box.told.append)
    await asking.ask()
    await asking.ask()
    assert box.kinds == ["time-server-silent"]
    assert not box.passes(MINUTE)
    with pytest.raises(SourceUnreachable, match="no answer"):
        await seconds_behind(server, now)


async def test_what_a_time_server_says_reaches_the_timekeeper() -> None:
    box = Box()
    async with time_server(120) as server:
        await AskingTime(TimeSources(server), box.keeper, lambda: box.now, ignore).ask()
    assert box.passes(MINUTE)


async def test_a_file_that_the_system_touched_lately_ends_the_doubt_after_a_jump(tmp_path: Path) -> None:
    box, file = Box(), tmp_path / "synchronized"
    asking = AskingTime(TimeSources(None, file), box.keeper, lambda: box.now, ignore)
    box.passes(MINUTE)
    assert box.passes(MINUTE, HOUR)
    await asking.ask()
    file.touch()
    os.utime(file, times=((box.now - 3 * HOUR).timestamp(),) * 2)
    await asking.ask()
    assert box.passes(MINUTE)
    os.utime(file, times=((box.now - MINUTE).timestamp(),) * 2)
    await asking.ask()
    assert not box.passes(MINUTE)


@pytest.mark.parametrize(
    ("text", "server"),
    [("ntp.example", ("ntp.example", 123)), ("192.0.2.1:1123", ("192.0.2.1", 1123)), ("[::1]:9", ("::1", 9))],
)
def test_a_time_server_is_a_host_and_perhaps_a_port(text: str, server: tuple[str, int]) -> None:
    assert server_of(text) == server
    with pytest.raises(InvalidInput, match="expected a host"):
        server_of(f"{text}:x:")


async def test_every_answer_of_a_platform_tells_the_time() -> None:
    keeper = Timekeeper(lambda: 0.0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nDate: Mon, 23 Nov 1998 02:00:00 GMT\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, client_of(True, keeper) as client:
        port = server.sockets[0].getsockname()[1]
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == httpx.codes.NO_CONTENT
    doubted, events = keeper.seen(dt.datetime.now(dt.UTC))
    assert (doubted, "behind 127.0.0.1" in events[0].detail) == (True, True)
