"""The client of the batch protocol: what it asks, what it reads, and what each answer of a hub means."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable

import httpx
import pytest

from edge_probe.hub_client import ARROW, Batch, Bounds, Changed, Changes, HubClient, Receipt, Rejected
from edge_probe.uplink_ports import TryLater
from graph.errors import InvalidInput, NengshuError, SourceMalformed, SourceRefused, SourceUnreachable

pytestmark = pytest.mark.anyio
ADDRESS = "https://gateway.example/hub?area=97"
BATCH = Batch("a-1", b'{"a": 1}\n')
RECEIPT = {"batch": 3, "key": "a-1", "rows": 1, "accepted": 1}
SMALL = Bounds(deadline_s=30.0, receipt_bytes_max=200, changes_bytes_max=8)

Answer = Callable[[httpx.Request], httpx.Response]
Call = Callable[[HubClient], Awaitable[object]]


class Numbered:
    """Tokens by their number: another one each time the last was refused."""

    def __init__(self) -> None:
        self.refusals = 0
        self.asked: list[tuple[str, str]] = []

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """Those of the one that counts."""
        self.asked.append((method, url))
        return {"Authorization": f"Bearer token{self.refusals}"}

    def refused(self) -> None:
        """The next one."""
        self.refusals += 1


async def ask(call: Call, answer: Answer, bounds: Bounds = SMALL, tokens: Numbered | None = None) -> object:
    """What a call makes of an answer."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await call(HubClient("nation", ADDRESS, tokens or Numbered(), client, bounds))


async def asked(call: Call, reply: httpx.Response) -> tuple[httpx.Request, object]:
    """The one request of a call, and what it made of this reply."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply

    said = await ask(call, answer)
    (request,) = seen
    return request, said


def sending(hub: HubClient) -> Awaitable[Receipt]:
    """The call most tests make."""
    return hub.send(BATCH)


def changing(hub: HubClient) -> Awaitable[Changes]:
    """The call whose answer is no JSON."""
    return hub.changes(7, 100)


async def test_a_batch_goes_below_the_path_of_the_address_with_its_key_its_kind_and_its_digest() -> None:
    batch = Batch("k", b"packed", "text/csv", "gzip", "unit")
    reply = httpx.Response(201, json={**RECEIPT, "key": "k"})
    request, _ = await asked(lambda hub: hub.send(batch), reply)
    digest = base64.b64encode(hashlib.sha256(b"packed").digest()).decode()
    assert str(request.url) == "https://gateway.example/hub/sync/v1/batches?area=97"
    assert (request.method, request.content) == ("POST", b"packed")
    said = {name: request.headers[name] for name in ("Idempotency-Key", "Content-Type", "Content-Encoding")}
    assert said == {
        "Idempotency-Key": "k",
        "Content-Type": "text/csv; kind=unit",
        "Content-Encoding": "gzip",
    }
    assert request.headers["Content-Digest"] == f"sha-256=:{digest}:"


async def test_a_token_is_asked_for_the_address_without_its_query() -> None:
    tokens = Numbered()
    await ask(sending, lambda _: httpx.Response(201, json=RECEIPT), tokens=tokens)
    assert tokens.asked == [("POST", "https://gateway.example/hub/sync/v1/batches")]


async def test_a_receipt_is_read_with_what_was_refused_and_what_was_changed() -> None:
    said = {
        **RECEIPT,
        "rejected": [{"row": 1, "code": "x", "why": "y"}],
        "rejectedCount": 4,
        "kind": "unit",
        "changes": [{"row": 2, "key": "9", "field": "name", "before": None, "after": "b"}],
        "changesCount": 1,
        "what nobody knows yet": 1,
    }
    receipt = await ask(sending, lambda _: httpx.Response(200, json=said), Bounds())
    assert isinstance(receipt, Receipt)
    assert (receipt.rejected, receipt.rejected_count) == ((Rejected(1, "x", "y"),), 4)
    assert (receipt.kind, receipt.changes) == ("unit", (Changed(2, "9", "name", None, "b"),))


@pytest.mark.parametrize(("kind", "path"), [(None, "batches/5"), ("unit", "batches/registry/5")])
async def test_a_receipt_is_fetched_from_where_its_kind_of_batch_has_its_numbers(
    kind: str | None, path: str
) -> None:
    request, said = await asked(lambda hub: hub.receipt(5, kind), httpx.Response(200, json=RECEIPT))
    assert request.url.path == f"/hub/sync/v1/{path}"
    assert said == Receipt(3, "a-1", 1, accepted=1)


async def test_changes_come_with_the_cursor_to_go_on_from() -> None:
    headers = {"Content-Type": ARROW, "Nengshu-Cursor": "9", "Nengshu-More": "true"}
    request, said = await asked(changing, httpx.Response(200, content=b"arrow", headers=headers))
    assert str(request.url) == "https://gateway.example/hub/sync/v1/changes?area=97&after=7&limit=100"
    assert said == Changes(b"arrow", 9, has_more=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/html", "Nengshu-Cursor": "9", "Nengshu-More": "true"},
        {"Content-Type": ARROW, "Nengshu-More": "true"},
        {"Content-Type": ARROW, "Nengshu-Cursor": "-9", "Nengshu-More": "true"},
        {"Content-Type": ARROW, "Nengshu-Cursor": "9" * 30, "Nengshu-More": "true"},
        {"Content-Type": ARROW, "Nengshu-Cursor": "9", "Nengshu-More": "perhaps"},
    ],
)
async def test_a_page_of_changes_without_its_place_is_none(headers: dict[str, str]) -> None:
    with pytest.raises(SourceMalformed, match="nation: "):
        await ask(changing, lambda _: httpx.Response(200, content=b"arrow", headers=headers))


@pytest.mark.parametrize("call", [sending, changing])
async def test_an_answer_beyond_its_bound_is_cut_off(call: Call) -> None:
    headers = {"Content-Type": ARROW, "Nengshu-Cursor": "9", "Nengshu-More": "true"}
    with pytest.raises(SourceMalformed, match=r"nation: an answer of more than (8|200) bytes"):
        await ask(call, lambda _: httpx.Response(200, content=b" " * 201, headers=headers))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (408, TryLater),
        (429, TryLater),
        (500, TryLater),
        (503, TryLater),
        (302, SourceRefused),
        (409, SourceRefused),
    ],
)
@pytest.mark.parametrize("call", [sending, changing])
async def test_a_status_says_whether_to_wait_or_to_call_somebody(
    call: Call, status: int, error: type[NengshuError]
) -> None:
    with pytest.raises(error, match=f"nation: status {status}: because"):
        await ask(
            call, lambda _: httpx.Response(status, text="because", headers={"Location": "https://x.example"})
        )


async def test_a_hub_says_how_long_to_wait() -> None:
    with pytest.raises(TryLater) as told:
        await ask(sending, lambda _: httpx.Response(503, headers={"Retry-After": "7"}))
    assert told.value.retry_after_s == 7.0


@pytest.mark.parametrize("said", ["9" * 400, "soon", "-1", "1.5", ""])
async def test_a_pause_that_is_no_number_of_seconds_is_none(said: str) -> None:
    with pytest.raises(TryLater) as told:
        await ask(sending, lambda _: httpx.Response(503, headers={"Retry-After": said}))
    assert told.value.retry_after_s is None


@pytest.mark.parametrize(("before", "end"), [(0, "400: (a token)"), (297, "xxx(a ")])
async def test_a_token_that_comes_back_is_not_told_wherever_the_words_are_cut(before: int, end: str) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            400, text="x" * before + request.headers["Authorization"].removeprefix("Bearer ")
        )

    with pytest.raises(SourceRefused) as refused:
        await ask(sending, echo, Bounds())
    assert str(refused.value).endswith(end)


async def test_a_token_the_hub_takes_no_longer_is_replaced_once() -> None:
    tokens, statuses = Numbered(), iter((401, 201))
    said = await ask(sending, lambda _: httpx.Response(next(statuses), json=RECEIPT), tokens=tokens)
    assert (tokens.refusals, said) == (1, Receipt(3, "a-1", 1, accepted=1))
    with pytest.raises(SourceRefused, match="status 401"):
        await ask(sending, lambda _: httpx.Response(401), tokens=tokens)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"batch": "3"}', b'{"batch":1,"key":"b","rows":1}']
)
async def test_an_answer_that_is_no_receipt_for_this_batch_is_malformed(body: bytes) -> None:
    with pytest.raises(SourceMalformed):
        await ask(sending, lambda _: httpx.Response(201, content=body))


async def test_a_hub_that_says_nothing_is_unreachable_once_the_deadline_has_passed() -> None:
    async def answer(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport) as client:
        hub = HubClient("nation", ADDRESS, Numbered(), client, Bounds(deadline_s=0.01))
        with pytest.raises(SourceUnreachable, match=r"no whole answer within 0\.01 s"):
            await hub.send(BATCH)


@pytest.mark.parametrize("fault", [httpx.ReadError("reset"), httpx.ConnectTimeout("slow")])
async def test_a_broken_line_is_unreachable(fault: httpx.TransportError) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise fault

    with pytest.raises(SourceUnreachable, match="nation: "):
        await ask(sending, answer)


@pytest.mark.parametrize("address", ["https://[", "https://hub.example:99999999"])
async def test_an_address_nobody_can_ask_is_unreachable(address: str) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(201))) as client:
        with pytest.raises(SourceUnreachable):
            await HubClient("nation", address, Numbered(), client).send(BATCH)


@pytest.mark.parametrize("key", ["", "a" * 129, "键", "a\n"])
def test_a_key_no_hub_would_take_is_none(key: str) -> None:
    with pytest.raises(InvalidInput, match="key: expected 1 to 128"):
        Batch(key, b"x")
