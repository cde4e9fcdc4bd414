"""Speaks the batch protocol (批次协议) to a hub: batches in, receipts out, and what the hub holds after a cursor.

Source: docs/batches.md, our own (read). Nothing is tried again here but a token the hub takes no longer, once: the key
of a batch makes it safe to send it again, and whoever sends knows when.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from edge_probe.answers import answered, is_for_later, is_whole
from edge_probe.uplink_ports import Absent, Tokens, TryLater
from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable

BATCHES, CHANGES, HEALTH = "sync/v1/batches", "sync/v1/changes", "sync/v1/health"
NDJSON, JSON, ARROW = "application/x-ndjson", "application/json", "application/vnd.apache.arrow.stream"
RECEIPT_BYTES_MAX = 8 * 1024 * 1024  # each of a batch's rows refused, at length
CHANGES_BYTES_MAX = 128 * 1024 * 1024  # a page of 200 000 rows has about 20 MB
DEADLINE_S = 120.0  # of one call: a million rows are taken in some seconds; a hub that takes longer has hung
DETAIL_CHARACTERS_MAX = 300
KEY_CHARACTERS_MAX = 128
CURSOR_DIGITS_MAX = 18
RETRY_DIGITS_MAX = 9  # of seconds: of some hundred digits the double is infinite
PORT_MAX = 65_535

T = TypeVar("T", bound=msgspec.Struct)


class Rejected(msgspec.Struct, frozen=True):
    """A row the hub refused; `row` counts from 1."""

    row: int
    code: str
    why: str


class Changed(msgspec.Struct, frozen=True):
    """A field of a registry row that a batch changed (字段差异)."""

    row: int
    key: str
    field: str
    before: Any = None
    after: Any = None


class Receipt(msgspec.Struct, frozen=True, rename="camel"):
    """The hub's receipt (回执) of a batch. `kind` is what it held; None for readings, which have no `changes`."""

    batch: int
    key: str
    rows: int
    source: str = ""
    received_at: str = ""
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0
    superseded: int = 0
    suspect: int = 0
    rejected_count: int = 0
    rejected: tuple[Rejected, ...] = ()
    digest: str = ""
    head: str = ""
    kind: str | None = None
    changes_count: int = 0
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True)
class Batch:
    """What is sent under one key: the bytes as they go, and what they are. `kind` names a registry noun.

    Where it `withdraws`, its readings are to hold no longer.
    """

    key: str
    body: bytes
    content_type: str = NDJSON
    encoding: str | None = None
    kind: str | None = None
    withdraws: bool = False

    def __post_init__(self) -> None:
        is_fit = 1 <= len(self.key) <= KEY_CHARACTERS_MAX and self.key.isascii() and self.key.isprintable()
        if not is_fit:
            raise InvalidInput(f"expected 1 to {KEY_CHARACTERS_MAX} visible ASCII characters", "key")

    @property
    def headers(self) -> dict[str, str]:
        """What a request says of it, but for the digest of what that request carries."""
        kind = "" if self.kind is None else f"; kind={self.kind}"
        said = {"Idempotency-Key": self.key, "Content-Type": f"{self.content_type}{kind}"}
        said |= {"Nengshu-Withdraws": "?1"} if self.withdraws else {}
        return said if self.encoding is None else {**said, "Content-Encoding": self.encoding}


@dataclass(frozen=True)
class Changes:
    """A page of what is new: an Arrow stream, the cursor to come back with, and whether there is more."""

    body: bytes
    cursor: int
    has_more: bool


@dataclass(frozen=True)
class Bounds:
    """How long one call may take, and how much an answer may weigh."""

    deadline_s: float = DEADLINE_S
    receipt_bytes_max: int = RECEIPT_BYTES_MAX
    changes_bytes_max: int = CHANGES_BYTES_MAX


USUAL = Bounds()


@dataclass(frozen=True)
class Said:
    """A whole answer; header names in small letters. `untold` is what it was asked with, which no message repeats."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    untold: tuple[str, ...] = field(default=(), repr=False)


class HubClient:
    """One hub, spoken to with the tokens it gives; `name` is what messages call it.

    Every call raises SourceUnreachable (try again; TryLater where the hub said so), SourceRefused (a person is needed)
    or SourceMalformed.
    """

    def __init__(
        self, name: str, address: str, tokens: Tokens, client: httpx.AsyncClient, bounds: Bounds = USUAL
    ) -> None:
        self._name, self._address, self._tokens = name, address, tokens
        self._client, self._bounds = client, bounds

    async def send(self, batch: Batch) -> Receipt:
        """Hand in a batch; its receipt once the hub has it for good. Sent again it gets the same receipt."""
        headers = {**batch.headers, "Content-Digest": _digest(batch.body)}
        said = await self.call("POST", self.at(BATCHES), headers, batch.body)
        return self._receipt_of(said, batch.key)

    async def report(self, body: bytes) -> None:
        """Hand in what a probe says of time, as JSON; the hub keeps it once this returns. The same said twice is one."""
        headers = {"Content-Type": JSON, "Content-Digest": _digest(body)}
        await self.call("POST", self.at(HEALTH), headers, body)

    async def receipt(self, number: int, kind: str | None = None) -> Receipt:
        """The receipt of a batch of readings, or of one that held a `kind` of registry rows."""
        path = f"{BATCHES}/{number}" if kind is None else f"{BATCHES}/registry/{number}"
        return self.read(await self.call("GET", self.at(path)), Receipt)

    async def changes(self, after: int = 0, limit: int | None = None) -> Changes:
        """What the hub holds after a cursor: whole batches, in order. Keep the cursor once the body is stored."""
        asked = {"after": str(after)} | ({} if limit is None else {"limit": str(limit)})
        headers = {"Accept": ARROW}
        most = self._bounds.changes_bytes_max
        said = await self.call("GET", self.at(CHANGES, asked), headers, bytes_max=most)
        came = said.headers.get("content-type", "").partition(";")[0]
        if came != ARROW:
            raise SourceMalformed(f"{self._name}: expected {ARROW}, came {came[:64]!r}")
        cursor, more = said.headers.get("nengshu-cursor", ""), said.headers.get("nengshu-more", "")
        if not is_whole(cursor, CURSOR_DIGITS_MAX) or more not in ("true", "false"):
            raise SourceMalformed(f"{self._name}: Nengshu-Cursor {cursor[:32]!r}, Nengshu-More {more[:32]!r}")
        return Changes(said.body, int(cursor), more == "true")

    def _receipt_of(self, said: Said, key: str) -> Receipt:
        receipt = self.read(said, Receipt)
        if receipt.key != key:
            raise SourceMalformed(f"{self._name}: sent {key!r}, came a receipt for {receipt.key[:64]!r}")
        return receipt

    def read(self, said: Said, kind: type[T]) -> T:
        """An answer's JSON as this. Raises SourceMalformed."""
        try:
            return msgspec.json.decode(said.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
            what = f"without a {kind.__name__.lower()}"
            raise SourceMalformed(f"{self._name}: status {said.status} {what}: {fault}") from fault

    def at(self, path: str, asked: Mapping[str, str] | None = None) -> str:
        """A path of the hub, below that of its address; a query of the address stays, as a gateway may want one."""
        try:
            parts = urlsplit(self._address)
        except ValueError as fault:
            raise SourceUnreachable(f"{self._name}: has no address that can be asked") from fault
        query = "&".join(filter(None, (parts.query, urlencode(asked or {}))))
        return parts._replace(path=f"{parts.path.rstrip('/')}/{path}", query=query, fragment="").geturl()

    async def call(
        self,
        verb: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        bytes_max: int | None = None,
        *,
        may_renew: bool = True,
    ) -> Said:
        """One call within bounds; a token the hub takes no longer is replaced once."""
        most = self._bounds.receipt_bytes_max if bytes_max is None else bytes_max
        async with self._translating():
            said = await self._exchange(verb, url, headers or {}, body, most)
        if said.status == httpx.codes.UNAUTHORIZED:
            self._tokens.refused()
            if may_renew:
                return await self.call(verb, url, headers, body, bytes_max, may_renew=False)
        self._check_status(said)
        return said

    async def _exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None, bytes_max: int
    ) -> Said:
        usual = {"Accept": "application/json", "Accept-Encoding": "identity"}
        tokens = await self._tokens.headers(verb, url.partition("?")[0])
        said = {**usual, **headers, **tokens}
        request = self._client.build_request(verb, url, content=body, headers=said)
        if (request.url.port or 0) > PORT_MAX:  # httpx lets it through, and the socket's error is in no tree
            raise SourceUnreachable(f"{self._name}: has no address that can be asked: port above {PORT_MAX}")
        too_much = f"{self._name}: an answer of more than {bytes_max} bytes"
        answer, came = await answered(self._client, request, bytes_max, too_much)
        untold = tuple(token.rpartition(" ")[2] for token in tokens.values())  # behind `Bearer` or `DPoP`
        return Said(answer.status_code, dict(answer.headers), came, untold)

    @asynccontextmanager
    async def _translating(self) -> AsyncIterator[None]:
        """The library's errors, and a deadline that passed, as errors of the tree; none repeats a header."""
        seconds = self._bounds.deadline_s
        try:
            async with asyncio.timeout(seconds):
                yield
        except (TimeoutError, httpx.TimeoutException) as fault:
            raise SourceUnreachable(f"{self._name}: no whole answer within {seconds:g} s") from fault
        except httpx.LocalProtocolError as fault:  # whose words quote the header, and with it the token
            raise SourceUnreachable(f"{self._name}: cannot be asked: a header is no line of HTTP") from fault
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as fault:
            raise SourceUnreachable(f"{self._name}: {type(fault).__name__} {fault}".strip()) from fault

    def _check_status(self, said: Said) -> None:
        if 200 <= said.status < 300:
            return
        words = said.body.decode("utf-8", "replace")
        for token in said.untold:
            words = words.replace(token, "(a token)")
        told = f"{self._name}: status {said.status}: {words[:DETAIL_CHARACTERS_MAX]}"
        if is_for_later(said.status):
            raise TryLater(told, _retry_after(said.headers))
        if said.status == httpx.codes.NOT_FOUND:
            raise Absent(told)
        raise SourceRefused(told)


def _digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if is_whole(text, RETRY_DIGITS_MAX) else None
