"""Says one message to a platform that answers in JSON, within bounds, and tells a no from a silence.

Source: the field: platforms answer HTML, nothing, or a status of HTTP with or without words (read). The addresses of a
platform are those it gives; one that is asked over TLS gives no address without it (assumed, or readings went in clear).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from edge_probe.answers import answered, is_for_later, is_whole
from edge_probe.uplink_ports import TryLater
from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable

ANSWER_BYTES_MAX = 64 * 1024  # an answer has some hundred bytes
ANSWER_S = 60.0  # a platform that takes longer over one message has hung
WORDS_MAX = 300  # characters of an answer that are told
ADDRESS_MAX = 2_000
RETRY_DIGITS_MAX = 9
PORT_MAX = 65_535
UNTOLD = "(a secret)"  # stands in messages where a platform's answer held one
# An answer that is no whole JSON is told as it came, and may be the one that gives a key or a token.
_GIVEN_SECRET = re.compile(
    r"""((?:secretKey|token|password)["']?\s*[:=]\s*["']?)[^"',\s}&<]+""", re.IGNORECASE
)
GONE = frozenset({301, 302, 303, 307, 308, 404, 405, 410, 421})  # whoever asks there is to ask elsewhere


class Moved(SourceUnreachable):
    """Nobody answers this message at this address any longer."""


class NobodyThere(SourceUnreachable):
    """No connection came about: whoever else asks there now fares the same."""


@dataclass(frozen=True)
class Answer:
    """What a platform said: the status, and its JSON. `untold` is what it was asked with and no message repeats."""

    status: int
    said: Mapping[str, Any] = field(repr=False)
    untold: Sequence[str] = field(default=(), repr=False)

    def word(self, name: str) -> str:
        """A field as text; empty where there is none."""
        value = self.said.get(name)
        return value.strip() if isinstance(value, str) else "" if value is None else str(value)

    def told(self, name: str) -> str:
        """A field as it may stand in a message."""
        return _masked(self.word(name), self.untold)[:WORDS_MAX]


class Line:
    """The way to one platform; `name` is what messages call it, `bytes_sent` all that went over it."""

    def __init__(self, name: str, client: httpx.AsyncClient, seconds: float = ANSWER_S) -> None:
        self.name, self._client, self._seconds = name, client, seconds
        self.bytes_sent = 0

    async def post(
        self,
        url: str,
        message: Any,
        headers: Mapping[str, str] | None = None,
        bytes_max: int = ANSWER_BYTES_MAX,
        untold: Sequence[str] = (),
    ) -> Answer:
        """Say a message. Raises SourceUnreachable (Moved, NobodyThere, TryLater), SourceRefused, SourceMalformed."""
        body = msgspec.json.encode(message)
        self.bytes_sent += len(body)
        usual = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        try:
            async with asyncio.timeout(self._seconds):
                said = {**usual, **(headers or {})}
                request = self._client.build_request("POST", url, content=body, headers=said)
                if (request.url.port or 0) > PORT_MAX:  # the socket's error is in no tree
                    raise NobodyThere(f"{self.name}: has no address that can be asked: port above {PORT_MAX}")
                too_much = f"{self.name}: an answer of more than {bytes_max} bytes"
                answer, came = await answered(self._client, request, bytes_max, too_much)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as fault:
            raise NobodyThere(f"{self.name}: {type(fault).__name__} {fault}".strip()) from fault
        except (TimeoutError, httpx.TimeoutException) as fault:
            raise SourceUnreachable(f"{self.name}: no whole answer within {self._seconds:g} s") from fault
        except httpx.LocalProtocolError as fault:  # whose words quote the header, and with it the token
            raise SourceUnreachable(f"{self.name}: cannot be asked: a header is no line of HTTP") from fault
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as fault:
            raise SourceUnreachable(f"{self.name}: {type(fault).__name__} {fault}".strip()) from fault
        return self._read(answer, came, untold)

    def _read(self, answer: httpx.Response, came: bytes, untold: Sequence[str]) -> Answer:
        said = _object(came)
        told = f"{self.name}: status {answer.status_code}: {_masked(_words(came), untold)[:WORDS_MAX]}"
        if answer.status_code in GONE and said is None:
            raise Moved(told)
        if is_for_later(answer.status_code):
            raise TryLater(told, _retry_after(answer.headers.get("retry-after", "")))
        if said is None:
            if answer.is_success:
                raise SourceMalformed(f"{told}: expected an object of JSON")
            raise SourceRefused(told, status=answer.status_code)
        return Answer(answer.status_code, said, untold)


def given_address(name: str, asked: str, given: object) -> str:
    """An address that a platform gave, where it was asked at another. Raises SourceMalformed for one nobody can use."""
    text = given.strip() if isinstance(given, str) else ""
    scheme = _scheme_of(text)
    if scheme is None or len(text) > ADDRESS_MAX or not text.isascii() or not text.isprintable():
        raise SourceMalformed(f"{name}: gave {text[:WORDS_MAX]!r} for an address")
    if urlsplit(asked).scheme == "https" and scheme != "https":
        raise SourceMalformed(f"{name}: gave {text[:WORDS_MAX]!r}, an address without TLS")
    return text


def _scheme_of(text: str) -> str | None:
    """http or https; None for what nobody can be asked at."""
    try:
        parts = urlsplit(text)
        is_usable = bool(parts.hostname) and not parts.username and (parts.port or 1) <= PORT_MAX
    except ValueError:
        return None
    return parts.scheme if is_usable and parts.scheme in ("http", "https") else None


def _object(came: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(_text(came), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _text(came: bytes) -> str:
    """UTF-8, or what platforms of before write."""
    try:
        return came.decode("utf-8-sig")
    except UnicodeDecodeError:
        return came.decode("gb18030", "replace")


def _words(came: bytes) -> str:
    return " ".join(_text(came).split())


def _masked(words: str, untold: Sequence[str]) -> str:
    for secret in filter(None, untold):
        words = words.replace(secret, UNTOLD)
    return _GIVEN_SECRET.sub(rf"\1{UNTOLD}", words)


def _retry_after(text: str) -> float | None:
    return float(text) if is_whole(text, RETRY_DIGITS_MAX) else None
