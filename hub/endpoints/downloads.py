"""Files sent while they are made: how many at once, in small pieces, and each of them taken in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from starlette.types import Send

from hub.endpoints.problems import busy

PIECE_BYTES = (
    64 * 1024
)  # handed to the server at once: what waits for a slow reader is no more than two of them
RETRY_AFTER_S = 30  # a file of some size takes about as long


class Downloads:
    """Those under way in this process."""

    def __init__(self, at_once: int, at_once_each: int) -> None:
        self._at_once, self._at_once_each = at_once, at_once_each
        self._of_client: Counter[str] = Counter()
        self._over = anyio.Event()

    def __len__(self) -> int:
        return self._of_client.total()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Room for one more of a client. Answers 429 where none is left, for them or at all."""
        if len(self) >= self._at_once:
            raise busy(f"at most {self._at_once} exports at once; come again later", RETRY_AFTER_S)
        if self._of_client[client] >= self._at_once_each:
            why = f"at most {self._at_once_each} exports of one client at once; come again later"
            raise busy(why, RETRY_AFTER_S)
        self._of_client[client] += 1
        try:
            yield
        finally:
            self._of_client[client] -= 1
            self._of_client += Counter()  # who has none is forgotten

    @property
    def is_over(self) -> bool:
        """Whether the server ends."""
        return self._over.is_set()

    async def over(self) -> None:
        """Wait until the server ends."""
        await self._over.wait()

    def end(self) -> None:
        """All of them, and all that come yet, for the server ends."""
        self._over.set()


class Download:
    """One of them. Its head is sent with the first bytes, so that until then it can be refused."""

    def __init__(self, send: Send, send_s_max: float) -> None:
        self.headers: dict[str, str] = {}
        self.is_begun = False
        self.is_over = False  # and whoever is to know of its end, a good or a bad one, was told
        self._send, self._send_s_max = send, send_s_max

    async def hand_on(self, some: bytes) -> None:
        """Send these bytes. Raises TimeoutError when a piece of them is not taken in time."""
        for begin in range(0, len(some), PIECE_BYTES):
            await self._say(some[begin : begin + PIECE_BYTES])

    async def end(self) -> None:
        """There is no more; only now the file is whole."""
        await self._say(b"", is_last=True)

    async def _say(self, piece: bytes, *, is_last: bool = False) -> None:
        with anyio.fail_after(self._send_s_max):
            if not self.is_begun:
                self.is_begun = True
                head = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
                await self._send({"type": "http.response.start", "status": 200, "headers": head})
            await self._send({"type": "http.response.body", "body": piece, "more_body": not is_last})
            self.is_over = is_last
