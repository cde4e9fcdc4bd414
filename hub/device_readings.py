"""Where the readings of access devices go.

What an approved device sends is booked at once. What one sends that waits for its province is kept in quarantine before it
is acknowledged, and judged as though its points were active, so that the province sees how good it is. Rows of an
approved device for points that are not active yet wait there, too. hub/device_booking.py books all of it when it may be.
"""

from __future__ import annotations

import datetime as dt
import threading
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import NengshuError
from graph.model.access_device import DayOfDevice, DeviceState
from graph.model.instrument import PointState
from graph.model.period import beijing_day
from graph.model.reading import Arrived
from graph.model.sync_run import REJECTED_NAMED_MAX, Receipt
from graph.model.verdict import Rejection
from graph.ports import (
    RAW_ROW,
    Clock,
    Delivery,
    Judged,
    ManyBatchSink,
    PointDirectory,
)
from hub.links import row_by_row
from hub.replaying import OPENED_LATER
from hub.stores.quarantine.bounds import NoRoom
from hub.stores.quarantine.quarantine import FEW_ROWS, Quarantine, uncounted
from hub.stores.registry.held_rows import DaysOf
from national_sync.intake import Intake
from national_sync.together import take_all
from provincial_adapters import Enrolled, Raw, Upload

TURNS = 64  # of devices that keep rows at once: more than there are writers
_WAITS = frozenset(OPENED_LATER.to_pylist())


@dataclass(frozen=True)
class DeviceReadings:
    """Where the readings of devices go (provincial_adapters._toolkit.devices.Deliver)."""

    intake: Intake
    sink: ManyBatchSink
    quarantine: Quarantine
    clock: Clock
    _turns: tuple[threading.Lock, ...] = field(
        default_factory=lambda: tuple(threading.Lock() for _ in range(TURNS))
    )

    def deliver_all(self, uploads: Sequence[Upload]) -> list[Receipt | NengshuError]:
        """`deliver` for each of them: those of approved devices are judged and written together."""
        approved = [place for place, each in enumerate(uploads) if each.device.state is DeviceState.APPROVED]
        taken = take_all(self.intake, self.sink, [uploads[place].delivery for place in approved])
        found = dict(zip(approved, taken, strict=True))
        return [self._outcome(each, found.get(place)) for place, each in enumerate(uploads)]

    def _outcome(self, upload: Upload, taken: Receipt | NengshuError | None) -> Receipt | NengshuError:
        try:
            if taken is None:
                return self.deliver(upload.device, upload.delivery, upload.raw)
            return taken if isinstance(taken, NengshuError) else self._with_waiting(upload, taken)
        except NengshuError as fault:
            return fault

    def deliver(self, device: Enrolled, delivery: Delivery, raw: Raw) -> Receipt:
        """Book what an approved device sent, let wait what another did; durable when it returns.

        Raises StoreError, and what the intake raises.
        """
        if device.state is DeviceState.APPROVED:
            return self._with_waiting(Upload(device, delivery, raw), self.intake.take(delivery))
        judged = as_though_active(self.intake).judge(delivery)
        if judged.table.num_rows == 0 and not _may_be_mended(judged):
            return self._refused_whole(delivery, judged)
        now = self.clock.now()
        self._hold(device, raw(), lambda rows: days_of(delivery.arrived, judged, now, rows))
        rows = delivery.arrived.rows
        return replace(self._receipt(delivery), waiting=rows)

    def _with_waiting(self, upload: Upload, receipt: Receipt) -> Receipt:
        """The receipt of an approved device's rows, as its device is answered; those of points that are not active yet wait.

        Where there is no room for them they are refused, as the ledger says: the others are stored, and a device that is
        told of a failure for months would get no further. Raises StoreError where they could not be kept for a reason that
        passes: sent again, they are kept.
        """
        wait = self._waiting(upload.delivery, receipt)
        if not wait:
            return receipt
        rows, device = upload.raw(), upload.device
        try:
            numbers = pa.array(wait, pa.int32())
            some = rows.filter(pc.is_in(rows[RAW_ROW], value_set=numbers))
            self._hold(device, some)
        except NoRoom:
            if receipt.rejected_count < receipt.rows:
                return receipt
            raise
        others = tuple(row for row in receipt.rejected if row.code not in _WAITS)
        waiting = min(len(wait), receipt.rejected_count)
        return replace(
            receipt, rejected=others, rejected_count=receipt.rejected_count - waiting, waiting=waiting
        )

    def _hold(self, device: Enrolled, rows: pa.Table, days: DaysOf = uncounted) -> None:
        """Keep rows until they can be booked; what one device sends twice at once is kept by one of both."""
        with self._turns[zlib.crc32(device.unit.text.encode()) % TURNS]:
            is_few = rows.num_rows <= FEW_ROWS and device.link.dialect in row_by_row()
            hold = self.quarantine.hold_few if is_few else self.quarantine.hold
            hold(device.link, device.unit, rows, days)

    def _waiting(self, delivery: Delivery, receipt: Receipt) -> list[int]:
        """The numbers of the refused rows that a province's word may mend; of very many a receipt does not name all."""
        if receipt.rejected_count == len(receipt.rejected):
            return [row.row for row in receipt.rejected if row.code in _WAITS]
        judged = self.intake.judge(delivery)
        found = judged.rejections
        mended: list[int] = found.filter(pc.is_in(found["code"], value_set=OPENED_LATER))["row"].to_pylist()
        if (
            found.num_rows < receipt.rejected_count
        ):  # a point was mapped since; what is stored already is a duplicate then
            mended += judged.table["row"].to_pylist()
        return mended

    def _refused_whole(self, delivery: Delivery, judged: Judged) -> Receipt:
        """Nothing of it could ever be booked: nothing is kept, and its device is told why."""
        first = judged.rejections.slice(0, REJECTED_NAMED_MAX).to_pylist()
        rejected = tuple(Rejection(**row) for row in first)
        return replace(self._receipt(delivery), rejected=rejected, rejected_count=judged.rejections.num_rows)

    def _receipt(self, delivery: Delivery) -> Receipt:
        counts = (delivery.arrived.rows, 0, 0, 0, 0, 0)
        return Receipt(0, delivery.source, delivery.key, self.clock.now(), *counts, delivery.digest, "")


@dataclass(frozen=True)
class AsThoughActive:
    """A directory (graph.ports.PointDirectory) in which what a device proposed is active."""

    directory: PointDirectory

    def points(self, units: Sequence[str]) -> pa.Table:
        """The points of these units."""
        points = self.directory.points(units)
        place = points.schema.get_field_index("state")
        states = points["state"].cast(pa.string())
        is_proposed = pc.equal(states, PointState.PROPOSED.value)
        active = pc.if_else(is_proposed, PointState.ACTIVE.value, states)
        return points.set_column(place, "state", active)


def as_though_active(intake: Intake) -> Intake:
    """An intake that judges by the points a unit will have once its province mapped those proposed. It is not to store."""
    return replace(intake, directory=AsThoughActive(intake.directory))


def _may_be_mended(judged: Judged) -> bool:
    return bool(pc.any(pc.is_in(judged.rejections["code"], value_set=OPENED_LATER)).as_py())


def days_of(
    arrived: Arrived, judged: Judged, now: dt.datetime, numbers: Collection[int]
) -> list[DayOfDevice]:
    """What came of each Beijing day in rows of these numbers; one whose label nobody could read is of the day it came."""
    found: dict[dt.date, dict[str, dict[str, int]]] = {}
    some = pa.array(sorted(numbers), pa.int32())
    for day, what, code, rows in _counted(arrived, judged, beijing_day(now), some):
        found.setdefault(day, {name: {} for name in _KINDS})[what][code] = rows
    days = []
    for day, counts in sorted(found.items()):
        fitting, refused = counts["fitting"].get("", 0), counts["refused"]
        days.append(DayOfDevice(day, fitting + sum(refused.values()), fitting, refused, counts["suspected"]))
    return days


def _counted(
    arrived: Arrived, judged: Judged, today: dt.date, some: pa.Array
) -> list[tuple[dt.date, str, str, int]]:
    """Day, kind, code and how many of some rows."""
    starts = arrived.table["start"].cast(pa.timestamp("s", tz="UTC"), safe=False)
    local = starts.cast(pa.timestamp("s", tz="Asia/Shanghai"))
    starts_on = pa.table({"row": arrived.table["row"], "day": pc.local_timestamp(local).cast(pa.date32())})
    days = starts_on.group_by("row").aggregate([("day", "min")])  # a half-hour is one row, and two readings
    fits = pa.table({"row": judged.table["row"], "code": pa.repeat("", judged.table.num_rows)})
    rows = (fits, judged.rejections.select(["row", "code"]), judged.verdicts.select(["row", "rule"]))
    told = pa.concat_tables(
        table.rename_columns(["row", "code"])
        .cast(_TOLD)
        .append_column("kind", pa.repeat(pa.scalar(kind), table.num_rows))
        for kind, table in zip(_KINDS, rows, strict=True)
    )
    told = told.filter(pc.is_in(told["row"], value_set=some)).join(days, "row", join_type="left outer")
    filled = told.set_column(told.column_names.index("day_min"), "day", pc.fill_null(told["day_min"], today))
    counted = filled.group_by(["day", "kind", "code"]).aggregate([("row", "count")])
    columns = (counted[name].to_pylist() for name in ("day", "kind", "code", "row_count"))
    return list(zip(*columns, strict=True))


_KINDS = ("fitting", "refused", "suspected")
_TOLD = pa.schema([("row", pa.int32()), ("code", pa.string())])
