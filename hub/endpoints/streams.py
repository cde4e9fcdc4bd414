"""Sockets and event streams that stay open: how many, and how long each may.

A stream ends when its token or session does, within `stream_look_seconds` after its client was revoked, when its reader
takes nothing any longer, and when the server ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import anyio

from graph.errors import NengshuError, Unauthenticated
from graph.model.principal import Principal
from graph.ports import Event, Events
from hub.endpoints.asking import still
from hub.endpoints.problems import busy
from hub.wiring import Hub

RETRY_AFTER_S = 30  # streams stay open for long
STRANGERS_MAX = (
    8  # sockets at once of whom nobody knows yet; each takes a place of all that is answered at once
)
STRANGER_S_MAX = 3  # for a socket to say who it is
SEND_S_MAX = 30.0  # a reader who takes nothing for that long has gone, or might as well
LOOK_S_MIN = 0.05  # between two looks at a token that is about to end


class Streams:
    """Those that are open in this process."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._open: set[Stream] = set()
        self._strangers: set[Stream] = set()
        self._is_ended = False

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, stream: Stream) -> None:
        """Give a place to one whose asker is known. Answers 429 where none is left."""
        if len(self._open) >= self._at_once:
            why = f"at most {self._at_once} sockets and event streams at once; come again later"
            raise busy(why, RETRY_AFTER_S)
        self._strangers.discard(stream)
        self._open.add(stream)
        if self._is_ended:
            stream.end()

    def let_in(self, stream: Stream) -> None:
        """Give a stranger a place until they have said who they are. Answers 429 where none is left."""
        if len(self._strangers) >= STRANGERS_MAX:
            why = f"at most {STRANGERS_MAX} sockets at once without a token in the header of their upgrade"
            raise busy(why, STRANGER_S_MAX)
        self._strangers.add(stream)
        if self._is_ended:
            stream.end()

    def leave(self, stream: Stream) -> None:
        """Its place is free, if it had one."""
        self._open.discard(stream)
        self._strangers.discard(stream)

    def end(self) -> None:
        """All of them, and all that come yet, for the server ends."""
        self._is_ended = True
        for stream in self._open | self._strangers:
            stream.end()


class Stream:
    """One of them: who listens, and why it is over once it is."""

    def __init__(self, hub: Hub, send_s_max: float = SEND_S_MAX) -> None:
        self.send_s_max = send_s_max
        self.why: NengshuError | None = None  # the reason it ended for, if there is one to tell
        self.is_deaf = False  # nobody takes what is sent
        self._hub = hub
        self._asker: Principal | None = None
        self._headers: Mapping[str, str] = {}
        self._over, self._known = anyio.Event(), anyio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def admit(self, asker: Principal, headers: Mapping[str, str]) -> None:
        """From now on it stays open as long as these headers stand for this asker."""
        self._asker, self._headers = asker, headers
        self._known.set()

    def end(self, why: NengshuError | None = None) -> None:
        """It is over; the first reason counts."""
        if not self.is_over:
            self.why = why
            self._over.set()

    def give_up(self) -> None:
        """It is over, and nobody would hear a last word."""
        self.is_deaf = True
        self.end()

    async def over(self) -> None:
        """Wait for the end, looking at the token now and then."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_looking)
            await self._over.wait()
            tasks.cancel_scope.cancel()

    async def look(self) -> None:
        """See now whether the headers still stand for the asker: where they do not, it is over."""
        try:
            found = await still(self._hub, self._headers)
        except Unauthenticated:
            self.end(Unauthenticated("the token counts no longer; connect again with another one"))
        except NengshuError as fault:
            self.end(fault)
        else:
            if found != self._asker:
                self.end(Unauthenticated("what this token may do has changed; connect again"))

    async def _keep_looking(self) -> None:
        await self._known.wait()
        while not self.is_over:
            await anyio.sleep(self._pause())
            await self.look()

    def _pause(self) -> float:
        look_s = self._hub.settings.stream_look_seconds
        if self._asker is None or self._asker.until is None:
            return look_s
        left = (self._asker.until - self._hub.clock.now()).total_seconds()
        return min(look_s, max(left, LOOK_S_MIN))


@dataclass(frozen=True)
class Noticing:
    """Events (graph.ports.Events) that say when somebody has begun to listen: nothing told from then on is lost."""

    events: Events
    begun: anyio.Event

    def publish(self, event: Event) -> None:
        """Tell it."""
        self.events.publish(event)

    @contextmanager
    def listen(self, noun: str) -> Iterator[AsyncIterator[Sequence[Event]]]:
        """What is told of a noun from now on."""
        with self.events.listen(noun) as told:
            self.begun.set()
            yield told
