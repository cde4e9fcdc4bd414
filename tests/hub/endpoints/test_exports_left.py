"""Who goes away from an export stops it, who takes nothing is left, and what fails half-way breaks the answer off."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pyarrow as pa
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message
from structlog.testing import capture_logs

from graph.errors import StoreError, TooLarge
from graph.model.principal import Reach
from graph.ports import NOW, Sources
from hub.endpoints.downloads import PIECE_BYTES, Downloads
from hub.endpoints.exports import Asked, Export
from hub.endpoints.problems import HANDLERS, LOGGED_MAX
from hub.exports.links import Link
from hub.wiring import Hub
from tests.hub.invented_hub import hub_of, token_of
from tests.hub.live_hub import becomes, servers_log, serving

pytestmark = pytest.mark.anyio
SCHEMA = pa.schema({"number": pa.int64()})
SOON_S = 10


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that waits for a reader only a moment."""
    with hub_of(tmp_path_factory.mktemp("impatient"), send_seconds=0.2) as opened:
        yield opened


@dataclass
class Endless:
    """A question whose pieces never end, or end in a fault before the piece of that number."""

    fault: Exception | None = None
    fault_at: int = -1
    asked: int = 0
    rows: int = 1_000

    def __call__(self, _sources: Sources, _link: Link, _reach: Reach) -> Asked:
        """Its columns and pieces."""
        return SCHEMA, self.pieces(), NOW

    def pieces(self) -> Iterator[pa.Table]:
        """One piece after the other."""
        while True:
            if self.fault is not None and self.asked == self.fault_at:
                raise self.fault
            self.asked += 1
            yield pa.table({"number": [10**15 + self.asked] * self.rows}, schema=SCHEMA)


@dataclass
class Caller:
    """Takes some pieces of an answer, then goes."""

    takes: int
    got: list[Message] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    told: bool = False
    hangs: bool = False  # having taken them, it stays and takes nothing more

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
            if self.hangs:
                await anyio.sleep_forever()
            self.left.set()
            await anyio.lowlevel.checkpoint()


async def export(
    hub: Hub,
    token: str,
    question: Callable[..., Asked],
    caller: Caller,
    downloads: Downloads | None = None,
    said: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """The answer of an application that knows this export alone."""
    app = Starlette(
        routes=[Route("/export", Export("readings", ("format",), question))], exception_handlers=HANDLERS
    )
    app.state.hub, app.state.downloads = hub, Downloads(1, 1) if downloads is None else downloads
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": "/export", "query_string": b"format=csv", "root_path": "",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http", **said,
    }  # fmt: skip
    with anyio.fail_after(SOON_S):
        await app(scope, caller.receive, caller.send)


async def test_who_goes_away_stops_an_export_that_would_never_end(hub: Hub) -> None:
    question, caller = Endless(), Caller(takes=4)
    await export(hub, token_of(hub, "goes"), question, caller)
    asked = question.asked
    await anyio.sleep(0.1)
    assert question.asked == asked < 20
    assert (hub.readers.borrowed_tokens, hub.exports.borrowed_tokens) == (0, 0)


async def test_a_fault_before_the_first_piece_is_a_problem_with_a_status(hub: Hub) -> None:
    caller = Caller(takes=99)
    await export(hub, token_of(hub, "early"), Endless(TooLarge("too much"), fault_at=0), caller)
    assert caller.got[0]["status"] == 413


async def test_a_fault_later_breaks_the_answer_off_and_is_one_line_of_the_log(hub: Hub) -> None:
    caller, token = Caller(takes=99), token_of(hub, "late")
    with capture_logs() as told:
        await export(hub, token, Endless(StoreError("gone\nX: " + "x" * 999), fault_at=3), caller)
    assert caller.got[0]["status"] == 200
    assert all(message["more_body"] for message in caller.got[1:])
    [line] = [line for line in told if line["event"] == "broke off"]
    assert line["why"].startswith("\"StoreError('gone\\\\nX: ")
    assert len(line["why"]) <= LOGGED_MAX
    assert len(line["request"]) == 24


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_curl_is_told_of_a_fault_half_way(hub: Hub) -> None:
    question, token = Endless(StoreError("gone"), fault_at=30), token_of(hub, "curls")
    async with serving(hub, Route("/broken", Export("readings", ("format",), question))) as live:
        words = ["curl", "-fsS", "-o", "-", "-H", f"Authorization: Bearer {token}", f"{live.base}/broken"]
        found = await anyio.run_process(words, check=False)
    assert found.stdout.count(b"\n") == 30 * question.rows + 1
    assert (found.returncode, b"outstanding read data" in found.stderr) == (18, True)


@pytest.mark.parametrize(
    ("fault_at", "why"), [(3, "\"StoreError('gone')\""), (-1, "the hub ends")], ids=["a fault", "the end"]
)
async def test_an_answer_broken_off_is_one_line_of_our_log_and_none_of_the_servers(
    hub: Hub, caplog: pytest.LogCaptureFixture, fault_at: int, why: str
) -> None:
    question = Endless(StoreError("gone"), fault_at=fault_at)
    headers = {"Authorization": f"Bearer {token_of(hub, f'half-{fault_at}')}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        with capture_logs() as told, ExitStack() as logs:
            async with serving(hub, Route("/broken", Export("readings", ("format",), question))) as live:
                logs.enter_context(servers_log(caplog))
                asked = client.build_request("GET", f"{live.base}/broken")
                reply = await client.send(asked, stream=True)
                if fault_at > 0:
                    await becomes(lambda: any(line["event"] == "broke off" for line in told))
            with pytest.raises(httpx.RemoteProtocolError):
                await reply.aread()
    assert [line["why"] for line in told if line["event"] == "broke off"] == [why]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_who_takes_nothing_any_longer_is_left(impatient: Hub) -> None:
    caller, question, token = Caller(takes=3, hangs=True), Endless(), token_of(impatient, "hangs")
    with capture_logs() as told:
        await export(impatient, token, question, caller)
    assert [line["why"] for line in told if line["event"] == "broke off"] == ["took nothing in time"]
    assert question.asked < 20


async def test_what_is_handed_on_at_once_is_small(hub: Hub) -> None:
    caller = Caller(takes=9)
    await export(hub, token_of(hub, "small"), Endless(rows=100_000), caller)
    assert max(len(message.get("body", b"")) for message in caller.got) == PIECE_BYTES


async def test_exports_of_one_client_and_of_all_are_bounded_and_give_their_place_back(hub: Hub) -> None:
    downloads, tokens = Downloads(3, 2), {name: token_of(hub, f"of-{name}") for name in "ab"}
    async with anyio.create_task_group() as tasks:

        async def begin(name: str) -> Caller:
            caller = Caller(takes=3, hangs=True)
            tasks.start_soon(export, hub, tokens[name], Endless(), caller, downloads)
            await becomes(lambda: bool(caller.got))
            return caller

        for _ in range(2):
            await begin("a")
        of_one = await begin("a")
        await begin("b")
        of_all = await begin("b")
        assert len(downloads) == 3
        tasks.cancel_scope.cancel()
    for refused, why in ((of_one, "at most 2 exports of one client"), (of_all, "at most 3 exports at once")):
        assert refused.got[0]["status"] == 429
        assert (b"retry-after", b"30") in refused.got[0]["headers"]
        said = json.loads(refused.got[1]["body"])
        assert (said["code"], why in said["detail"]) == ("BUSY", True)
    assert len(downloads) == 0


async def test_the_servers_end_breaks_an_export_off(hub: Hub) -> None:
    downloads, caller, token = Downloads(1, 1), Caller(takes=3, hangs=True), token_of(hub, "at-the-end")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(export, hub, token, Endless(), caller, downloads)
        await becomes(lambda: len(caller.got) == 3)
        downloads.end()
    assert caller.got[-1]["more_body"] is True
    late = Caller(takes=99)
    await export(hub, token, Endless(), late, downloads)
    assert late.got[0]["status"] == 503


@pytest.mark.parametrize(("said", "status"), [({"http_version": "1.0"}, 505), ({"method": "HEAD"}, 405)])
async def test_what_could_not_tell_the_end_is_refused_before_anything_is_asked(
    hub: Hub, said: dict[str, str], status: int
) -> None:
    question, caller = Endless(), Caller(takes=99)
    await export(hub, token_of(hub, f"as-{status}"), question, caller, said=said)
    assert (caller.got[0]["status"], question.asked) == (status, 0)
