"""Who asked and went away is answered no more: the request is cancelled, and what it asked of the stores interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hub.stores.readings.interrupting import Interrupt, interruptible_by

AGAIN_S = 0.05  # an interrupt is lost between two statements, and the next is not to run for longer
T = TypeVar("T")


async def while_connected(receive: Receive, answer: Coroutine[Any, Any, None]) -> None:
    """Run `answer` until it is done or the client has gone. The request's body must have been read."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await until(hung_up, answer)


async def until(end: Callable[[], Awaitable[object]], answer: Coroutine[Any, Any, None]) -> None:
    """Run `answer` until it is done or the `end` has come.

    It is a task of its own: a cancel scope would cancel in every turn of the loop whatever waits for its threads to end.
    """
    request, ended = asyncio.ensure_future(answer), anyio.Event()
    request.add_done_callback(lambda _: ended.set())

    async def watch() -> None:
        await end()
        tasks.cancel_scope.cancel()

    async def attend() -> None:
        await _awaited(ended, request.cancel)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        tasks.start_soon(attend)
    if not request.cancelled():
        request.result()


class Streamed(StreamingResponse):
    """An answer made while it is sent; what makes it is ended with it, however that comes, and not some time later."""

    def __init__(self, content: AsyncGenerator[bytes], **rest: Any) -> None:
        super().__init__(content, **rest)
        self._made = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._made.aclose()


async def interruptible(call: Callable[[], T], lane: anyio.CapacityLimiter) -> T:
    """What a blocking call returns or raises, run in a thread of `lane`.

    When the request is cancelled, the call's statement is interrupted and no further one begins. The thread is waited
    for and interrupted again until it has ended, so that its place in the lane is free no sooner; then the cancellation
    goes on.
    """
    stop = Interrupt()

    def run() -> T:
        with interruptible_by(stop):
            return call()

    return await _ended(run, lane, stop.fire)


async def uninterrupted(call: Callable[[], T], lane: anyio.CapacityLimiter) -> T:
    """The same for a call that writes: once it has begun it is finished, and only then the cancellation goes on.

    Who goes while it waits for its turn has written nothing.
    """
    return await _ended(call, lane, _let_it_be)


async def to_its_end(call: Callable[[], T]) -> T:
    """The same for a call that puts things away: it waits for nobody's turn, so it is made whoever has gone."""
    return await uninterrupted(call, anyio.CapacityLimiter(1))


def _let_it_be() -> None:
    """Nothing stops a write."""


async def _ended(call: Callable[[], T], lane: anyio.CapacityLimiter, stop: Callable[[], object]) -> T:
    """What a call came to in its thread; once cancelled, it is stopped until it has ended."""
    ended = anyio.Event()
    answer: Future[T] = Future()

    async def work() -> None:
        try:
            answer.set_result(await to_thread.run_sync(call, limiter=lane))
        except anyio.get_cancelled_exc_class():  # while it waited for its turn
            raise
        except BaseException as fault:  # noqa: BLE001 - a task group would wrap it; it is raised below as it is
            answer.set_exception(fault)
        finally:
            ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        tasks.start_soon(_awaited, ended, stop)
    return answer.result(0)


async def _awaited(ended: anyio.Event, stop: Callable[[], object]) -> None:
    """Wait for an end; once cancelled, bring it about: `stop` is called until it has come.

    This is a task of a group, for what asyncio cancels again and again is whoever waits for the group.
    """
    try:
        await ended.wait()
    finally:
        with anyio.CancelScope(shield=True):
            while not ended.is_set():
                stop()
                with anyio.move_on_after(AGAIN_S):
                    await ended.wait()
