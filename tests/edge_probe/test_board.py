"""The board tells how meters and platforms fare just now, and a file carries it to whoever looks from outside."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.board import PIECE, WINDOW, Board, UplinkNow
from edge_probe.board_file import STALE_S, BoardFile, board_file, read_board
from edge_probe.observed import ObservedMeter, observed
from edge_probe.ports import Fault
from edge_probe.readings import Spooled
from edge_probe.uplink_ports import Reporter
from graph.errors import SourceRefused, SourceUnreachable
from graph.model.probe_span import ProbeSpan
from tests.edge_probe.fakes import FakeMeter, FakeUplink, HandClock, beijing, reading
from tests.edge_probe.hub_double import until

pytestmark = pytest.mark.anyio
ROWS = [Spooled(1, reading("10:00"))]


class Hanging(FakeMeter):
    """A meter that never answers."""

    async def read(self) -> dict[str, Decimal | Fault]:
        await asyncio.Event().wait()
        return {}


class Told(FakeUplink):
    """A platform that is told of time, too."""

    def __init__(self) -> None:
        super().__init__([SourceUnreachable("gone"), SourceRefused("no such address")])

    async def report(self, _spans: Sequence[ProbeSpan], /) -> None:
        if self.faults:
            raise self.faults.pop(0) or AssertionError


@given(st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=60))
def test_the_error_rate_is_that_of_the_last_hour(looks: list[tuple[int, bool]]) -> None:
    start = beijing("00:00")
    clock = HandClock(start)
    board, moments = Board(clock), [(start, True)]
    for seconds, failed in looks:
        clock.moment += dt.timedelta(seconds=seconds)
        board.looked("main", ["silent"] if failed else [])
        moments.append((clock.moment, failed))
    counted = board.now().meters.get("main")
    for ago, exact in ((WINDOW - PIECE, min), (WINDOW, max)):
        lately = [failed for at, failed in moments[1:] if at > clock.moment - ago]
        assert exact(counted.looks if counted else 0, len(lately)) == len(lately)
        assert exact(counted.failed if counted else 0, sum(lately)) == sum(lately)


async def test_a_meter_is_heard_and_answers_as_before() -> None:
    clock = HandClock(beijing("10:00"))
    board, answers = Board(clock), list[Decimal | Fault]([Decimal(1), *[Fault("refused", "no")] * 2])
    meter = ObservedMeter("main", FakeMeter(lambda: answers.pop(0)), board)
    assert await meter.read() == {"import_energy": Decimal(1)}
    clock.moment = beijing("10:01")
    await meter.read()
    clock.moment = beijing("10:02")
    await meter.read()
    main = board.now().meters["main"]
    assert (main.looks, main.failed, main.fault) == (3, 2, "refused")
    assert (main.since, main.at) == (beijing("10:01"), beijing("10:02"))


async def test_a_meter_that_is_given_up_on_is_silent() -> None:
    board = Board(HandClock(beijing("10:00")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ObservedMeter("main", Hanging(lambda: Decimal(1)), board).read()
    assert board.now().meters["main"].fault == "silent"


async def test_a_platform_is_heard_and_raises_as_before() -> None:
    board, inner = Board(HandClock(beijing("10:00"))), FakeUplink([SourceUnreachable("gone"), None])
    uplink = observed("province", inner, board)
    inner.opening = beijing("14:00")
    assert await uplink.opens(beijing("09:00")) == beijing("14:00")
    with pytest.raises(SourceUnreachable):
        await uplink.send(ROWS)
    assert board.now().uplinks["province"] == UplinkNow(beijing("14:00"), 1, None)
    await uplink.send(ROWS)
    assert board.now().uplinks["province"] == UplinkNow(beijing("14:00"), 0, beijing("10:00"))


async def test_only_a_platform_that_takes_reports_is_seen_to() -> None:
    board, told = Board(HandClock(beijing("10:00"))), Told()
    reporter = observed("province", told, board)
    assert isinstance(reporter, Reporter)
    for fault in (SourceUnreachable, SourceRefused):
        with pytest.raises(fault):
            await reporter.report([])
    await reporter.report([])
    assert board.now().uplinks["province"].failures == 1
    assert not isinstance(observed("province", FakeUplink(), board), Reporter)


async def test_the_file_says_what_the_board_says_and_goes_with_the_probe(tmp_path: Path) -> None:
    board, file = Board(HandClock(beijing("10:00"))), board_file(tmp_path / "spool.sqlite")
    board.looked("main", ["silent"])
    board.heard(-2.5, "hub.example")
    task = asyncio.create_task(BoardFile(file, board, 0.01).keep())
    await until(lambda: read_board(file) == board.now())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert read_board(file) is None


def test_a_file_left_behind_or_of_another_make_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "now.json"
    assert read_board(file) is None
    file.write_bytes(b'{"at": "soon"}')
    assert read_board(file) is None
    file.write_bytes(b'{"at": "2026-11-23T10:00:00+08:00", "since": "2026-11-23T09:00:00+08:00"}')
    assert read_board(file) is not None
    written = file.stat().st_mtime
    assert read_board(file, written + STALE_S + 1) is None


async def test_a_board_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    task = asyncio.create_task(BoardFile(folder / "now.json", Board(HandClock(beijing("10:00"))), 0.0).keep())
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not folder.exists()


async def test_on_a_full_disk_the_file_is_written_over_in_its_place(tmp_path: Path) -> None:
    board, file = Board(HandClock(beijing("10:00"))), board_file(tmp_path / "spool.sqlite")
    file.write_bytes(b" " * 999)
    file.with_name(f"{file.name}.part").mkdir()  # as no other file can be written
    task = asyncio.create_task(BoardFile(file, board, 0.01).keep())
    await until(lambda: read_board(file) == board.now())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
