"""The ledger's rows, chained each to the one before it, and the receipts that are made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from graph.errors import Conflict
from graph.model.period import UTC
from graph.model.sync_run import REJECTED_NAMED_MAX, Receipt
from graph.model.verdict import Rejection
from graph.ports import Judged
from hub.stores.readings.arriving import Numbered
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.statements import run

GENESIS = "0" * 64  # the head before the first batch

LEDGER = pa.schema(
    [
        ("id", pa.int32()),
        *((name, pa.string()) for name in ("source", "key", "digest")),
        ("received_at", pa.timestamp("us")),
        *((name, pa.string()) for name in ("province", "region", "unit")),
        *((n, pa.int32()) for n in ("rows", "accepted", "duplicate", "corrected", "superseded", "rejected", "suspect")),
        ("head", pa.string()),
    ]
)  # fmt: skip


def known_rows(
    cursor: duckdb.DuckDBPyConnection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """The ledger's rows of these (source, key), of those it has."""
    if len(keys) == 1:
        [(source, key)] = keys
        found = run(cursor, "receipt", {"source": source, "key": key}).to_arrow_table().to_pylist()
    else:
        asked = pa.table({"source": [source for source, _ in keys], "key": [key for _, key in keys]})
        with registered(cursor, asked_keys=asked):
            found = run(cursor, "receipts").to_arrow_table().to_pylist()
    return {(row["source"], row["key"]): row for row in found}


def receipt_again(cursor: duckdb.DuckDBPyConnection, row: Mapping[str, Any], digest: str) -> Receipt:
    """The receipt of a batch that is in the ledger. Raises Conflict when its key stood for other bytes."""
    if row["digest"] != digest:
        raise Conflict(
            f"{row['source']} used the key {row['key']!r} before for other bytes (batch {row['id']})"
        )
    rejected = cursor.execute(
        "SELECT row, code, why, raw FROM rejection WHERE batch_id = $batch ORDER BY row, id LIMIT $most",
        {"batch": row["id"], "most": REJECTED_NAMED_MAX},
    ).to_arrow_table()
    return receipt_of(row, rejected.to_pylist(), repeated=True)


def ledger_row(member: Numbered, counts: Mapping[str, int]) -> dict[str, Any]:
    batch = member.batch
    rejected = batch.rejections.num_rows
    return {
        "id": member.number, "source": batch.source, "key": batch.key, "digest": batch.digest,
        "received_at": member.received, "province": batch.province, "region": batch.region, "unit": batch.unit,
        "rows": batch.table.num_rows + rejected, "rejected": rejected, **counts,
    }  # fmt: skip


def chained(head: str, row: Mapping[str, Any]) -> str:
    """The ledger's chain value after `row`: SHA-256 over the head before and the row's canonical JSON."""
    said = {name: str(value) for name, value in row.items() if name != "head"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()


def named_in(batch: Judged) -> list[dict[str, Any]]:
    """The refused rows a receipt names."""
    if batch.rejections.num_rows == 0:
        return []
    by_place = batch.rejections.sort_by([("row", "ascending"), ("code", "ascending")])
    named: list[dict[str, Any]] = by_place.slice(0, REJECTED_NAMED_MAX).to_pylist()
    return named


def receipt_of(
    row: Mapping[str, Any], rejections: list[dict[str, Any]], *, repeated: bool = False
) -> Receipt:
    """A receipt out of a row of the ledger."""
    names = (
        "source", "key", "rows", "accepted", "duplicate", "corrected", "superseded", "suspect", "digest", "head",
    )  # fmt: skip
    return Receipt(
        batch=row["id"],
        received_at=row["received_at"].replace(tzinfo=UTC),
        rejected=tuple(Rejection(**refused) for refused in rejections),
        rejected_count=row["rejected"],
        repeated=repeated,
        **{name: row[name] for name in names},
    )
