"""Receipts in the words of the protocol: of a batch of readings, of one of registry rows, of all batches of an upload."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from graph.model.period import BEIJING
from graph.model.registry_receipt import RegistryReceipt
from graph.model.sync_run import Receipt
from hub.uploads.upload import Booked


def receipted(receipt: Receipt | RegistryReceipt, status: int) -> Response:
    """The answer that is a receipt."""
    return Response(orjson.dumps(receipt_body(receipt)), status, media_type="application/json")


def receipt_body(receipt: Receipt | RegistryReceipt) -> dict[str, Any]:
    """A receipt of one batch; of registry rows with their kind and the differences."""
    return {
        "batch": receipt.batch,
        "source": receipt.source,
        "key": receipt.key,
        "receivedAt": receipt.received_at.astimezone(BEIJING).isoformat(),
        **counts_of(receipt),
        **(_differences(receipt) if isinstance(receipt, RegistryReceipt) else {}),
        "digest": receipt.digest,
        "head": receipt.head,
    }


def counts_of(told: Receipt | RegistryReceipt | Booked) -> dict[str, Any]:
    """What became of the rows. Those of the registry have no versions and meet no rules: none is superseded or suspect."""
    superseded, suspect = (0, 0) if isinstance(told, RegistryReceipt) else (told.superseded, told.suspect)
    return {
        "rows": told.rows,
        "accepted": told.accepted,
        "duplicate": told.duplicate,
        "corrected": told.corrected,
        "superseded": superseded,
        "suspect": suspect,
        "rejectedCount": told.rejected_count,
        "rejected": [{"row": each.row, "code": each.code, "why": each.why} for each in told.rejected],
    }


def _differences(receipt: RegistryReceipt) -> dict[str, Any]:
    return {
        "kind": receipt.kind,
        "changesCount": receipt.changes_count,
        "changes": [
            {
                "row": each.row,
                "key": each.key,
                "field": each.field,
                "before": each.before,
                "after": each.after,
            }
            for each in receipt.changes
        ],
    }
