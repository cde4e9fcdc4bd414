"""Writes one judged batch: current values, what they replace, verdicts, rejections and the ledger's row.

All in one transaction, the batch row last. How a row's fate is decided stands in `sql/judge_fates.sql`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import Conflict
from graph.model.period import UTC
from graph.model.sync_run import REJECTED_NAMED_MAX, Receipt
from graph.model.verdict import Rejection
from graph.ports import Judged
from hub.stores.readings.database import Database
from hub.stores.readings.statements import run

IDS_PER_BATCH = 2**32  # more rows than a batch can have, so that ids of rows never meet
GENESIS = "0" * 64  # the head before the first batch
MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the store keeps UTC without a zone

_BATCH_COLUMNS = (
    "id", "source", "key", "digest", "received_at", "province", "region", "unit", "rows", "accepted",
    "duplicate", "corrected", "superseded", "rejected", "suspect", "head",
)  # fmt: skip


@dataclass(frozen=True)
class _Last:
    batch: int
    head: str
    received_at: dt.datetime


class BatchWriter:
    """The one door into the readings file (graph.ports.BatchSink)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(self, batch: Judged) -> Receipt:
        """Write the batch, or return the receipt its key got before. Durable when this returns."""
        with self._database.writing() as cursor:
            known = find_receipt(cursor, batch.source, batch.key, batch.digest)
            if known is not None:
                return known
            last = _last(cursor)
            number = last.batch + 1
            received = max(_naive(batch.received_at), last.received_at + MICROSECOND)
            counts = _write_rows(cursor, batch, number, received)
            _write_rejections(cursor, batch.rejections, number)
            row = _ledger_row(batch, number, received, counts, last.head)
            placeholders = ", ".join(f"${name}" for name in _BATCH_COLUMNS)
            cursor.execute(f"INSERT INTO batch VALUES ({placeholders})", row)  # noqa: S608 - names of ours
        named = batch.rejections.sort_by([("row", "ascending"), ("code", "ascending")]).slice(
            0, REJECTED_NAMED_MAX
        )
        return _receipt(row, named.to_pylist())

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt this key got before, None when it is new. Raises Conflict for another digest."""
        with self._database.reading() as cursor:
            return find_receipt(cursor, source, key, digest)


def find_receipt(cursor: duckdb.DuckDBPyConnection, source: str, key: str, digest: str) -> Receipt | None:
    """The receipt of (source, key). Raises Conflict when the key stood for other bytes."""
    question = f"SELECT {', '.join(_BATCH_COLUMNS)} FROM batch WHERE source = $source AND key = $key"  # noqa: S608 - names of ours
    found = cursor.execute(question, {"source": source, "key": key}).fetchone()
    if found is None:
        return None
    row = dict(zip(_BATCH_COLUMNS, found, strict=True))
    if row["digest"] != digest:
        raise Conflict(f"{source} used the key {key!r} before for other bytes (batch {row['id']})")
    rejected = cursor.execute(
        "SELECT row, code, why, raw FROM rejection WHERE batch_id = $batch ORDER BY row, id LIMIT $most",
        {"batch": row["id"], "most": REJECTED_NAMED_MAX},
    ).to_arrow_table()
    return _receipt(row, rejected.to_pylist())


def _write_rows(
    cursor: duckdb.DuckDBPyConnection, batch: Judged, number: int, received: dt.datetime
) -> dict[str, int]:
    if batch.table.num_rows == 0:
        return dict.fromkeys(("accepted", "duplicate", "corrected", "superseded", "suspect"), 0)
    low, high = _bounds(batch.table["start"])
    first_unit, last_unit = _bounds(batch.table["unit_id"])
    values = {
        "batch": number, "first_id": number * IDS_PER_BATCH, "received": _microseconds(received),
        "low": low, "high": high, "first_unit": first_unit, "last_unit": last_unit,
    }  # fmt: skip
    cursor.register("arrived", batch.table)
    cursor.register("judged_verdicts", batch.verdicts)
    for step in ("stage", "judge_fates", "keep_history", "write_current", "write_verdicts"):
        run(cursor, step, values)
    counted = run(cursor, "count_fates", values).to_arrow_table().to_pylist()[0]
    cursor.unregister("arrived")
    cursor.unregister("judged_verdicts")
    return {name: int(count) for name, count in counted.items()}


def _write_rejections(cursor: duckdb.DuckDBPyConnection, rejections: pa.Table, number: int) -> None:
    if rejections.num_rows == 0:
        return
    cursor.register("refused", rejections)
    run(cursor, "write_rejections", {"batch": number, "first_id": number * IDS_PER_BATCH})
    cursor.unregister("refused")


def _last(cursor: duckdb.DuckDBPyConnection) -> _Last:
    found = cursor.execute("SELECT id, head, received_at FROM batch ORDER BY id DESC LIMIT 1").fetchone()
    return _Last(*found) if found else _Last(0, GENESIS, _EPOCH)


def _ledger_row(
    batch: Judged, number: int, received: dt.datetime, counts: Mapping[str, int], head: str
) -> dict[str, Any]:
    rejected = batch.rejections.num_rows
    row: dict[str, Any] = {
        "id": number, "source": batch.source, "key": batch.key, "digest": batch.digest,
        "received_at": received, "province": batch.province, "region": batch.region, "unit": batch.unit,
        "rows": batch.table.num_rows + rejected, "rejected": rejected, **counts,
    }  # fmt: skip
    return {**row, "head": chained(head, row)}


def chained(head: str, row: Mapping[str, Any]) -> str:
    """The ledger's chain value after `row`: SHA-256 over the head before and the row's canonical JSON."""
    said = {name: str(value) for name, value in row.items() if name != "head"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()


def _receipt(row: Mapping[str, Any], rejections: list[dict[str, Any]]) -> Receipt:
    names = (
        "source",
        "key",
        "rows",
        "accepted",
        "duplicate",
        "corrected",
        "superseded",
        "suspect",
        "digest",
        "head",
    )
    return Receipt(
        batch=row["id"],
        received_at=row["received_at"].replace(tzinfo=UTC),
        rejected=tuple(Rejection(**refused) for refused in rejections),
        rejected_count=row["rejected"],
        **{name: row[name] for name in names},
    )


def _bounds(column: pa.ChunkedArray) -> tuple[Any, Any]:
    found = pc.min_max(column)
    return found["min"].as_py(), found["max"].as_py()


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _microseconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // MICROSECOND
