"""How provincial hubs are asked: over which link, so many at once, each before its deadline, and with nothing told on."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from graph.errors import ConfigurationError
from graph.model.live import LiveFault, LiveState
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from hub.live import AT_ONCE, AT_ONCE_EACH, LiveHubs
from provincial_adapters import Bounds
from tests.certificates import certificate_of_127
from tests.hub.asked_hubs import JSON, QUESTION, TOKEN, hubs, link, says, told
from tests.hub.fixed_tokens import FixedTokens
from tests.provincial_adapters.wire import over_a_wire

pytestmark = pytest.mark.anyio


async def test_a_province_is_asked_over_its_first_enabled_link_of_the_dialect() -> None:
    links = (
        link("a", enabled=False), link("b", dialect="file_drop"), link("c"), link("d"),
        link("e", "920000", enabled=False), link("f", "930100"),
    )  # fmt: skip
    found = hubs(lambda _: says({}), links).links()
    assert {province: found[province].key for province in found} == {"910000": "c", "930000": "f"}


async def test_the_question_goes_to_the_links_address_with_its_token_and_nothing_else() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return says({"data": {"units": {"totalCount": 2}}})

    answered = await hubs(answer).ask(link(), QUESTION)
    assert answered.state is LiveState.ANSWERED
    assert answered.data == {"units": {"totalCount": 2}}
    assert answered.size_bytes == len(b'{"data": {"units": {"totalCount": 2}}}')
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "http://hub.example/graphql")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content) == {"query": QUESTION.document, "variables": {"n": 2}}


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://hub.example", "http://hub.example/graphql"),
        ("https://hub.example:8443/of/jia/", "https://hub.example:8443/of/jia/graphql"),
        ("http://hub.example?key=a%2Fb/", "http://hub.example/graphql?key=a%2Fb/"),
        ("http://hub.example/jia/?key=x&y#z", "http://hub.example/jia/graphql?key=x&y"),
        ("http://[::1]:8424/#/", "http://[::1]:8424/graphql"),
    ],
)
async def test_a_hub_is_asked_below_its_links_path_whatever_stands_behind_it(
    address: str, asked: str
) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return says({"data": {}})

    found = await hubs(answer).ask(replace(link(), address=address), QUESTION)
    assert (found.state, seen) == (LiveState.ANSWERED, [asked])


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://hub.example:port", "/a/folder", "hub.example", ""]
)
async def test_what_is_no_address_of_a_hub_is_unreachable(address: str) -> None:
    source = LiveHubs(list, FixedTokens(TOKEN), Bounds(deadline_s=5))
    found = await source.ask(replace(link(), address=address), QUESTION)
    assert (found.state, found.why) == (LiveState.UNREACHABLE, "it cannot be reached, or broke off")
    await source.aclose()


@pytest.mark.parametrize(
    "said",
    [
        [1], "x", None, 5, True, {}, {"data": None}, {"data": [1]}, {"data": 1, "errors": []}, {"data": {}, "errors": "x"},
        {"data": None, "errors": {"message": "x"}}, {"errors": [1]}, {"errors": [{}]}, {"errors": [{"message": 1}]},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_answer_of_graphql_is_a_lie(said: object) -> None:
    answered = await told(said)
    assert answered.state is LiveState.LYING
    assert (answered.data, answered.faults) == (None, ())
    assert answered.why


async def test_errors_are_kept_with_their_codes_and_paths_as_far_as_they_are_any() -> None:
    errors = [
        {"message": "a", "path": ["units", 0, "name"], "extensions": {"code": "NOT_FOUND"}},
        {"message": "b", "path": "units", "extensions": {"code": 5}},
        {"message": "c", "path": ["units", {}], "extensions": None},
        {"message": "d", "path": [True]},
        {"message": "e", "path": ["x" * 200]},
        {"message": "f", "path": [0] * 100},
        {"message": "g", "path": ["units", 2**31 - 1]},
        *({"message": "h", "path": ["units", step]} for step in (10**30, 2**31, -1, -(10**30), 1.5)),
    ]
    answered = await told({"data": {"units": None}, "errors": errors})
    assert answered.state is LiveState.ANSWERED
    assert answered.faults == (
        LiveFault("a", "NOT_FOUND", ("units", 0, "name")),
        LiveFault("b"),
        LiveFault("c"),
        LiveFault("d"),
        LiveFault("e"),
        LiveFault("f"),
        LiveFault("g", None, ("units", 2**31 - 1)),
        *[LiveFault("h")] * 5,
    )
    assert (await told({"errors": errors})).state is LiveState.REFUSED


async def test_what_cannot_be_reached_is_told_without_where_it_is() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"certificate is not valid for {request.url.host}")

    answered = await hubs(answer).ask(link(), QUESTION)
    assert (answered.state, answered.why) == (LiveState.UNREACHABLE, "it cannot be reached, or broke off")


async def test_a_hub_killed_in_the_middle_is_unreachable_and_no_liar() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")

    assert (await hubs(answer).ask(link(), QUESTION)).state is LiveState.UNREACHABLE


async def test_a_link_without_a_secret_asks_nobody() -> None:
    no_token = FixedTokens(ConfigurationError("secrets", ["NENGSHU_SECRET_X is not set"]))

    def answer(_: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    source = LiveHubs(list, no_token, Bounds(), over_a_wire(answer))
    answered = await source.ask(link(), QUESTION)
    assert (answered.state, answered.why) == (
        LiveState.UNREACHABLE,
        "this hub has no credential to ask it with",
    )


async def test_so_many_are_asked_at_once_and_the_others_wait_within_their_deadline() -> None:
    underway, most, release = 0, 0, asyncio.Event()

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal underway, most
        underway += 1
        most = max(most, underway)
        try:
            await release.wait()
        finally:
            underway -= 1
        return says({"data": {}})

    source = hubs(answer, deadline_s=0.3)
    many = [link(f"hub-{number}") for number in range(AT_ONCE + 5)]
    late = await asyncio.gather(*(source.ask(each, QUESTION) for each in many))
    assert most == AT_ONCE
    assert {answered.state for answered in late} == {LiveState.SLOW}
    assert max(answered.seconds for answered in late) < 5
    release.set()
    assert (await source.ask(link(), QUESTION)).state is LiveState.ANSWERED


async def test_a_hub_that_stalls_holds_up_no_other_however_many_ask_it() -> None:
    asked = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        if request.url.host == "stalled.example":
            asked += 1
            await asyncio.sleep(60)
        return says({"data": {}})

    source = hubs(answer, deadline_s=0.5)
    stalled = replace(link("stalled"), address="http://stalled.example")
    late = [asyncio.create_task(source.ask(stalled, QUESTION)) for _ in range(2 * AT_ONCE)]
    await asyncio.sleep(0.1)
    assert asked == AT_ONCE_EACH
    prompt = await asyncio.gather(*(source.ask(link(), QUESTION) for _ in range(3)))
    assert {answered.state for answered in prompt} == {LiveState.ANSWERED}
    assert {answered.state for answered in await asyncio.gather(*late)} == {LiveState.SLOW}


async def test_an_answer_that_trickles_is_cut_off_and_its_turn_is_free_again() -> None:
    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    source = hubs(lambda _: httpx.Response(200, headers=JSON, stream=Trickle()), deadline_s=0.1)
    for _ in range(2):
        answered = await source.ask(link(), QUESTION)
        assert (answered.state, answered.why) == (LiveState.SLOW, "no whole answer within 0.1 s")


async def test_what_was_let_go_is_opened_again() -> None:
    source = LiveHubs(list, FixedTokens(TOKEN), Bounds(deadline_s=5))
    nowhere = Link("hub", "hub_graphql", RegionCode("910000"), "http://127.0.0.1:1", "named")
    for _ in range(2):
        assert (await source.ask(nowhere, QUESTION)).state is LiveState.UNREACHABLE
        await source.aclose()
    await source.aclose()


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback that answers honestly: its port, and what it was asked."""
    heard: list[bytes] = []

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        said = b'{"data": {}}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        writer.write(head.encode() + said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def test_a_hub_whose_certificate_nobody_vouches_for_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_of_127(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # of the host, and none of ours
    async with listening(context) as (port, heard):
        asked = replace(link(), address=f"https://127.0.0.1:{port}")
        source = LiveHubs(list, FixedTokens(TOKEN), Bounds(deadline_s=5))
        assert (await source.ask(asked, QUESTION)).state is LiveState.UNREACHABLE
        await source.aclose()
    assert heard == []


async def test_a_proxy_of_the_host_is_not_for_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as (proxy, overheard), listening() as (port, heard):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        asked = replace(link(), address=f"http://127.0.0.1:{port}")
        source = LiveHubs(list, FixedTokens(TOKEN), Bounds(deadline_s=5))
        assert (await source.ask(asked, QUESTION)).state is LiveState.ANSWERED
        await source.aclose()
    assert (len(heard), overheard) == (1, [])
