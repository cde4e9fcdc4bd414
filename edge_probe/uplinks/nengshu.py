"""Hands readings to a hub of this project: NDJSON batches that can be sent twice and count once.

Source: the batch protocol of this project, spoken by edge_probe/hub_client.py. The key of a batch is made from the
spool's own name and the numbers of its first and last row, so that a batch sent again after a lost reply is the same
batch.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import msgspec

from edge_probe.hub_client import DETAIL_CHARACTERS_MAX, Batch, HubClient, Receipt, Rejected
from edge_probe.hub_digests import HubDigests
from edge_probe.hub_lines import packed
from edge_probe.readings import Spooled
from edge_probe.uplink_ports import Pace, Refusal, Tokens, UplinkKind, UplinkMeans
from graph.errors import ConfigurationError, SourceMalformed
from graph.model.period import BEIJING
from graph.model.probe_span import ProbeSpan

FORM = 2  # how a batch's bytes are made of its rows: made otherwise, they must not go under a key they went under before
PACE = Pace(
    rows_max=10_000
)  # 90 kB packed, 2 MB unpacked: a hub takes more; a small box packs it in a second


@dataclass(frozen=True)
class _Ready:
    """A body made before its turn."""

    key: str
    rows: int
    body: bytes

    def of(self, key: str, rows: Sequence[Spooled]) -> bool:
        """Whether it is these rows': deleted ones change the ends or the number."""
        return (self.key, self.rows) == (key, len(rows))


class NengshuUplink:
    """One hub of this project that the probe hands its readings to."""

    def __init__(
        self, name: str, url: str, tokens: Tokens, identity: str, client: httpx.AsyncClient, unit: str = ""
    ) -> None:
        self._name, self._identity, self._unit = name, identity, unit
        self._hub = HubClient(name, url, tokens, client)
        self._ready: _Ready | None = None

    async def opens(self, _oldest: dt.datetime, /) -> dt.datetime | None:
        """At once: a hub takes batches at any time."""
        return None

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Send one batch; its refused rows once the hub has it.

        Raises SourceUnreachable (try again), SourceRefused (a person is needed) or SourceMalformed.
        """
        key = batch_key(self._identity, rows)
        ready, self._ready = self._ready, None
        body = ready.body if ready and ready.of(key, rows) else await asyncio.to_thread(packed, rows)
        receipt = await self._hub.send(Batch(key, body, encoding="gzip"))
        if receipt.rows != len(rows):
            raise SourceMalformed(f"{self._name}: sent {len(rows)} rows, came a receipt for {receipt.rows}")
        return [*(_refusal(rows, rejected) for rejected in receipt.rejected), *_unnamed(receipt)]

    async def pack(self, rows: Sequence[Spooled]) -> None:
        """Make the body of what probably goes next."""
        key = batch_key(self._identity, rows)
        self._ready = _Ready(key, len(rows), await asyncio.to_thread(packed, rows))

    async def report(self, spans: Sequence[ProbeSpan]) -> None:
        """Tell the hub when the probe ran, when not, and when meters gave nothing. Raises as `send` does."""
        await self._hub.report(report_of(self._unit, spans))


def report_of(unit: str, spans: Sequence[ProbeSpan]) -> bytes:
    """What `POST /sync/v1/health` takes."""
    told = [
        {
            "kind": span.kind.value,
            "from": _beijing(span.begins),
            "to": _beijing(span.ends),
            "what": span.what,
            "dataCode": span.data_code,
        }
        for span in spans
    ]
    return msgspec.json.encode({"unit": unit, "spans": told})


def batch_key(identity: str, rows: Sequence[Spooled]) -> str:
    """The batch's idempotency key, the same whenever it is sent; of what goes once more another, or nothing is booked.

    What an earlier version had on its way is another batch: a hub knows its rows, and takes no other bytes under its key.
    """
    first, last = rows[0], rows[-1]
    if first.again:
        return f"probe-{identity}-again-{first.again}-{last.again}-{FORM}"
    return f"probe-{identity}-{first.sequence}-{last.sequence}-{FORM}"


def _beijing(moment: dt.datetime) -> str:
    return moment.astimezone(BEIJING).isoformat()


def _refusal(rows: Sequence[Spooled], rejected: Rejected) -> Refusal:
    row = rows[rejected.row - 1] if 1 <= rejected.row <= len(rows) else None
    return Refusal(row, rejected.code, rejected.why[:DETAIL_CHARACTERS_MAX])


def _unnamed(receipt: Receipt) -> list[Refusal]:
    """One more refusal for all those a receipt counts and does not name."""
    count = receipt.rejected_count - len(receipt.rejected)
    why = f"{count} more rows of batch {receipt.batch} were refused; the hub's ledger names them"
    return [Refusal(None, "more-rows-refused", why)] if count > 0 else []


def _reached(means: UplinkMeans) -> NengshuUplink:
    return NengshuUplink(
        means.plan.name, means.plan.url, _tokens(means), means.identity, means.client, str(means.config.unit)
    )


def _compared(means: UplinkMeans) -> HubDigests:
    name = means.plan.name
    return HubDigests(name, HubClient(name, means.plan.url, _tokens(means), means.client))


def _tokens(means: UplinkMeans) -> Tokens:
    if means.tokens is None:
        raise ConfigurationError(means.plan.name, ["a hub asks for a credential"])
    return means.tokens


UPLINK = UplinkKind("nengshu", _reached, pace=PACE, compares=_compared)
