"""Hands readings to a hub of this project: NDJSON batches that can be sent twice and count once.

Source: the batch protocol of this project, POST /sync/v1/batches. The key of a batch is made from the spool's own
name and the numbers of its first and last row, so that a batch sent again after a lost reply is the same batch.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
from collections.abc import Sequence

import httpx
import msgspec

from edge_probe.config import UplinkPlan
from edge_probe.ports import Refusal, Tokens, TryLater, UplinkKind
from edge_probe.readings import GRANULARITY, Spooled
from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.period import BEIJING

PATH = "/sync/v1/batches"
RECEIPT_BYTES_MAX = 8 * 1024 * 1024  # each of a batch's rows refused, at length
DETAIL_CHARACTERS_MAX = 300
TRY_AGAIN = frozenset({408, 425, 429})  # and every 5xx: the platform's trouble, not the batch's


class Rejected(msgspec.Struct, frozen=True):
    """A row the hub refused; `row` counts from 1."""

    row: int
    code: str
    why: str


class Receipt(msgspec.Struct, frozen=True):
    """The part of the hub's receipt (回执) that the probe acts on."""

    batch: int
    key: str
    rows: int
    rejected: tuple[Rejected, ...] = ()
    rejected_count: int = msgspec.field(name="rejectedCount", default=0)


class NengshuUplink:
    """One hub, spoken to with the tokens it gives; one it takes no longer is replaced once."""

    def __init__(self, plan: UplinkPlan, tokens: Tokens, identity: str, client: httpx.AsyncClient) -> None:
        self._plan, self._tokens, self._identity, self._client = plan, tokens, identity, client

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Post one batch; its refused rows once the hub has it.

        Raises SourceUnreachable (try again), SourceRefused (a person is needed) or SourceMalformed.
        """
        key = batch_key(self._identity, rows[0].sequence, rows[-1].sequence)
        body = gzip.compress(ndjson(rows), mtime=0)
        status, answer = await self._post(key, body, may_renew=True)
        receipt = _receipt(self._plan.name, status, answer)
        if (receipt.key, receipt.rows) != (key, len(rows)):
            came = f"a receipt for {receipt.rows} rows under {receipt.key[:64]!r}"
            raise SourceMalformed(f"{self._plan.name}: sent {len(rows)} rows under {key!r}, came {came}")
        return [*(_refusal(rows, rejected) for rejected in receipt.rejected), *_unnamed(receipt)]

    async def _post(self, key: str, body: bytes, *, may_renew: bool) -> tuple[int, bytes]:
        url = self._plan.url + PATH
        headers = {**_headers(key, body), **await self._tokens.headers("POST", url)}
        request = self._client.build_request("POST", url, content=body, headers=headers)
        try:
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                read = await _bounded(answer)
            finally:
                await answer.aclose()
        except httpx.HTTPError as fault:
            raise SourceUnreachable(f"{self._plan.name}: {type(fault).__name__} {fault}".strip()) from fault
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._tokens.refused()
            if may_renew:
                return await self._post(key, body, may_renew=False)
        _check_status(self._plan.name, answer, read)
        return answer.status_code, read


def _headers(key: str, body: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {
        "Idempotency-Key": key,
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": "gzip",
        "Content-Digest": f"sha-256=:{digest}:",
        "Accept": "application/json",
    }


def batch_key(identity: str, first: int, last: int) -> str:
    """The batch's idempotency key, the same whenever it is sent."""
    return f"probe-{identity}-{first}-{last}"


def ndjson(rows: Sequence[Spooled]) -> bytes:
    """One JSON object a line, the same bytes whenever they are made. Values are text, so that none is a double."""
    return b"".join(msgspec.json.encode(_line(row)) + b"\n" for row in rows)


def _line(row: Spooled) -> dict[str, str]:
    reading = row.reading
    return {
        "unit": reading.unit,
        "data_code": reading.data_code,
        "granularity": GRANULARITY,
        "start": _beijing(reading.start),
        "value": f"{reading.value:f}",
        "version": _beijing(reading.written_at),
        "origin": reading.origin,
    }


def _beijing(moment: dt.datetime) -> str:
    return moment.astimezone(BEIJING).isoformat()


async def _bounded(answer: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in answer.aiter_bytes():
        read += chunk
        if len(read) > RECEIPT_BYTES_MAX:
            raise SourceMalformed(
                f"{answer.request.url.host}: an answer of more than {RECEIPT_BYTES_MAX} bytes"
            )
    return bytes(read)


def _check_status(name: str, answer: httpx.Response, read: bytes) -> None:
    status = answer.status_code
    if status in (httpx.codes.OK, httpx.codes.CREATED):
        return
    said = f"{name}: status {status}: {read[:DETAIL_CHARACTERS_MAX].decode('utf-8', 'replace')}"
    if status in TRY_AGAIN or answer.is_server_error:
        raise TryLater(said, _retry_after(answer))
    raise SourceRefused(said)


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _receipt(name: str, status: int, answer: bytes) -> Receipt:
    try:
        return msgspec.json.decode(answer, type=Receipt)
    except msgspec.MsgspecError as fault:
        raise SourceMalformed(f"{name}: status {status} without a receipt: {fault}") from fault


def _refusal(rows: Sequence[Spooled], rejected: Rejected) -> Refusal:
    row = rows[rejected.row - 1] if 1 <= rejected.row <= len(rows) else None
    return Refusal(row, rejected.code, rejected.why[:DETAIL_CHARACTERS_MAX])


def _unnamed(receipt: Receipt) -> list[Refusal]:
    """One more refusal for all those a receipt counts and does not name."""
    count = receipt.rejected_count - len(receipt.rejected)
    why = f"{count} more rows of batch {receipt.batch} were refused; the hub's ledger names them"
    return [Refusal(None, "more-rows-refused", why)] if count > 0 else []


UPLINK = UplinkKind("nengshu", NengshuUplink)
