"""Asking a source within bounds; whatever goes wrong is a source's fault with an address."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable
from provincial_adapters._toolkit.fetch import JSON, Answer, Bounds, get, open_client, post_json
from tests.provincial_adapters.wire import over_a_wire

ADDRESS = "http://province.example/graphql"
AS_JSON = {"Content-Type": "application/json; charset=utf-8"}


async def ask(answer: Callable[[httpx.Request], httpx.Response], bounds: Bounds | None = None) -> Answer:
    async with open_client(over_a_wire(answer)) as client:
        return await get(client, ADDRESS, expected=JSON, bounds=bounds or Bounds())


def always(response: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: response


async def test_an_answer_is_read_whole_and_decoded() -> None:
    found = await ask(always(httpx.Response(200, headers=AS_JSON, content=b'{"a": [1, "x"]}')))
    assert found.json() == {"a": [1, "x"]}
    assert found.address == ADDRESS


async def test_a_packed_answer_is_unpacked_within_its_bounds() -> None:
    headers = {**AS_JSON, "Content-Encoding": "gzip"}
    found = await ask(always(httpx.Response(200, headers=headers, stream=Pieces(gzip.compress(b"[1]")))))
    assert found.json() == [1]
    bomb = httpx.Response(200, headers=headers, stream=Pieces(gzip.compress(b"0" * 10_000_000)))
    with pytest.raises(SourceMalformed, match="unpacks to more than"):
        await ask(always(bomb))
    cut = httpx.Response(200, headers=headers, stream=Pieces(gzip.compress(b"[1]")[:-4]))
    with pytest.raises(SourceMalformed, match="breaks off"):
        await ask(always(cut))


async def test_a_cookie_goes_neither_back_nor_to_another_source() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Domain=gov.example; Path=/")]
        return httpx.Response(200, headers=[*AS_JSON.items(), *cookies], content=b"{}")

    async with open_client(over_a_wire(answer)) as client:
        for address in ("https://a.gov.example/", "https://a.gov.example/", "https://b.gov.example/"):
            await get(client, address, expected=JSON)
        assert list(client.cookies.jar) == []
    assert [request.headers.get("cookie") for request in seen] == [None] * 3


async def test_what_is_asked_says_what_is_wanted() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers=AS_JSON, content=b"{}")

    async with open_client(over_a_wire(answer)) as client:
        await post_json(client, ADDRESS, {"query": "查"}, headers={"Authorization": "Bearer a.b"})
        await get(client, ADDRESS, expected=JSON, params={"after": "7"})
    assert seen[0].headers["accept"] == JSON
    assert seen[0].headers["accept-encoding"] == "gzip"
    assert seen[0].headers["authorization"] == "Bearer a.b"
    assert seen[0].content == '{"query":"查"}'.encode()
    assert seen[1].url.params["after"] == "7"


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<html>"), SourceMalformed, "came text/html"),
        (httpx.Response(200, content=b"{}"), SourceMalformed, "no content type"),
        (httpx.Response(401, headers=AS_JSON, content=b'{"code":"NOBODY"}'), SourceRefused, "401: .*NOBODY"),
        (httpx.Response(503, headers={"Retry-After": "30"}), SourceRefused, "503, retry after 30"),
        (httpx.Response(500, content=b"<html>" + b"x" * 10_000), SourceRefused, "500: <html>x{194}$"),
        (httpx.Response(302, headers={"Location": "http://elsewhere.example/"}), SourceMalformed, "elsewhere.*not followed"),
        (httpx.Response(200, headers={**AS_JSON, "Content-Encoding": "x"}, content=b"{}"), SourceMalformed, "'x'"),
        (httpx.Response(500, headers={"Content-Encoding": "x"}, content=b"no"), SourceRefused, "cannot be read"),
        (httpx.Response(200, headers=AS_JSON, content=b" " * 2000), SourceMalformed, "longer than 1000 bytes"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_none_names_address_and_reason(
    response: httpx.Response, kind: type[SourceError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        await ask(always(response), Bounds(bytes_max=1000))
    assert ADDRESS in str(caught.value)


TOKEN = "a-Very-secret-token-0123456789abcdef"
ESCAPED = "".join(f"\\u{ord(letter):04X}" for letter in TOKEN)


@pytest.mark.parametrize("before", [0, 50, 64 - len(TOKEN) + 1, 199 - len(TOKEN), 199])
@pytest.mark.parametrize(
    "response",
    [
        lambda said: httpx.Response(403, content=said.encode()),
        lambda said: httpx.Response(403, content=said.replace(TOKEN, ESCAPED).encode()),
        lambda said: httpx.Response(302, headers={"Location": f"/{said}"}),
        lambda said: httpx.Response(503, headers={"Retry-After": said}),
        lambda said: httpx.Response(200, headers={"Content-Type": said}),
        lambda said: httpx.Response(200, headers={**AS_JSON, "Content-Encoding": said}),
    ],
)
async def test_a_token_that_comes_back_is_not_told_wherever_the_words_are_cut(
    response: Callable[[str], httpx.Response], before: int
) -> None:
    said = "x" * before + TOKEN + "x" * 300
    async with open_client(over_a_wire(always(response(said)))) as client:
        with pytest.raises(SourceError) as caught:
            await post_json(client, ADDRESS, {}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert TOKEN[:4].lower() not in str(caught.value).lower()
    assert ESCAPED[:12] not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("end", ["\n", "\r\n", "\nx"])
async def test_a_token_that_is_more_than_a_line_is_neither_sent_nor_told(end: str) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
    async with server, open_client() as client:
        with pytest.raises(SourceUnreachable, match="no line of HTTP") as caught:
            await post_json(client, address, {}, headers={"Authorization": f"Bearer {TOKEN}{end}"})
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff", b"[" * 5000])
async def test_json_that_is_none_is_malformed(body: bytes) -> None:
    answer = await ask(always(httpx.Response(200, headers=AS_JSON, content=body)))
    with pytest.raises(SourceMalformed, match="not JSON"):
        answer.json()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), SourceUnreachable),
        (httpx.ReadTimeout("slow"), SourceUnreachable),
        (httpx.ReadError("gone"), SourceUnreachable),
        (httpx.RemoteProtocolError("illegal status line"), SourceMalformed),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), SourceUnreachable),
        (
            httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
            SourceUnreachable,
        ),
        (httpx.LocalProtocolError("not HTTP"), SourceUnreachable),
        (httpx.UnsupportedProtocol("gopher"), SourceUnreachable),
    ],
)
async def test_what_httpx_raises_stops_here(fault: httpx.HTTPError, kind: type[SourceError]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise fault

    with pytest.raises(kind, match=ADDRESS):
        await ask(answer)


async def test_an_address_that_is_none_is_unreachable() -> None:
    async with open_client(over_a_wire(always(httpx.Response(200)))) as client:
        for address in ("http://a.example:99999999/", "http://\x00"):
            with pytest.raises(SourceUnreachable):
                await get(client, address, expected=JSON)


class Pieces(httpx.AsyncByteStream):
    """A body as it comes over a wire."""

    def __init__(self, body: bytes, pause_s: float = 0.0) -> None:
        self.body, self.pause_s = body, pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for place in range(len(self.body)):
            await asyncio.sleep(self.pause_s)
            yield self.body[place : place + 1]


async def test_a_source_that_dribbles_is_cut_off_at_the_deadline() -> None:
    slow = httpx.Response(200, headers=AS_JSON, stream=Pieces(b" " * 1000, pause_s=0.01))
    with pytest.raises(SourceUnreachable, match=r"within 0\.1 s"):
        await ask(always(slow), Bounds(deadline_s=0.1))


SECRETIVE = "http://hub:pass-s3cret@province.example:81/graphql?appkey=s3cret#s3cret"
GOES_WRONG = {
    "refused": httpx.Response(403, text="cannot GET /graphql?appkey=s3cret"),
    "redirected": httpx.Response(302, headers={"Location": "/login?appkey=s3cret"}),
    "another type": httpx.Response(200, headers={"Content-Type": "text/html"}),
    "packed": httpx.Response(200, headers={**AS_JSON, "Content-Encoding": "br"}, content=b"{}"),
    "too long": httpx.Response(200, headers=AS_JSON, content=b"[" + b" " * 2000),
    "no JSON": httpx.Response(200, headers=AS_JSON, content=b"["),
    "unpacks badly": httpx.Response(200, headers={**AS_JSON, "Content-Encoding": "gzip"}, content=b"["),
}
RAISED = [
    httpx.ConnectError("no route"),
    httpx.ReadTimeout("late"),
    httpx.RemoteProtocolError("disconnected"),
    httpx.LocalProtocolError("not HTTP"),
]


@pytest.mark.parametrize("case", [*GOES_WRONG, *map(repr, RAISED), "port", "address"])
async def test_no_fault_tells_what_is_secret_in_an_address(case: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raised = [fault for fault in RAISED if repr(fault) == case]
        if raised:
            raise raised[0]
        return GOES_WRONG[case]

    address = {"port": SECRETIVE.replace(":81", ":99999"), "address": SECRETIVE.replace("example", "e\nx")}
    async with open_client(httpx.MockTransport(answer)) as client:
        with pytest.raises(SourceError) as raised:
            (await get(client, address.get(case, SECRETIVE), expected=JSON, bounds=Bounds(1000))).json()
    assert "s3cret" not in str(raised.value)
    assert "http://province.e" in str(raised.value)
