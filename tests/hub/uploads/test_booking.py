"""What is booked of an upload needs no more disk than uploads may have, and waits where that is not there."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.model.sync_run import Receipt
from graph.ports import Delivery
from hub.uploads.booking import Booking
from hub.uploads.staging import Bounds, NoRoom, Staging
from hub.uploads.upload import Asked, State
from provincial_adapters.nengshu_batches import PARQUET
from tests.hub.uploads.test_staging import Hand

BOUNDS = Bounds(bytes_max=1_000_000, uploads_max=5, each_max=5, free_bytes_min=0, age_s=3600)
ROW = {
    "unit": "91970000MA05TEEL1J", "data_code": "0000000002330011", "granularity": "day",
    "start": "2026-11-01T00:00:00+08:00", "value": "1",
}  # fmt: skip


def take(delivery: Delivery) -> Receipt:
    """All of its rows, as new ones."""
    rows, at = delivery.arrived.rows, Hand().now()
    return Receipt(1, delivery.source, delivery.key, at, rows, rows, 0, 0, 0, 0, delivery.digest, "head")


def test_what_would_fill_the_disk_as_it_is_unpacked_waits_until_there_is_room(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "uploads", BOUNDS, Hand())
    pq.write_table(pa.Table.from_pylist([ROW]), sink := io.BytesIO())
    made, _ = staging.create(Asked("jia", "k", PARQUET, "gzip", None, "970000", None), None)
    with staging.appending(made, None) as part:
        part.write(gzip.compress(sink.getvalue()))
        whole = part.complete()
    staging.bounds = replace(BOUNDS, free_bytes_min=2**62)
    with pytest.raises(NoRoom, match="of disk would be left"):
        Booking(staging, whole, take).step()
    assert not staging.scratch(whole).exists()
    assert staging.whole() == [whole]
    staging.bounds = BOUNDS
    booking = Booking(staging, whole, take)
    while booking.step():
        pass
    assert (booking.upload.state, booking.booked.accepted) == (State.DONE, 1)
