"""A question whose asker has gone is stopped in the store, and everybody else's goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from starlette.types import Message

from graph.errors import InvalidInput, StoreError
from hub.endpoints.leaving import AGAIN_S, interruptible, while_connected
from hub.stores.readings.database import Database
from hub.stores.readings.interrupting import current

pytestmark = pytest.mark.anyio

ENDLESS = "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range % 7 = 3"
SOON_S = 20  # an interrupted statement ends within some milliseconds, on a busy machine a little later


class Asking:
    """A database with a statement that would run for hours, and how it ended."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.began, self.ended = threading.Event(), threading.Event()
        self.fault: Exception | None = None

    def __call__(self) -> object:
        """Ask."""
        try:
            with self.database.reading() as cursor:
                self.began.set()
                return cursor.execute(ENDLESS).fetchall()
        except StoreError as fault:
            self.fault = fault
            raise
        finally:
            self.ended.set()


async def left_while_it_ran(asking: Asking) -> None:
    """Ask, leave once it has begun, and see that it ends soon, interrupted."""
    with anyio.fail_after(SOON_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(interruptible, asking, anyio.CapacityLimiter(2))
            await anyio.to_thread.run_sync(asking.began.wait)
            tasks.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(asking.ended.wait, SOON_S)
    assert "INTERRUPT" in str(asking.fault)


async def test_a_cancelled_request_interrupts_its_statement_and_no_other(tmp_path: Path) -> None:
    database = Database(tmp_path / "readings.duckdb")
    await left_while_it_ran(Asking(database))
    with database.reading() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    database.close()


class BetweenTwo(Asking):
    """Has its first statement behind it when its asker goes, and then begins one that would run for hours."""

    def __call__(self) -> object:
        """Ask twice."""
        try:
            with self.database.reading() as cursor:
                cursor.execute("SELECT 1").fetchall()
                self.began.set()
                assert wait_for(lambda: current().fired)
                return cursor.execute(ENDLESS).fetchall()
        except StoreError as fault:
            self.fault = fault
            raise
        finally:
            self.ended.set()


def wait_for(is_so: Callable[[], bool]) -> bool:
    """Whether it is so soon."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.01) for _ in range(SOON_S * 100))


async def test_who_goes_between_two_statements_of_a_question_stops_the_second(tmp_path: Path) -> None:
    database = Database(tmp_path / "readings.duckdb")
    await left_while_it_ran(BetweenTwo(database))
    database.close()


# ---- the lane -------------------------------------------------------------------------------------------


class Deaf:
    """A question that hears only the third interrupt; how many of its like are at work, and were at once."""

    def __init__(self) -> None:
        self.interrupts = self.at_work = self.at_once = 0

    def interrupt(self) -> None:
        """Be interrupted."""
        self.interrupts += 1

    def __call__(self) -> None:
        """Ask, and go on until the third interrupt."""
        self.at_work += 1
        self.at_once = max(self.at_once, self.at_work)
        self.interrupts = 0
        try:
            with current().over(self):  # refused where the asker goes even before
                assert wait_for(lambda: self.interrupts >= 3)
                raise StoreError("interrupted")
        finally:
            self.at_work -= 1


Ask = Callable[[], Awaitable[object]]


async def cancelled_by_a_scope(ask: Ask) -> None:
    """Ask, and go away."""
    with anyio.move_on_after(0.05) as scope:
        await ask()
    assert scope.cancelled_caught


async def cancelled_among_others(ask: Ask) -> None:
    """Ask twice at once as resolvers of one answer do, and go away."""
    faults: list[BaseException] = []

    async def resolver() -> None:
        try:
            await ask()
        except BaseException as fault:
            faults.append(fault)
            raise

    with anyio.move_on_after(0.05) as scope:
        await asyncio.gather(resolver(), resolver(), return_exceptions=True)
    assert scope.cancelled_caught
    assert [type(fault) for fault in faults] == [asyncio.CancelledError] * 2


async def cancelled_as_a_task(ask: Ask) -> None:
    """Ask in a task of asyncio's and cancel it, and again and again while it has not ended."""
    task = asyncio.ensure_future(ask())
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.005)
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


LEAVING = pytest.mark.parametrize(
    "leave", [cancelled_by_a_scope, cancelled_among_others, cancelled_as_a_task]
)


@LEAVING
async def test_a_place_in_the_lane_is_free_when_the_thread_has_ended_and_no_sooner(
    leave: Callable[[Ask], Awaitable[None]],
) -> None:
    deaf, lane = Deaf(), anyio.CapacityLimiter(1)
    with anyio.fail_after(SOON_S):
        for _ in range(3):
            await leave(lambda: interruptible(deaf, lane))
            assert (deaf.at_work, lane.borrowed_tokens) == (0, 0)
    assert deaf.at_once == 1


@LEAVING
async def test_who_goes_while_waiting_for_the_lane_asks_nothing(
    leave: Callable[[Ask], Awaitable[None]],
) -> None:
    deaf, lane = Deaf(), anyio.CapacityLimiter(1)
    somebody = object()
    lane.acquire_on_behalf_of_nowait(somebody)
    await leave(lambda: interruptible(deaf, lane))
    lane.release_on_behalf_of(somebody)
    assert (deaf.at_once, lane.borrowed_tokens) == (0, 0)


@pytest.mark.parametrize("fault", [StoreError("no"), KeyError("no"), SystemExit("no")])
async def test_what_a_call_raises_comes_out_as_it_is(fault: BaseException) -> None:
    def failing() -> None:
        raise fault

    lane = anyio.CapacityLimiter(1)
    with pytest.raises(type(fault)) as raised:
        await interruptible(failing, lane)
    assert raised.value is fault
    assert await interruptible(lambda: 7, lane) == 7


# ---- the request ----------------------------------------------------------------------------------------


async def hung_up() -> Message:
    """What is received of a client who has gone."""
    return {"type": "http.disconnect"}


async def test_who_hangs_up_ends_the_request() -> None:
    with anyio.fail_after(SOON_S):
        await while_connected(hung_up, anyio.sleep_forever())


async def test_a_request_that_cannot_end_at_once_is_cancelled_again_now_and_then() -> None:
    cancelled: list[float] = []

    async def stubborn() -> None:
        while len(cancelled) < 4:
            try:
                await anyio.sleep_forever()
            except asyncio.CancelledError:
                cancelled.append(anyio.current_time())

    with anyio.fail_after(SOON_S):
        await while_connected(hung_up, stubborn())
    assert (
        cancelled[-1] - cancelled[0] > 2 * AGAIN_S
    )  # in every turn of the loop it would be some microseconds


async def test_who_is_cancelled_while_an_end_is_brought_about_is_cancelled() -> None:
    ended, left = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        while not ended.is_set():
            with suppress(asyncio.CancelledError):
                left.set()
                await ended.wait()

    waiting = asyncio.ensure_future(while_connected(hung_up, stubborn()))
    with anyio.fail_after(SOON_S):
        await left.wait()
        for _ in range(3):  # the end has come, and then the server's
            await asyncio.sleep(AGAIN_S)
            waiting.cancel()
        assert not waiting.done()
        ended.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_server_that_ends_the_request_ends_what_it_asked() -> None:
    deaf, lane = Deaf(), anyio.CapacityLimiter(1)

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(SOON_S):
        await cancelled_by_a_scope(lambda: while_connected(receive, interruptible(deaf, lane)))
        await cancelled_as_a_task(lambda: while_connected(receive, interruptible(deaf, lane)))
    assert (deaf.at_work, lane.borrowed_tokens) == (0, 0)


async def test_who_stays_gets_the_answer_and_its_errors_as_they_are() -> None:
    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def refuse() -> None:
        raise InvalidInput("no", "here")

    with pytest.raises(InvalidInput, match="no"):
        await while_connected(receive, refuse())
    await while_connected(receive, anyio.lowlevel.checkpoint())
