"""A write that has begun is finished although its client has gone; one that waits for its turn is not begun."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import pytest
from anyio import to_thread
from starlette.types import Message

from graph.errors import StoreError
from graph.model.principal import NATION, Role
from graph.ports import Ask, Condition
from hub.app import build_app
from hub.endpoints.leaving import to_its_end, uninterrupted
from hub.stores.readings.interrupting import current
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.registry import Registry
from hub.wiring import Hub
from tests.hub.endpoints.test_lanes import QUESTION, Stuck, busy
from tests.hub.invented_hub import JIA, asking, token_of, units_of

pytestmark = pytest.mark.anyio
DECIDER = (Role.READ, Role.DECIDE)
OWN = units_of(JIA)[2].code
SOON_S = 20


def save(batch: int, alias: str = "saveUnits") -> str:
    """A mutation."""
    return f'{alias}: saveUnits(units: {{creditCode: "{OWN}", rosterBatch: {batch}}}) {{ latest }}'


@dataclass
class Caller:
    """Sends an operation, and goes when it is told to."""

    text: str
    got: list[Message] = field(default_factory=list)
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    is_told: bool = False

    async def receive(self) -> Message:
        """The operation, then silence until it goes."""
        if not self.is_told:
            self.is_told = True
            return {
                "type": "http.request",
                "body": json.dumps({"query": self.text}).encode(),
                "more_body": False,
            }
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what comes."""
        self.got.append(message)


async def post(hub: Hub, token: str, caller: Caller) -> None:
    """What the real application does with it."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    await build_app(hub)(scope, caller.receive, caller.send)


@asynccontextmanager
async def calling(hub: Hub, token: str, caller: Caller) -> AsyncIterator[asyncio.Event]:
    """Inside, the operation is under way; the event tells that the application has done with it."""
    ended = asyncio.Event()

    async def call() -> None:
        await post(hub, token, caller)
        ended.set()

    with anyio.fail_after(SOON_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            yield ended


async def somebody_waits_for(lane: anyio.CapacityLimiter) -> None:
    """Come back when somebody does."""
    for _ in range(SOON_S * 100):
        if lane.statistics().tasks_waiting:
            return
        await anyio.sleep(0.01)


class Slow(Stuck):
    """Stands before the registry, and looks whether its call was interrupted while it stood there."""

    was_interrupted: bool | None = None

    def _wait(self, call: Any, *given: Any) -> Any:
        found = super()._wait(call, *given)
        self.was_interrupted = current().fired
        return found


def stands(hub: Hub) -> tuple[int, int]:
    """The unit's roster batch, and how many audit rows it has."""
    unit = hub.registry.rows(Ask("unit", where=(Condition("credit_code", OWN),))).table
    audit = hub.registry.rows(Ask("audit", where=(Condition("subject", OWN),))).table
    return unit.column("roster_batch").to_pylist()[0], audit.num_rows


async def test_a_write_that_has_begun_is_finished_and_the_next_of_its_operation_is_not_begun(
    hub: Hub,
) -> None:
    stuck, token = Slow(hub.registry, "decide"), token_of(hub, "leaves", roles=DECIDER)
    _, audited = stands(hub)
    slow = dataclasses.replace(hub, registry=cast("Registry", stuck))
    caller = Caller(f"mutation {{ {save(41, 'a')} {save(42, 'b')} }}")
    async with calling(slow, token, caller) as ended:
        await to_thread.run_sync(stuck.entered.acquire)
        caller.leave.set()
        await anyio.sleep(0.2)
        assert (ended.is_set(), hub.writers.borrowed_tokens) == (False, 1)
        stuck.let_go.set()
    assert stands(hub) == (41, audited + 1)
    assert stuck.was_interrupted is False
    assert hub.writers.borrowed_tokens == 0
    assert not stuck.entered.acquire(blocking=False)
    assert caller.got == []


async def test_who_goes_while_waiting_for_their_turn_has_written_nothing(hub: Hub) -> None:
    token, before = token_of(hub, "waits", roles=DECIDER), stands(hub)
    others = [object() for _ in range(int(hub.writers.total_tokens))]
    for other in others:
        hub.writers.acquire_on_behalf_of_nowait(other)
    caller = Caller(f"mutation {{ {save(43)} }}")
    try:
        async with calling(hub, token, caller) as ended:
            await somebody_waits_for(hub.writers)
            caller.leave.set()
            await ended.wait()
    finally:
        for other in others:
            hub.writers.release_on_behalf_of(other)
    assert stands(hub) == before


async def test_who_stays_is_answered(hub: Hub) -> None:
    caller = Caller(f"mutation {{ {save(44)} }}")
    async with calling(hub, token_of(hub, "stays", roles=DECIDER), caller) as ended:
        await ended.wait()
    assert caller.got[0]["status"] == 200
    assert stands(hub)[0] == 44


async def test_a_decision_waits_for_no_reader_and_a_question_for_no_writer(hub: Hub) -> None:
    token, readers = (
        token_of(hub, "lanes", roles=tuple(set(Role) - {Role.UPLOAD})),
        hub.settings.reader_threads,
    )
    reading, writing = Stuck(hub.store, "pages"), Stuck(hub.registry, "decide")
    decision = {"query": f"mutation {{ {save(45)} }}"}
    slow = dataclasses.replace(hub, store=cast("ReadingsStore", reading))
    async with asking(slow, token) as client:
        questions = [functools.partial(client.post, "/graphql", json=QUESTION)] * readers
        async with busy(reading, readers, *questions):
            reply = await client.post("/graphql", json=decision)
    assert reply.json()["data"]["saveUnits"]
    slow = dataclasses.replace(hub, registry=cast("Registry", writing))
    async with asking(slow, token) as client:
        decisions = [functools.partial(client.post, "/graphql", json=decision)] * readers
        async with busy(writing, readers, *decisions):
            reply = await client.post("/graphql", json=QUESTION)
    assert "errors" not in reply.json()


# ---- the call -------------------------------------------------------------------------------------------


async def by_a_scope(call: Callable[[], Any]) -> None:
    """Call, and be cancelled by a scope."""
    with anyio.move_on_after(0.05) as scope:
        await call()
    assert scope.cancelled_caught


async def as_a_task(call: Callable[[], Any]) -> None:
    """Call in a task that is cancelled again and again while it has not ended."""
    task = asyncio.ensure_future(call())
    await asyncio.sleep(0.05)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.005)
    assert task.cancelled()


@pytest.mark.parametrize("leave", [by_a_scope, as_a_task])
async def test_nothing_interrupts_a_write_and_its_place_is_free_when_it_has_ended(
    leave: Callable[..., Any],
) -> None:
    lane, fired, wait = anyio.CapacityLimiter(1), list[bool](), threading.Event()

    def write() -> None:
        wait.wait(0.5)
        fired.append(current().fired)

    with anyio.fail_after(SOON_S):
        for done in (1, 2):
            await leave(lambda: uninterrupted(write, lane))
            assert (fired, lane.borrowed_tokens) == ([False] * done, 0)


@pytest.mark.parametrize("leave", [by_a_scope, as_a_task])
async def test_what_is_to_be_put_away_is_put_away_whoever_has_gone(leave: Callable[..., Any]) -> None:
    done, wait = list[bool](), threading.Event()

    def put_away() -> None:
        wait.wait(0.3)
        done.append(True)

    with anyio.fail_after(SOON_S):
        await leave(lambda: to_its_end(put_away))
    assert done == [True]


async def test_what_a_write_raises_or_returns_comes_out_as_it_is() -> None:
    def refuse() -> None:
        raise StoreError("no")

    lane = anyio.CapacityLimiter(1)
    with pytest.raises(StoreError, match="no"):
        await uninterrupted(refuse, lane)
    assert await uninterrupted(lambda: NATION, lane) is NATION
