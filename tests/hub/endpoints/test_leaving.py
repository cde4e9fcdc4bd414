"""A question whose asker has gone is stopped in the store, and everybody else's goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from starlette.types import Message

from graph.errors import InvalidInput, StoreError
from hub.endpoints.leaving import interruptible, while_connected
from hub.stores.readings.database import Database

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


async def test_a_cancelled_request_interrupts_its_statement_and_no_other(tmp_path: Path) -> None:
    database = Database(tmp_path / "readings.duckdb")
    asking, lane = Asking(database), anyio.CapacityLimiter(2)
    with anyio.fail_after(SOON_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(interruptible, asking, lane)
            await anyio.to_thread.run_sync(asking.began.wait)
            tasks.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(asking.ended.wait, SOON_S)
    assert "INTERRUPT" in str(asking.fault)
    with database.reading() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    database.close()


async def test_who_hangs_up_ends_the_request() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with anyio.fail_after(SOON_S):
        await while_connected(receive, anyio.sleep_forever())


async def test_who_stays_gets_the_answer_and_its_errors_as_they_are() -> None:
    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def refuse() -> None:
        raise InvalidInput("no", "here")

    with pytest.raises(InvalidInput, match="no"):
        await while_connected(receive, refuse())
    await while_connected(receive, anyio.lowlevel.checkpoint())
