"""Batches of registry rows (登记批次), each written with its rows in one transaction; who asks again gets its receipt."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from graph.errors import Conflict, NotFound
from graph.model.principal import NATION, Reach
from graph.model.region import DivisionTree
from graph.model.registry_receipt import FieldChange, RegistryReceipt
from graph.model.sync_run import REJECTED_NAMED_MAX
from graph.model.verdict import Rejection
from graph.ports import Clock
from hub.stores.registry import cells
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.exchange_tables import T
from hub.stores.registry.known import Place, place_of
from hub.stores.registry.receiving import Outcome, receive
from hub.stores.registry.writes import Settle, as_it_came, holds

NOUN = "received_batch"
GENESIS = "0" * 64  # the head before the first batch
_TABLE = T[NOUN]


@dataclass(frozen=True)
class RegistryBatch:
    """A batch on its way in: who sent it, under which key, its bytes' digest, and its rows by their places.

    `refused` could not be read. `reach` bounds what it may speak of; `settle` makes of what stands and a row what is to be
    written.
    """

    source: str
    key: str
    digest: str
    kind: str
    rows: list[tuple[int, Mapping[str, Any]]]
    refused: list[Rejection]
    reach: Reach = NATION
    settle: Settle = as_it_came


class ReceivedBatches:
    """The batches of registry rows that came, and the one way in for them."""

    def __init__(self, engine: Engine, clock: Clock, tree: DivisionTree) -> None:
        self._engine, self._clock, self._tree = engine, clock, tree

    def receipt(self, source: str, key: str, digest: str, kind: str | None) -> RegistryReceipt | None:
        """The receipt this key got before. Raises Conflict where it stood for other bytes, or for another kind of rows."""
        with reading(self._engine) as connection:
            return _again(connection, source, key, digest, kind)

    def take(self, batch: RegistryBatch) -> RegistryReceipt:
        """Write the good rows with the receipt, durable when this returns; a twin gets the receipt of the first.

        Raises Conflict as `receipt` does, StoreError when nothing was written.
        """
        with writing(self._engine) as connection:
            known = _again(connection, batch.source, batch.key, batch.digest, batch.kind)
            if known is not None:
                return known
            author = Author(cells.words()(batch.source), self._clock.now())
            outcome = receive(
                connection, author, batch.kind, batch.rows, self._tree, batch.reach, batch.settle
            )
            return _kept(connection, author, batch, outcome)

    def numbered(self, number: int, asker: str, reach: Reach | None) -> RegistryReceipt:
        """A batch by its number: one that the asker sent, or one that lies within `reach`. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.id == number)).mappings().first()
        if row is not None and (row["source"] == asker or (reach is not None and _lies_within(row, reach))):
            return _receipt(row)
        raise NotFound(f"no batch {number} of registry rows within reach")


def _lies_within(row: RowMapping, reach: Reach) -> bool:
    return reach.is_national or holds(reach, Place(row["province"], row["region"], row["unit"]))


def _again(
    connection: Connection, source: str, key: str, digest: str, kind: str | None
) -> RegistryReceipt | None:
    wanted = select(_TABLE).where(_TABLE.c.source == source, _TABLE.c.key == key)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        return None
    if (row["digest"], row["kind"]) != (digest, kind):
        what = f"other bytes or another kind (batch {row['id']} of {row['kind']} rows)"
        raise Conflict(f"{source} used the key {key!r} before for {what}")
    return _receipt(row, repeated=True)


def _kept(connection: Connection, author: Author, batch: RegistryBatch, outcome: Outcome) -> RegistryReceipt:
    """The row of a batch with its receipt, chained to the one before it."""
    place, said = place_of(batch.reach), _said(batch, outcome)
    last = select(_TABLE.c.head).order_by(_TABLE.c.id.desc()).limit(1)
    row = {
        "source": batch.source, "key": batch.key, "digest": batch.digest, "kind": batch.kind,
        "received_at": author.at, "receipt": orjson.dumps(said).decode(),
        "head": connection.execute(last).scalar() or GENESIS,
        "province": place.province, "region": place.region, "unit": place.unit,
    }  # fmt: skip
    number: int = connection.execute(insert(_TABLE).values(row).returning(_TABLE.c.id)).scalar_one()
    row |= {"id": number}
    row["head"] = _chained(row)
    connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(head=row["head"]))
    told = {"kind": batch.kind, "digest": batch.digest} | {
        name: said[name] for name in ("rows", "accepted", "corrected", "duplicate", "rejected_count")
    }
    record(connection, author, NOUN, [Change((batch.source, batch.key), None, told, place)])
    return _receipt(row)


def _said(batch: RegistryBatch, outcome: Outcome) -> dict[str, Any]:
    """What a receipt says beside the batch's own columns."""
    refused = sorted((*batch.refused, *outcome.refused), key=lambda found: found.row)
    return {
        "rows": len(batch.rows) + len(batch.refused),
        "accepted": outcome.added,
        "corrected": outcome.changed,
        "duplicate": outcome.same,
        "rejected_count": len(batch.refused) + outcome.refused_count,
        "rejected": [(found.row, found.code, found.why) for found in refused[:REJECTED_NAMED_MAX]],
        "changes_count": outcome.changes_count,
        "changes": [asdict(change) for change in outcome.changes],
    }


def _chained(row: Mapping[str, Any]) -> str:
    """The chain's value after a row whose `head` is the one before it."""
    said = {name: str(value) for name, value in sorted(row.items()) if name != "head"}
    return hashlib.sha256(f"{row['head']}\n".encode() + orjson.dumps(said)).hexdigest()


def _receipt(row: RowMapping | Mapping[str, Any], *, repeated: bool = False) -> RegistryReceipt:
    said = orjson.loads(row["receipt"])
    at: dt.datetime = row["received_at"]
    return RegistryReceipt(
        **{name: row[name] for name in ("source", "key", "kind", "digest", "head")},
        **{name: said[name] for name in ("rows", "accepted", "corrected", "duplicate", "rejected_count")},
        batch=row["id"],
        received_at=at,
        rejected=tuple(Rejection(row, code, why) for row, code, why in said["rejected"]),
        changes=tuple(FieldChange(**change) for change in said["changes"]),
        changes_count=said["changes_count"],
        repeated=repeated,
    )
