"""Who asked and went away is answered no more: the request is cancelled, and what it asked of the stores interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hub.stores.readings.interrupting import Interrupt, interruptible_by

AGAIN_S = 0.05  # an interrupt is lost between two statements, and the next is not to run for longer
PROMPT_S = 0.05  # of a question: to look sooner for who hangs up costs more than to answer them
T = TypeVar("T")


async def while_connected(
    receive: Receive, answer: Coroutine[Any, Any, None], unwatched_s: float = 0
) -> None:
    """Run `answer` until it is done or the client has gone. The request's body must have been read."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await until(hung_up, answer, unwatched_s)


async def until(
    end: Callable[[], Coroutine[Any, Any, object]], answer: Coroutine[Any, Any, None], unwatched_s: float = 0
) -> None:
    """Run `answer` until it is done or the `end` has come, which is looked for once it takes longer than `unwatched_s`.

    It is a task of its own: a cancel scope would cancel in every turn of the loop whatever waits for its threads to end.
    """
    request = asyncio.ensure_future(answer)
    try:
        if unwatched_s:
            await asyncio.wait((request,), timeout=unwatched_s)
        if not request.done():
            await _either(request, asyncio.ensure_future(end()))
    finally:
        await _brought_about(request, request.cancel)
    if not request.cancelled():
        request.result()


async def _either(request: asyncio.Future[None], end: asyncio.Future[object]) -> None:
    """Wait for whichever comes first. Raises what looking for the end raised."""
    try:
        await asyncio.wait((request, end), return_when=asyncio.FIRST_COMPLETED)
    finally:
        end.cancel()
    if end.done() and not end.cancelled():
        end.result()


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
    answer, place = Future[T](), object()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as fault:  # noqa: BLE001 - the loop would end with some; it is raised below as it is
            answer.set_exception(fault)

    await lane.acquire_on_behalf_of(place)
    try:
        working = asyncio.ensure_future(to_thread.run_sync(work, limiter=anyio.CapacityLimiter(1)))
        try:
            await asyncio.wait((working,))
        finally:
            await _brought_about(working, stop)
    finally:
        lane.release_on_behalf_of(place)
    return answer.result(0)


async def _brought_about(done: asyncio.Future[Any], stop: Callable[[], object]) -> None:
    """Wait for an end that has not come, and bring it about: `stop` is called until it has. Cancelled or not, it waits.

    It is a task that calls, for whoever waits may be cancelled again in every turn of the loop.
    """
    if done.done():
        return

    async def call() -> None:
        while not done.done():
            stop()
            await asyncio.wait((done,), timeout=AGAIN_S)

    calling, cancelled = asyncio.ensure_future(call()), None
    with anyio.CancelScope(shield=True):
        while not done.done():
            try:
                await asyncio.wait((done,))
            except asyncio.CancelledError as fault:
                cancelled = fault
    calling.cancel()
    if cancelled is not None:
        raise cancelled
