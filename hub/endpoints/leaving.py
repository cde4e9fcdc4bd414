"""Who asked and went away is answered no more: the request is cancelled, and what it asked of the stores interrupted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from starlette.types import Receive

from hub.stores.readings.interrupting import Interrupt, interruptible_by

T = TypeVar("T")


async def while_connected(receive: Receive, answer: Coroutine[Any, Any, None]) -> None:
    """Run `answer` until it is done or the client has gone. The request's body must have been read."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        tasks.cancel_scope.cancel()

    fault: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            await answer
        except Exception as raised:  # noqa: BLE001 - a task group would wrap it; it is raised below as it is
            fault = raised
        tasks.cancel_scope.cancel()
    if fault is not None:
        raise fault


async def interruptible(call: Callable[[], T], lane: anyio.CapacityLimiter) -> T:
    """What a blocking call returns, run in `lane`; when the request is cancelled its statements stop, and so does it."""
    stop = Interrupt()

    def run() -> T:
        with interruptible_by(stop):
            return call()

    try:
        return await to_thread.run_sync(run, limiter=lane, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        stop.fire()
        raise
