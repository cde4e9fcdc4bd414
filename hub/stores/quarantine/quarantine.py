"""The quarantine (隔离区): what of a delivery could not be booked is kept as it came, once, and within bounds.

The file comes first and its row in the registry after it, both before the run that brought it is updated. Killed in
between, the next run brings the delivery again, and its file is written over itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import StoreError
from graph.model.access_device import DayOfDevice
from graph.model.credit_code import CreditCode
from graph.model.drift import ColumnDrift
from graph.model.quarantine import Kept, Quarantined
from graph.model.sync_run import Link, Receipt
from graph.ports import RAW_ROW, Clock, Delivery
from hub.stores.quarantine.bounds import Bounds, NoRoom
from hub.stores.quarantine.files import Folder, name_of
from hub.stores.registry.held_rows import DaysOf, is_growing, said
from hub.stores.registry.waiting_rows import NewFile, WaitingRows

FEW_ROWS = (
    100  # of a device at once: a day of its points, which as a file of their own would be mostly its frame
)


def uncounted(_numbers: Collection[int]) -> Sequence[DayOfDevice]:
    """No days: the rows are no part of what a device is judged by."""
    return ()


@dataclass(frozen=True)
class Quarantine:
    """Keeps rows that wait. Implements graph.ports.Quarantine."""

    folder: Folder
    rows: WaitingRows
    clock: Clock
    bounds: Bounds

    def keep(self, link: Link, delivery: Delivery, receipt: Receipt) -> Kept:
        """Keep what of a delivery is to wait, and its drift. Raises StoreError where there is no room."""
        wait = to_keep(delivery, receipt)
        if wait is None and not delivery.drift:
            return Kept()
        file, waiting = None, 0
        if wait is not None:
            name, known = self._known(delivery, receipt, wait)
            waiting = wait.num_rows if known is None else known.waiting
            if known is None:
                file = self._written(link, name, wait)
            else:
                self.rows.came_again(known, receipt, delivery.written_at)
        return Kept(waiting, self.rows.add(link, delivery, receipt, file))

    def hold(self, link: Link, unit: CreditCode, rows: pa.Table, days: DaysOf = uncounted) -> bool:
        """Keep rows of a device until they can be booked; whether any was not there yet. Raises StoreError.

        Durable when this returns. The same rows sent again while they wait are kept once, and counted once in its days.
        """
        source, content = f"{link.source}:{unit}", content_of(rows)
        name = name_of(source, content)
        while (known := self.rows.find(name)) is not None and not known.is_whole:
            name = name_of(source, f"{content}:{known.id}")  # they were booked, and have to wait anew
        if known is not None:
            return False
        counted = days(rows[RAW_ROW].to_pylist())
        self.rows.add_of_device(link, str(unit), self._written(link, name, rows, str(unit)), counted)
        return True

    def hold_few(self, link: Link, unit: CreditCode, rows: pa.Table, days: DaysOf = uncounted) -> bool:
        """The same of few rows, of which none changes what another says: they are kept beside those before them.

        A row that comes again while it waits is kept once, whatever comes beside it.
        """
        came = said(rows)
        if new := self.rows.not_held(link, str(unit), came):
            self._make_room(link, sum(row.bytes for row in new), str(unit))
        return self.rows.add_rows(link, str(unit), came, days)

    def _known(self, delivery: Delivery, receipt: Receipt, wait: pa.Table) -> tuple[str, Quarantined | None]:
        """What the file of these rows is called, and that file if it is there.

        A source may say the same rows in each run: as long as all of them wait they are kept once. Rows that a replay
        booked, or a person gave up, and that come anew and are refused again, wait anew.
        """
        name = name_of(delivery.source, content_of(wait))
        known = self.rows.find(name)
        if known is None or known.is_whole or receipt.batch <= known.batch:
            return name, known
        name = name_of(delivery.source, delivery.key)
        return name, self.rows.find(name)

    def settle(self, link: Link, seen: Collection[ColumnDrift], who: str) -> None:
        """Settle what is open of a link's drift and was not seen in a whole run."""
        self.rows.settle_drift(link, seen, who)

    def waiting(self, link: Link) -> list[Quarantined]:
        """What waits of a link, in the order it came."""
        return self.rows.waiting(link)

    def raw(self, file: Quarantined) -> pa.Table:
        """The rows of a file as they came, with their numbers. Raises StoreError."""
        return self.rows.rows_of(file) if is_growing(file) else self.folder.read(file.name)

    def clean(self) -> int:
        """Remove files that nobody knows, and settled ones that are old; how many. For who owns the folder."""
        old = self.rows.settled_before(self.clock.now() - dt.timedelta(days=self.bounds.days))
        for file in old:
            self._sweep(file)
        return len(old) + self.folder.clean(self.rows.names())

    def _written(self, link: Link, name: str, wait: pa.Table, unit: str | None = None) -> NewFile:
        part, size = self.folder.prepare(name, wait)
        try:
            self._make_room(link, size, unit)
        except StoreError:
            part.unlink()
            raise
        self.folder.put(name, part)
        return NewFile(name, size, wait.num_rows)

    def _make_room(self, link: Link, size: int, unit: str | None) -> None:
        """Let what was settled first go until `size` more bytes fit. Raises NoRoom."""
        bounds: list[tuple[Link | None, str | None, int, str]] = [
            (link, None, self.bounds.link_bytes_max, f"of link {link.key}"),
            (None, None, self.bounds.bytes_max, "in all"),
        ]
        if unit is not None:
            bounds.insert(0, (link, unit, self.bounds.device_bytes_max, f"of the device of {unit}"))
        for whose, device, most, of in bounds:
            kept = self.rows.bytes_kept(whose, device)
            for file in self.rows.settled(whose, device) if kept + size > most else ():
                self._sweep(file)
                kept -= file.bytes
                if kept + size <= most:
                    break
            if kept + size > most:
                raise NoRoom(
                    f"quarantine is full: {kept} bytes {of} wait and {size} more came, at most {most} are kept; "
                    f"{_remedy(link, unit)}, or raise the bound"
                )

    def _sweep(self, file: Quarantined) -> None:
        """Its row says so first: killed in between, the file is one that nobody knows."""
        self.rows.sweep(file.id)
        if not is_growing(file):
            self.folder.remove(file.name)


def _remedy(link: Link, unit: str | None) -> str:
    if unit is None:
        return f"mend the mapping and `nengshu replay {link.key}`"
    return f"decide of the device with `nengshu device approve {unit}` and map its points"


def content_of(rows: pa.Table) -> str:
    """A digest of what rows say, wherever they stood in their source."""
    said, sink = rows.drop_columns([RAW_ROW]).combine_chunks(), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, said.schema) as out:
        out.write_table(said)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def to_keep(delivery: Delivery, receipt: Receipt) -> pa.Table | None:
    """The rows of a delivery that are to wait; None where there are none, or where they came in no form of their own.

    All of them where a mapped column is missing or cannot be read, or where more were refused than the receipt names: rows
    that were booked are duplicates when they are replayed.
    """
    raw = delivery.raw
    if raw is None or raw.num_rows == 0:
        return None
    is_more = receipt.rejected_count > len(receipt.rejected)
    if is_more or any(each.keeps_rows_out for each in delivery.drift):
        return raw
    numbers = pa.array(sorted({refused.row for refused in receipt.rejected}), pa.int32())
    wait = raw.filter(pc.is_in(raw[RAW_ROW], value_set=numbers))
    return wait if wait.num_rows else None
