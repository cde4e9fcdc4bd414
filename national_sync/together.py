"""Deliveries of many senders that came together are judged as one table, and each keeps a batch and a receipt of its own.

A hundred readings cost little to judge and much to begin with: some hundred calls for each delivery, whatever its size.
Only deliveries that each speak of one unit, and all of different ones, are put together: then what a rule sees of a delivery
is what it would see of it alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import NengshuError
from graph.model.reading import Arrived
from graph.model.sync_run import Receipt
from graph.ports import Delivery, Judged, ManyBatchSink
from national_sync.intake import ROWS_PER_BATCH_MAX, Examined, Intake, check_size
from national_sync.placing import Place

Outcome: TypeAlias = Receipt | NengshuError


def take_all(intake: Intake, sink: ManyBatchSink, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """What `intake.take` returns or raises for each of them, in their order."""
    found: list[Outcome | None] = list(
        sink.receipts([(each.source, each.key, each.digest) for each in deliveries])
    )
    new = [place for place, outcome in enumerate(found) if outcome is None]
    judged = judge_all(intake, [deliveries[place] for place in new])
    batches = [(place, each) for place, each in zip(new, judged, strict=True) if isinstance(each, Judged)]
    for place, each in zip(new, judged, strict=True):
        found[place] = None if isinstance(each, Judged) else each
    for (place, _), outcome in zip(batches, sink.commit_all([each for _, each in batches]), strict=True):
        found[place] = outcome
    return [outcome for outcome in found if outcome is not None]


def judge_all(intake: Intake, deliveries: Sequence[Delivery]) -> list[Judged | NengshuError]:
    """Each judged, those that may be all in one pass."""
    found: dict[int, Judged | NengshuError] = {}
    for places in _fitting(deliveries):
        found |= zip(places, _judged(intake, [deliveries[place] for place in places]), strict=True)
    for place, delivery in enumerate(deliveries):
        if place not in found:
            found[place] = _alone(intake, delivery)
    return [found[place] for place in range(len(deliveries))]


def _alone(intake: Intake, delivery: Delivery) -> Judged | NengshuError:
    try:
        check_size(delivery)
        return intake.judge(delivery)
    except NengshuError as fault:
        return fault


def _fitting(deliveries: Sequence[Delivery]) -> Iterator[list[int]]:
    """Places of deliveries that may be judged together: of one shape, each of its own unit, in all no more than a batch."""
    shapes: dict[pa.Schema, list[int]] = defaultdict(list)
    seen: set[str] = set()
    rows = 0
    for place, delivery in enumerate(deliveries):
        unit = str(delivery.reach.unit)
        if unit in seen or not _speaks_of_its_unit(delivery):
            continue
        more = _span(delivery)
        if rows + more > ROWS_PER_BATCH_MAX:
            continue
        seen.add(unit)
        rows += more
        shapes[_shape(delivery)].append(place)
    return (places for places in shapes.values() if len(places) > 1)


def _shape(delivery: Delivery) -> pa.Schema:
    return delivery.arrived.table.schema.remove_metadata()


def _speaks_of_its_unit(delivery: Delivery) -> bool:
    unit, table = delivery.reach.unit, delivery.arrived.table
    if unit is None or delivery.reach.region is not None or "row" not in table.column_names:
        return False
    return "unit" in table.column_names and pc.unique(table["unit"]).to_pylist() in ([unit.text], [])


def _span(delivery: Delivery) -> int:
    """How many numbers its rows take, from 0 to the last."""
    last = (pc.max(table["row"]).as_py() for table in (delivery.arrived.table, delivery.arrived.rejections))
    return max((number for number in last if number is not None), default=0) + 1


def _judged(intake: Intake, deliveries: Sequence[Delivery]) -> Sequence[Judged | NengshuError]:
    """These in one pass, or one by one where that fails: what is wrong with one is told to that one."""
    firsts = np.cumsum([0, *(_span(each) for each in deliveries)])
    try:
        found = intake.examine(_joined(deliveries, firsts))
    except NengshuError:
        return [_alone(intake, each) for each in deliveries]
    regions = dict(zip(found.points["unit"].to_pylist(), found.points["region"].to_pylist(), strict=True))
    parts = _parts(found, firsts)
    return [
        part.judged(each, Place(regions[str(each.reach.unit)], str(each.reach.unit)))
        if str(each.reach.unit) in regions
        else _alone(intake, each)
        for each, part in zip(deliveries, parts, strict=True)
    ]


def _joined(deliveries: Sequence[Delivery], firsts: npt.NDArray[np.int64]) -> Delivery:
    """All of them as one, their rows counted on."""
    tables, rejections = [], []
    for each, first in zip(deliveries, firsts, strict=False):
        tables.append(_counted_on(each.arrived.table, int(first)))
        rejections.append(_counted_on(each.arrived.rejections, int(first)))
    return Delivery("", "", "", Arrived(pa.concat_tables(tables), pa.concat_tables(rejections)))


def _counted_on(table: pa.Table, first: int) -> pa.Table:
    place = table.schema.get_field_index("row")
    return table.set_column(
        place, table.schema.field(place), pc.add(table["row"], pa.scalar(first, pa.int32()))
    )


def _parts(found: Examined, firsts: npt.NDArray[np.int64]) -> Iterator[Examined]:
    """What was found, of each of them."""
    many = len(firsts) - 1
    tables, verdicts, rejections = (
        _cut(table, firsts) for table in (found.table, found.verdicts, found.rejections)
    )
    for place in range(many):
        yield replace(found, table=tables[place], verdicts=verdicts[place], rejections=rejections[place])


def _cut(table: pa.Table, firsts: npt.NDArray[np.int64]) -> list[pa.Table]:
    """The rows of each delivery, in their order and with their own numbers."""
    numbers = table["row"].to_numpy()
    owners = np.searchsorted(firsts, numbers, side="right") - 1
    order = np.argsort(owners, kind="stable")
    if not np.array_equal(order, np.arange(len(order))):
        table, numbers, owners = table.take(pa.array(order)), numbers[order], owners[order]
    own = pa.array(numbers - firsts[owners], pa.int32())
    table = table.set_column(table.schema.get_field_index("row"), table.schema.field("row"), own)
    edges = np.searchsorted(owners, np.arange(len(firsts)))
    return [table.slice(begin, end - begin) for begin, end in pairwise(edges)]
