"""Asks a source over HTTP within bounds: so many bytes, so many seconds, no redirects, no settings of the host.

Source: what httpx raises stops here and becomes a SourceError that names the address and what was expected. An
address is named without what may be secret in it: users read why a run failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import msgspec

from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.address import without_secrets
from provincial_adapters._toolkit.bounded import Gunzip
from provincial_adapters._toolkit.retry_after import retry_after_s
from provincial_adapters._toolkit.untold import unescaped, without_tokens

ANSWER_BYTES_MAX = 128 * 1024 * 1024  # a page of changes is about 20 MB; twice the largest seen, and room
DEADLINE_S = 60.0  # a source that takes longer blocks the runs behind it
PORT_MAX = 65_535
CONNECT_S = 10.0  # the extranet answers in milliseconds or not at all
REFUSAL_BYTES_MAX = 1024 * 1024  # more is no reason
# In the words of who ends in the middle: it was killed, not wrong.
GONE = ("disconnected", "peer closed connection")
EXCERPT_CHARACTERS = 200  # of a refusal, to be read by a person
ARROW_STREAM = "application/vnd.apache.arrow.stream"
JSON = "application/json"


@dataclass(frozen=True)
class Bounds:
    """How much one answer may weigh and how long it may take from the first byte asked to the last read."""

    bytes_max: int = ANSWER_BYTES_MAX
    deadline_s: float = DEADLINE_S


USUAL = Bounds()


@dataclass(frozen=True)
class Terms:
    """What a question has beside its bounds: statuses whose answers are handed over though they do not say yes, and
    secrets it holds anywhere, none of which is told of what comes back.
    """

    let_through: Collection[int] = ()
    secrets: Collection[str] = ()


NO_TERMS = Terms()
_SECRETS = "secrets"  # of a request's extensions
NO_CONTENT = 204  # what has no body has no type
HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Answer:
    """A whole answer that said yes, or one of a status that was let through. `address` is for messages, without
    secrets; `bytes_read` came, packed or not.
    """

    address: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    bytes_read: int = 0

    def json(self) -> Any:
        """The body as JSON. Raises SourceMalformed when it is something else."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise SourceMalformed(f"{self.address}: the answer is not JSON: {fault}") from fault


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client as this module wants it; proxies of the host's environment are not for the extranet.

    It keeps no cookie: one client asks many sources, and what one of them sets is not for another.
    """
    logging.getLogger("httpx").setLevel(
        logging.WARNING
    )  # below it whole addresses are told, and keys in their queries
    timeout = httpx.Timeout(DEADLINE_S, connect=CONNECT_S)
    none = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(
        trust_env=False, follow_redirects=False, timeout=timeout, transport=transport, cookies=none
    )


async def get(
    client: httpx.AsyncClient,
    address: str,
    *,
    expected: str,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    bounds: Bounds = USUAL,
    terms: Terms = NO_TERMS,
) -> Answer:
    """GET an answer of the `expected` content type. Raises SourceError."""
    request = _request(client, "GET", address, expected, headers, terms, params=params)
    return await _exchange(client, request, expected, bounds, terms)


async def post_json(
    client: httpx.AsyncClient,
    address: str,
    message: Any,
    *,
    expected: str = JSON,
    headers: Mapping[str, str] | None = None,
    bounds: Bounds = USUAL,
    terms: Terms = NO_TERMS,
) -> Answer:
    """POST a message as JSON and read an answer of the `expected` content type. Raises SourceError."""
    said = {"Content-Type": JSON, **(headers or {})}
    request = _request(client, "POST", address, expected, said, terms, content=msgspec.json.encode(message))
    return await _exchange(client, request, expected, bounds, terms)


async def post_form(
    client: httpx.AsyncClient,
    address: str,
    form: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    bounds: Bounds = USUAL,
    terms: Terms = NO_TERMS,
) -> Answer:
    """POST a form, as OAuth wants it, and read an answer in JSON. Raises SourceError."""
    request = _request(client, "POST", address, JSON, headers, terms, data=form)
    return await _exchange(client, request, JSON, bounds, terms)


def _request(
    client: httpx.AsyncClient,
    verb: str,
    address: str,
    expected: str,
    headers: Mapping[str, str] | None,
    terms: Terms,
    **rest: Any,
) -> httpx.Request:
    said = {"Accept": expected, "Accept-Encoding": "gzip", **(headers or {})}
    kept = {_SECRETS: terms.secrets}
    try:
        request = client.build_request(verb, address, headers=said, extensions=kept, **rest)
    except (httpx.InvalidURL, UnicodeError) as fault:
        raise SourceUnreachable(f"{without_secrets(address)}: no address that can be asked") from fault
    if (request.url.port or 0) > PORT_MAX:  # httpx lets it through, and the socket's error is in no tree
        raise SourceUnreachable(f"{_shown(request)}: no address that can be asked: port above {PORT_MAX}")
    return request


def _shown(request: httpx.Request) -> str:
    return without_secrets(str(request.url))


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, expected: str, bounds: Bounds, terms: Terms
) -> Answer:
    address = _shown(request)
    try:
        async with asyncio.timeout(bounds.deadline_s):
            return await _ask(client, request, expected, bounds, terms)
    except (TimeoutError, httpx.TimeoutException) as fault:
        raise SourceUnreachable(f"{address}: no whole answer within {bounds.deadline_s:g} s") from fault
    except httpx.RemoteProtocolError as fault:
        kind = SourceUnreachable if any(words in str(fault) for words in GONE) else SourceMalformed
        raise kind(f"{address}: the answer broke HTTP: {_told(request, str(fault))}") from fault
    except httpx.LocalProtocolError as fault:  # whose words quote the header, and with it the token
        raise SourceUnreachable(f"{address}: cannot be asked: a header is no line of HTTP") from fault
    except (httpx.HTTPError, httpx.StreamError) as fault:
        raise SourceUnreachable(f"{address}: {type(fault).__name__}: {fault}") from fault
    except InvalidInput as fault:
        raise SourceMalformed(f"{address}: {fault}") from fault


async def _ask(
    client: httpx.AsyncClient, request: httpx.Request, expected: str, bounds: Bounds, terms: Terms
) -> Answer:
    answer = await client.send(request, stream=True, follow_redirects=False)
    try:
        if not (answer.is_success or answer.is_redirect) and _content_type(answer) in HTML:
            raise _page_of(answer)
        if not answer.is_success and answer.status_code not in terms.let_through:
            raise await _refusal(answer)
        if answer.is_success and answer.status_code != NO_CONTENT:
            _check_type(answer, expected)
        body = b"".join([piece async for piece in _pieces(answer, bounds.bytes_max)])
        return Answer(
            _shown(request), body, dict(answer.headers), answer.status_code, answer.num_bytes_downloaded
        )
    finally:
        await answer.aclose()


def _page_of(answer: httpx.Response) -> SourceMalformed:
    """A proxy or a login speaks in the source's place: what it says is none of the source's words."""
    address, came = _shown(answer.request), _content_type(answer)
    why = f"{address}: answered {answer.status_code}{_later(answer)} with {came}, a page for people"
    return SourceMalformed(why, place=address, retry_after_s=retry_after_s(answer.headers))


async def _refusal(answer: httpx.Response) -> SourceRefused | SourceMalformed:
    address, status = _shown(answer.request), answer.status_code
    if answer.is_redirect:
        target = _told(answer.request, without_secrets(answer.headers.get("location", "")))
        return SourceMalformed(f"{address}: redirects ({status}) to {target!r}, which is not followed")
    excerpt = _told(answer.request, await _refusal_text(answer))
    why = f"{address}: answered {status}{_later(answer)}: {excerpt}"
    return SourceRefused(why, place=address, retry_after_s=retry_after_s(answer.headers), status=status)


def _later(answer: httpx.Response) -> str:
    wait = answer.headers.get("retry-after")
    return f", retry after {_told(answer.request, wait)}" if wait else ""


async def _refusal_text(answer: httpx.Response) -> str:
    """Why it says no; a reason that cannot be read must not hide that it does."""
    try:
        said = b"".join([piece async for piece in _pieces(answer, REFUSAL_BYTES_MAX)])
    except (InvalidInput, SourceMalformed):
        return "(a reason that cannot be read)"
    return said.decode("utf-8", "replace")


def _told(request: httpx.Request, said: str) -> str:
    """The words of a source, which may quote what it was asked and with which token: that goes before they are cut."""
    said = unescaped(said)
    query = request.url.query.decode("ascii")
    said = said.replace(query, "…") if query else said
    token = request.headers.get("authorization", "").rpartition(" ")[2]
    return without_tokens((token, *request.extensions.get(_SECRETS, ())), said)[:EXCERPT_CHARACTERS]


def _check_type(answer: httpx.Response, expected: str) -> None:
    came = _content_type(answer)
    json_of_any_kind = expected == JSON and came.endswith("+json")
    if came != expected and not json_of_any_kind:
        raise SourceMalformed(
            f"{_shown(answer.request)}: expected {expected}, came {_told(answer.request, came) or 'no content type'}"
        )


def _content_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def _pieces(answer: httpx.Response, bytes_max: int) -> AsyncIterator[bytes]:
    """The body as sent, unpacked here rather than by httpx, which knows no bound."""
    packing = answer.headers.get("content-encoding", "identity").strip().lower()
    if packing == "gzip":
        async for piece in _unpacked(answer, bytes_max):
            yield piece
    elif packing in ("", "identity"):
        async for piece in _plain(answer, bytes_max):
            yield piece
    else:
        raise SourceMalformed(
            f"{_shown(answer.request)}: packed as {_told(answer.request, packing)!r:.64}, asked for gzip or nothing"
        )


async def _unpacked(answer: httpx.Response, bytes_max: int) -> AsyncIterator[bytes]:
    stream = Gunzip(bytes_max)
    async for chunk in answer.aiter_raw():
        for piece in stream.feed(chunk):
            yield piece
    stream.close()


async def _plain(answer: httpx.Response, bytes_max: int) -> AsyncIterator[bytes]:
    read = 0
    async for chunk in answer.aiter_raw():
        read += len(chunk)
        if read > bytes_max:
            raise SourceMalformed(f"{_shown(answer.request)}: the answer is longer than {bytes_max} bytes")
        yield chunk
