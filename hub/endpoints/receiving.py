"""More bytes of an upload as they arrive: written to the disk, counted as far as they came, one sender at a time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from graph.errors import MalformedBody
from hub.endpoints.batch_headers import count
from hub.endpoints.bodies import said_digest
from hub.endpoints.leaving import to_its_end
from hub.uploads.staging import NoRoom, Part, Staging
from hub.uploads.upload import Upload

WRITTEN_BYTES = 1024 * 1024  # gathered before they are written: a thread for each 64 KiB would cost more
COUNTED_BYTES = 64 * 1024 * 1024  # made durable at once: a part of any length that is killed loses no more


class _Turn:
    def __init__(self) -> None:
        self.scope, self.over = anyio.CancelScope(), anyio.Event()


class LatestOnly:
    """One request at a time goes on with an upload: the later one, for the sender gave up the earlier."""

    def __init__(self) -> None:
        self._taken: dict[str, _Turn] = {}

    @asynccontextmanager
    async def take(self, name: str) -> AsyncIterator[None]:
        """Have the turn of this upload; whoever had it is answered 409."""
        while (older := self._taken.get(name)) is not None:
            older.scope.cancel()
            await older.over.wait()
        self._taken[name] = mine = _Turn()
        try:
            with mine.scope:
                yield
        finally:
            del self._taken[name]
            mine.over.set()
        if mine.scope.cancelled_caught:
            raise HTTPException(409, "a later request goes on with this upload")


async def received(
    request: Request, staging: Staging, upload: Upload, seconds_max: float, *, is_last: bool
) -> Upload:
    """The upload with this request's body behind it; complete if it is the last.

    A body that breaks off counts as far as it came, unless it has a Content-Digest: then it counts whole or not at all.
    Raises MalformedBody, InvalidInput, TooLarge, NoRoom; answers 408 when it does not arrive in time.
    """
    digest = said_digest(request.headers.get("content-digest"), "Content-Digest")
    length = count(request, "Upload-Length")
    with await to_thread.run_sync(lambda: staging.appending(upload, length)) as part:
        try:
            found = await _written(request, part, seconds_max, counts=digest is None)
        except BaseException:
            if digest is None:
                await to_its_end(part.count)
            raise
        if digest not in (None, found):
            raise MalformedBody("the part's SHA-256 is another; nothing of it counts", "Content-Digest")
        return await to_its_end(part.complete if is_last else part.count)


async def _written(request: Request, part: Part, seconds_max: float, *, counts: bool) -> bytes:
    """Write the body and return its SHA-256."""
    hasher = hashlib.sha256()
    try:
        with anyio.fail_after(seconds_max):
            async for some in _gathered(request):
                hasher.update(some)
                await to_thread.run_sync(part.write, some)
                if counts and part.end - part.upload.offset >= COUNTED_BYTES:
                    await to_thread.run_sync(part.count)
    except TimeoutError as fault:
        raise HTTPException(408, f"the part did not arrive within {seconds_max:g} s") from fault
    except ClientDisconnect as fault:
        raise MalformedBody("the sender went away before the part's end", "body") from fault
    except OSError as fault:
        raise NoRoom(f"the disk takes no more: {fault.strerror}") from fault
    return hasher.digest()


async def _gathered(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth writing; when it breaks off, what came before it did is handed on first."""
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= WRITTEN_BYTES:
                yield bytes(waiting)
                waiting.clear()
    except ClientDisconnect:
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)
