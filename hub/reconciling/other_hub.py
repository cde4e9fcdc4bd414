"""Readings that the other hub lacks, handed to it: what a province lost, or what the hub above never kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import pyarrow as pa

from edge_probe.hub_client import ARROW, Batch, HubClient, Receipt
from graph.model.sync_run import Link
from hub.pushing import LinkBearer
from provincial_adapters import Means

KEY_DIGITS = 16  # of a digest


@dataclass(frozen=True)
class OtherHub:
    """The hub at the other end of a link, as one that takes batches."""

    link: Link
    means: Means

    async def give(self, rows: pa.Table, began: dt.datetime) -> Receipt:
        """Hand readings (EXCHANGED) over, under a key that names them and the reconciliation. Raises SourceError."""
        body = packed(rows)
        key = f"{self.link.key}:given:{moment(began)}:{hashlib.sha256(body).hexdigest()[:KEY_DIGITS]}"
        bearer = LinkBearer(self.means, self.link)
        above = HubClient(f"link {self.link.key}", self.link.address, bearer, self.means.client)
        return await above.send(Batch(key, body, ARROW))


def packed(rows: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def moment(at: dt.datetime) -> str:
    """As a key names it."""
    return f"{at:%Y%m%dT%H%M%S%f}"
