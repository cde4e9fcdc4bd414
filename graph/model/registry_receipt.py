"""Receipts of batches that held rows of the registry: what became of each, and which fields of what stood are others now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from graph.model.verdict import Rejection

CHANGES_NAMED_MAX = (
    1_000  # differences a receipt names: more is a page of the audit, not an answer to a sender
)


@dataclass(frozen=True)
class FieldChange:
    """One field of a row that stood and was changed (字段差异); `key` is the row's, as the audit writes it."""

    row: int
    key: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RegistryReceipt:
    """What became of a batch of registry rows (登记批次回执): accepted + corrected + duplicate + rejected = rows.

    `accepted` rows are new, `corrected` changed what stood, `duplicate` said what stood. `rejected` and `changes` name
    the first of theirs, the counts count all. `head` is the chain of such batches after this one.
    """

    batch: int
    source: str
    key: str
    kind: str
    received_at: dt.datetime
    rows: int
    accepted: int
    corrected: int
    duplicate: int
    digest: str
    head: str
    rejected: tuple[Rejection, ...] = ()
    rejected_count: int = 0
    changes: tuple[FieldChange, ...] = ()
    changes_count: int = 0
    repeated: bool = field(default=False, compare=False)
