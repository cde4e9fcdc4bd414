"""Who goes away from an export stops what is asked for it; what fails half-way breaks the answer off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
import pyarrow as pa
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message

from graph.errors import StoreError, TooLarge
from graph.model.principal import Reach
from graph.ports import NOW
from hub.endpoints.exports import Asked, Export
from hub.endpoints.problems import HANDLERS
from hub.exports.links import Link
from hub.wiring import Hub
from tests.hub.invented_hub import token_of

pytestmark = pytest.mark.anyio
SCHEMA = pa.schema({"number": pa.int64()})
SOON_S = 10


@dataclass
class Endless:
    """A question whose pieces never end, or end in a fault before the piece of that number."""

    fault: Exception | None = None
    fault_at: int = -1
    asked: int = 0
    ended: bool = False

    def __call__(self, _hub: Hub, _link: Link, _reach: Reach) -> Asked:
        """Its columns and pieces."""
        return SCHEMA, self.pieces(), NOW

    def pieces(self) -> Iterator[pa.Table]:
        """One piece after the other."""
        while True:
            if self.fault is not None and self.asked == self.fault_at:
                raise self.fault
            self.asked += 1
            yield pa.table({"number": [self.asked] * 1_000}, schema=SCHEMA)


@dataclass
class Caller:
    """Takes some pieces of an answer, then goes."""

    takes: int
    got: list[Message] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    told: bool = False

    async def receive(self) -> Message:
        """An empty request, then silence until it goes."""
        if not self.told:
            self.told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take one more."""
        self.got.append(message)
        if len(self.got) >= self.takes:
            self.left.set()
            await anyio.lowlevel.checkpoint()


async def export(hub: Hub, key: str, question: Callable[..., Asked], caller: Caller) -> None:
    """The answer of an application that knows this export alone."""
    app = Starlette(
        routes=[Route("/export", Export("x", ("format",), question))], exception_handlers=HANDLERS
    )
    app.state.hub = hub
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": "/export", "query_string": b"format=csv", "root_path": "",
        "headers": [(b"authorization", f"Bearer {token_of(hub, key)}".encode())],
        "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    with anyio.fail_after(SOON_S):
        await app(scope, caller.receive, caller.send)


async def test_who_goes_away_stops_an_export_that_would_never_end(hub: Hub) -> None:
    question, caller = Endless(), Caller(takes=4)
    await export(hub, "goes", question, caller)
    asked = question.asked
    await anyio.sleep(0.1)
    assert question.asked == asked < 20
    assert hub.readers.borrowed_tokens == 0


async def test_a_fault_before_the_first_piece_is_a_problem_with_a_status(hub: Hub) -> None:
    caller = Caller(takes=99)
    await export(hub, "early", Endless(TooLarge("too much"), fault_at=0), caller)
    assert caller.got[0]["status"] == 413


async def test_a_fault_later_breaks_the_answer_off_before_its_end(hub: Hub) -> None:
    caller = Caller(takes=99)
    with pytest.raises(RuntimeError, match="already started"):
        await export(hub, "late", Endless(StoreError("gone"), fault_at=3), caller)
    assert caller.got[0]["status"] == 200
    assert all(message["more_body"] for message in caller.got[1:])
