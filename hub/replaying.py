"""Books what waits in quarantine, read by each link's mapping as it now stands, through the one way in.

A replay is a batch of its own. Its key names the file, what it was read by and what the rules made of it: the same replay
twice is the same receipt, and once the mapping or the roster was mended it is another. Values without a version of their
own have when their source wrote them, or the moment they came last: a replay never beats what was said after them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.principal import Reach
from graph.model.quarantine import Quarantined
from graph.model.reading import INSTANT, Arrived
from graph.model.sync_run import Link, Receipt
from graph.model.verdict import Rejection
from graph.ports import RAW_CAME, RAW_ROW, Delivery, Judged
from hub.links import dialects
from hub.stores.quarantine.quarantine import Quarantine
from national_sync.intake import Intake
from provincial_adapters import Reread

OPENED_LATER = pa.array(["unknown-code"], pa.string())  # what a province's word for a device's point may mend
REFUSED_NAMED_MAX = 20  # of a file's rows: the first ones say enough
_KEY_DIGITS = 32  # of a digest: enough that no two replays share a key


@dataclass(frozen=True)
class Replay:
    """What a file of rows that wait came to, read and judged once more; `waiting` of its source's rows cannot be booked yet.

    `columns` are the source's, `fits` readings can be stored, of the refused ones the first are named. `receipt` is what
    became of the rest; None where nothing was booked. The rows are not in it: a thousand files may wait.
    """

    file: Quarantined
    columns: frozenset[str]
    drift: tuple[ColumnDrift, ...]
    fits: int
    refused: tuple[Rejection, ...]
    waiting: int
    receipt: Receipt | None = None


def chosen_files(
    quarantine: Quarantine, link: Link, number: int | None, *, to_give_up: bool = False
) -> list[Quarantined]:
    """What waits of a link and may be booked, or the file of a number, which may be given up whoever sent it.

    Raises InvalidInput where none of that number waits, and where its device is not approved.
    """
    files = quarantine.waiting(link)
    if number is None:
        return [file for file in files if not file.held]
    if found := [file for file in files if file.id == number]:
        if found[0].held and not to_give_up:
            why = f"come from the device of {found[0].unit}, which its province has not approved"
            raise InvalidInput(f"the rows of number {number} {why}", "file")
        return found
    there = ", ".join(str(file.id) for file in files) or "nothing"
    raise InvalidInput(
        f"no rows of link {link.key} wait under the number {number}; there waits {there}", "file"
    )


def judge(intake: Intake, quarantine: Quarantine, link: Link, file: Quarantined) -> Replay:
    """What a replay of a file would come to; nothing is written. Raises ConfigurationError, StoreError."""
    return _judged(intake, quarantine, link, file)[2]


def book(intake: Intake, quarantine: Quarantine, link: Link, file: Quarantined, who: str) -> Replay:
    """Book what of a file can be booked; the rest waits on. Raises as `judge` does, and what the intake raises."""
    delivery, judged, replay = _judged(intake, quarantine, link, file)
    receipt = intake.take(delivery)
    waiting = replay.waiting if file.unit else _waiting(file, replay.drift, _refused(receipt, judged))
    quarantine.rows.replayed(file, waiting, who)
    return replace(replay, receipt=receipt, waiting=waiting)


def settle_drift(quarantine: Quarantine, link: Link, replays: Sequence[Replay], who: str) -> None:
    """Settle what the mended mapping made an end of, once everything that waits was read by it.

    A new column is left open where no row that waited had it: only a run will tell.
    """
    read = {replay.file.id for replay in replays}
    if any(file.id not in read for file in quarantine.waiting(link)):
        return
    still = {drift for replay in replays for drift in replay.drift}
    there = {name for replay in replays for name in replay.columns}
    unseen = {
        drift
        for drift in quarantine.rows.open_drift(link)
        if not drift.keeps_rows_out and drift.column not in there
    }
    if replays:
        quarantine.settle(link, still | unseen, who)


def _judged(
    intake: Intake, quarantine: Quarantine, link: Link, file: Quarantined
) -> tuple[Delivery, Judged, Replay]:
    raw = quarantine.raw(file)
    reread = _reread(link, raw)
    arrived = Arrived(_versioned(reread.arrived.table, file, raw), reread.arrived.rejections)
    digest = _digest_of(file.name, reread.digest)
    delivery = Delivery(link.source, digest, digest, arrived, _reach_of(link, file))
    judged = intake.judge(delivery)
    key = f"replay:{digest[:_KEY_DIGITS]}:{_outcome(judged)[:_KEY_DIGITS]}"
    waiting = _rows_not_open(judged) if file.unit else _waiting(file, reread.drift, _rows_refused(judged))
    refused = tuple(Rejection(**row) for row in judged.rejections.slice(0, REFUSED_NAMED_MAX).to_pylist())
    columns = frozenset(raw.column_names)
    replay = Replay(file, columns, reread.drift, judged.table.num_rows, refused, waiting)
    return replace(delivery, key=key), judged, replay


def _reach_of(link: Link, file: Quarantined) -> Reach:
    """Whom rows of a file may speak of: their device's unit, else the units of their link."""
    return Reach(region=link.region) if file.unit is None else Reach(unit=CreditCode(file.unit))


def _reread(link: Link, raw: pa.Table) -> Reread:
    dialect = dialects().get(link.dialect)
    if dialect is None or dialect.replays is None:
        raise ConfigurationError(
            f"link {link.key}", [f"dialect {link.dialect!r} reads no rows a second time"]
        )
    dialect.check(link.quirks)
    return dialect.replays(link, raw)


def _versioned(table: pa.Table, file: Quarantined, raw: pa.Table) -> pa.Table:
    """The rows with when their source wrote them, else the moment they came last, where it gave them no version.

    A version later than that moment was a wrong clock then and counts as it, as the intake has it of what comes now.
    """
    came = _came(table, file, raw)
    first = (
        came if file.written_at is None else pa.repeat(pa.scalar(file.written_at, INSTANT), table.num_rows)
    )
    if "version" not in table.column_names:
        return table.append_column("version", first)
    place = table.schema.get_field_index("version")
    version = pc.coalesce(table["version"].cast(INSTANT), first)
    return table.set_column(place, "version", pc.if_else(pc.greater(version, came), came, version))


def _came(table: pa.Table, file: Quarantined, raw: pa.Table) -> pa.Array | pa.ChunkedArray:
    """When each row came last: rows of a file that grew did not come together."""
    if RAW_CAME not in raw.column_names:
        return pa.repeat(pa.scalar(file.received_at, INSTANT), table.num_rows)
    places = pc.index_in(table["row"].cast(pa.int32()), value_set=raw[RAW_ROW].combine_chunks())
    return raw[RAW_CAME].take(places)


def _waiting(file: Quarantined, drift: Iterable[ColumnDrift], refused: int) -> int:
    """How many of the source's rows wait on: all where a column is still missing, else those that were refused.

    What a retyped column cannot say is refused; what a missing one would have said is not there to be refused.
    """
    is_missing = any(each.kind is DriftKind.MISSING for each in drift)
    return file.rows if is_missing else refused


def _refused(receipt: Receipt, judged: Judged) -> int:
    """How many of the source's rows were refused, as far as the receipt names them."""
    if receipt.rejected_count == len(receipt.rejected):
        return len({refused.row for refused in receipt.rejected})
    return max(1, _rows_refused(judged))


def _rows_not_open(judged: Judged) -> int:
    """Of a device's rows only those wait on whose points are not active yet: the others are refused for good.

    A half-hour is one row, and two readings that are refused.
    """
    not_open = judged.rejections.filter(pc.is_in(judged.rejections["code"], value_set=OPENED_LATER))
    return int(pc.count_distinct(not_open["row"]).as_py())


def _rows_refused(judged: Judged) -> int:
    return int(pc.count_distinct(judged.rejections["row"]).as_py())


def _outcome(judged: Judged) -> str:
    """What the rules made of the rows, as a digest: which are stored as what, which are refused and why."""
    digest = hashlib.sha256()
    for name in ("row", "unit_id", "point_id"):
        digest.update(judged.table[name].to_numpy().tobytes())
    for name in ("row", "code"):
        digest.update("\n".join(map(str, judged.rejections[name].to_pylist())).encode())
    return digest.hexdigest()


def _digest_of(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
