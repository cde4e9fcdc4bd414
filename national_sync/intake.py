"""The one pass for all that comes in: decoded columns, points, rules, one transaction, a receipt.

    Delivery (decoded) -> codes and values -> points -> rules -> Judged -> store -> Receipt

A row some rule refuses goes to quarantine with its reason and raw text; a row some rule suspects is stored with
verdicts. One bad row never sinks a batch.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.discover import members_of
from graph.errors import TooLarge
from graph.model.principal import Reach
from graph.model.reading import JUDGED, REJECTIONS, VERDICTS
from graph.model.region import RegionCode
from graph.model.sync_run import Receipt
from graph.model.verdict import Outcome
from graph.ports import BatchSink, Clock, Delivery, Judged, PointDirectory
from national_sync import columns
from national_sync.judging import Circumstances, Rule
from national_sync.placing import Place, place_of

ROWS_PER_BATCH_MAX = 1_000_000  # memory stays bounded; a larger upload is several batches
RAW_MAX = 512  # characters of a refused row kept in quarantine
WITHOUT_PLACE = frozenset(  # the rules that say of a row that no reading could be meant
    {
        "malformed-code", "malformed-unit", "not-a-number", "too-large", "unknown-code", "unknown-granularity",
        "unknown-unit", "unreadable-label",
    }
)  # fmt: skip
WHY_MAX = 512  # characters of a reason, which repeats what came


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the open folder, in the order of its file names; those whose refusals may be mended come last."""
    found = members_of("national_sync.rules", "RULE", Rule).values()
    return tuple(sorted(found, key=lambda rule: rule.may_be_mended))


def check_size(delivery: Delivery) -> None:
    """Raise TooLarge above ROWS_PER_BATCH_MAX."""
    if delivery.arrived.rows > ROWS_PER_BATCH_MAX:
        raise TooLarge(f"{delivery.arrived.rows} rows, at most {ROWS_PER_BATCH_MAX} in one batch", "rows")


@dataclass(frozen=True)
class Examined:
    """Rows with their points, and what the rules made of them; `points` are those of all units they name."""

    at: dt.datetime
    rows: pa.Table
    points: pa.Table
    table: pa.Table
    verdicts: pa.Table
    rejections: pa.Table

    def judged(self, delivery: Delivery, place: Place) -> Judged:
        """As a batch of that place."""
        return Judged(
            source=delivery.source,
            key=delivery.key,
            digest=delivery.digest,
            received_at=self.at,
            province=place.province,
            region=place.region,
            unit=place.unit,
            table=self.table,
            verdicts=self.verdicts,
            rejections=self.rejections,
        )


@dataclass(frozen=True)
class Intake:
    """Takes deliveries: judged by `rules`, resolved by `directory`, stored by `sink`."""

    directory: PointDirectory
    sink: BatchSink
    clock: Clock
    rules: Sequence[Rule]

    def take(self, delivery: Delivery) -> Receipt:
        """Store a delivery, or take back what it withdraws, and say what became of each row.

        Raises Conflict when its key stood for other bytes, MalformedBody when a column is missing, TooLarge
        above ROWS_PER_BATCH_MAX, StoreError when nothing was written.
        """
        known = self.sink.receipt(delivery.source, delivery.key, delivery.digest)
        if known is not None:
            return known
        check_size(delivery)
        return self.sink.commit(self._taken_back(delivery) if delivery.withdraws else self.judge(delivery))

    def _taken_back(self, delivery: Delivery) -> Judged:
        """What a delivery takes back: but for those that have no place, no rule has to like what is to hold no longer."""
        now = self.clock.now()
        rows, points = self._prepare(delivery)
        rules = [rule for rule in self._of(Outcome.REJECT) if rule.code in WITHOUT_PLACE]
        refused, kept = _refuse(rows, rules, Circumstances(now, str(delivery.reach)))
        refused = pa.concat_tables([delivery.arrived.rejections.cast(REJECTIONS), refused]).sort_by("row")
        found = Examined(now, rows, points, _to_store(kept, now), VERDICTS.empty_table(), refused)
        place = place_of(rows, points, delivery.arrived.rejections.num_rows, delivery.reach)
        return replace(found.judged(delivery, place), withdraws=True)

    def judge(self, delivery: Delivery) -> Judged:
        """Everything but the storing: what would be kept, marked and refused."""
        found = self.examine(delivery)
        place = place_of(found.rows, found.points, delivery.arrived.rejections.num_rows, delivery.reach)
        return found.judged(delivery, place)

    def examine(self, delivery: Delivery) -> Examined:
        """What the rules say of its rows, wherever they belong."""
        now = self.clock.now()
        rows, points = self._prepare(delivery)
        circumstances = Circumstances(now, str(delivery.reach))
        refused, kept = _refuse(rows, self._of(Outcome.REJECT), circumstances)
        return Examined(
            now,
            rows,
            points,
            table=_to_store(kept, now),
            verdicts=_suspect(kept, self._of(Outcome.SUSPECT), circumstances),
            rejections=pa.concat_tables([delivery.arrived.rejections.cast(REJECTIONS), refused]).sort_by(
                "row"
            ),
        )

    def _prepare(self, delivery: Delivery) -> tuple[pa.Table, pa.Table]:
        """The rows with their points, and the points of all units they name and the sender may speak of."""
        rows = columns.with_numbers(
            columns.with_codes(columns.with_values(columns.complete(delivery.arrived.table)))
        )
        units = columns.units_of(rows)
        if delivery.reach.unit is not None:
            units.append(str(delivery.reach.unit))
        points = within_reach(self.directory.points(units), delivery.reach)
        return columns.with_points(rows, points), points

    def _of(self, outcome: Outcome) -> list[Rule]:
        return [rule for rule in self.rules if rule.text.outcome is outcome]


def within_reach(points: pa.Table, reach: Reach) -> pa.Table:
    """Only the points a sender may speak of; the rest looks as if it did not exist."""
    if reach.unit is not None:
        points = points.filter(pc.equal(points["unit"], str(reach.unit)))
    if reach.region is not None:
        regions = pc.unique(points["region"]).to_pylist()
        inside = [code for code in regions if reach.region.holds(RegionCode(code))]
        points = points.filter(pc.is_in(points["region"], value_set=pa.array(inside, pa.string())))
    return points


def _refuse(rows: pa.Table, rules: Iterable[Rule], circumstances: Circumstances) -> tuple[pa.Table, pa.Table]:
    """Split rows into rejections, each with the first rule that found it, and the rest."""
    refused = []
    for rule in rules:
        mask = pc.fill_null(rule.finds(rows, circumstances), fill_value=False)
        if pc.any(mask).as_py():
            found = rows.filter(mask)
            reasons = rule.explains(found, circumstances)
            refused.append(_rejections(found, rule.code, reasons))
            rows = rows.filter(pc.invert(mask))
    return pa.concat_tables([REJECTIONS.empty_table(), *refused]), rows


def _rejections(found: pa.Table, code: str, reasons: pa.ChunkedArray) -> pa.Table:
    raw = found.select(["unit", "data_code", "granularity", "start", "label", "said", "origin"]).to_pylist()
    return pa.table(
        {
            "row": found["row"],
            "code": pa.array([code] * found.num_rows, pa.string()),
            "why": pc.utf8_slice_codeunits(reasons, 0, WHY_MAX),
            "raw": pa.array([_raw(entry) for entry in raw], pa.string()),
        },
        schema=REJECTIONS,
    )


def _raw(entry: Mapping[str, Any]) -> str:
    said = {
        name: value.isoformat() if isinstance(value, dt.datetime) else str(value)
        for name, value in entry.items()
        if value is not None
    }
    return json.dumps(said, ensure_ascii=False)[:RAW_MAX]


def _suspect(rows: pa.Table, rules: Iterable[Rule], circumstances: Circumstances) -> pa.Table:
    found = [VERDICTS.empty_table()]
    for rule in rules:
        mask = pc.fill_null(rule.finds(rows, circumstances), fill_value=False)
        if pc.any(mask).as_py():
            marked = rows.filter(mask)
            found.append(
                pa.table(
                    {
                        "row": marked["row"],
                        "unit_id": marked["unit_id"],
                        "point_id": marked["point_id"],
                        "granularity": marked["granularity_number"],
                        "start": marked["start"].cast(pa.timestamp("us")),
                        "rule": pa.array([rule.code] * marked.num_rows, pa.string()),
                        "detail": rule.explains(marked, circumstances),
                    },
                    schema=VERDICTS,
                )
            )
    return pa.concat_tables(found)


def _to_store(rows: pa.Table, now: dt.datetime) -> pa.Table:
    """The rows as the store takes them. A source version later than now is a wrong clock and counts as now."""
    latest = pa.scalar(now, rows["version"].type)
    version = pc.if_else(pc.greater(rows["version"], latest), latest, rows["version"])
    return pa.table(
        {
            "row": rows["row"],
            "unit_id": rows["unit_id"],
            "point_id": rows["point_id"],
            "granularity": rows["granularity_number"],
            "start": rows["start"].cast(pa.timestamp("us")),
            "value": rows["value"],
            "version": version.cast(pa.int64()),
            "origin": rows["origin_number"],
        },
        schema=JUDGED,
    )
