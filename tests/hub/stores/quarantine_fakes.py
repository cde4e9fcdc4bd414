"""Deliveries whose rows are to wait, their receipts, and the quarantine of a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from graph.model.drift import ColumnDrift, DriftKind
from graph.model.quarantine import Kept
from graph.model.reading import Arrived, no_rejections
from graph.model.sync_run import Link, Receipt
from graph.model.verdict import Rejection
from graph.ports import RAW_ROW, Delivery
from hub.stores.quarantine.bounds import Bounds
from hub.stores.quarantine.files import Folder
from hub.stores.quarantine.quarantine import Quarantine
from hub.stores.registry.registry import Registry
from hub.stores.registry.waiting_rows import NewFile
from tests.hub.stores.registry_fakes import NOON, REGIONS, WHO, StillClock, link, migrated, region

MISSING = ColumnDrift("时间", DriftKind.MISSING)
NEW = ColumnDrift("备注", DriftKind.NEW, "string")
ROOMY = Bounds(10**9, 10**9, 90)
MINUTE = dt.timedelta(minutes=1)


def raw_of(*texts: str) -> pa.Table:
    """Rows of one column as they came, numbered from 2 as lines below a header."""
    return pa.table({RAW_ROW: pa.arange(2, 2 + len(texts)).cast(pa.int32()), "值": list(texts)})


def delivery_of(
    key: str, *texts: str, drift: Sequence[ColumnDrift] = (), link: str = "trial", raw: pa.Table | None = None
) -> Delivery:
    """A delivery of such rows."""
    whole = raw_of(*texts) if raw is None else raw
    nothing = Arrived(pa.table({}), no_rejections())
    return Delivery(f"link:{link}", key, key, nothing, raw=whole, drift=tuple(drift))


def receipt_of(
    delivery: Delivery, batch: int, refused: Sequence[int] = (), more: int = 0, at: dt.datetime = NOON
) -> Receipt:
    """A receipt that names these rows as refused, and counts `more` of them."""
    rejected = tuple(Rejection(row, "not-a-number", "came viel", "viel") for row in refused)
    rows = 0 if delivery.raw is None else delivery.raw.num_rows
    return Receipt(
        batch, delivery.source, delivery.key, at, rows, rows - len(refused) - more, 0, 0, 0, 0, delivery.digest, "head",
        rejected, len(refused) + more,
    )  # fmt: skip


def drifted(link: Link) -> tuple[Delivery, Receipt, NewFile]:
    """What a registry is told of a delivery without its time."""
    delivery = delivery_of(f"{link.key}-1", "5", drift=[MISSING], link=link.key)
    return delivery, receipt_of(delivery, 1), NewFile(f"file-of-{link.key}", 100, 1)


@contextmanager
def quarantine_in(
    folder: Path, bounds: Bounds = ROOMY, at: dt.datetime = NOON
) -> Iterator[tuple[Quarantine, Registry, Link]]:
    """A quarantine with its registry, and a link of it; a folder that was opened before is opened again."""
    engine = migrated(folder / "registry.db")
    registry = Registry(engine, StillClock(at))
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    registry.upsert("link", [link(), link("mimic", province="980000")], WHO)
    (own,) = (each for each in registry.links() if each.key == "trial")
    rows, clock = registry.waiting_rows, StillClock(at)
    yield Quarantine(Folder(folder / "quarantine"), rows, clock, bounds), registry, own
    registry.close()


def files(folder: Path) -> list[str]:
    """What lies in the quarantine."""
    return sorted(path.name for path in (folder / "quarantine").iterdir())


def keep(kept: Quarantine, link: Link, key: str, batch: int, *texts: str) -> Kept:
    """Keep a delivery whose mapped time is missing."""
    delivery = delivery_of(key, *texts, drift=[MISSING])
    return kept.keep(link, delivery, receipt_of(delivery, batch, at=NOON + batch * MINUTE))
