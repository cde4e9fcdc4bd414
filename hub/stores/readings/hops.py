"""Completeness by hop out of the readings file and what a witness knows: what became of each slot that was due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import TooLarge
from graph.model.hop import ESTIMATING, SlotState
from graph.model.period import beijing_day, midnight
from graph.ports import Clock, HopAsk
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.blaming import KnownColumns, Numbers, blame
from hub.stores.readings.database import Database
from hub.stores.readings.figures import said_by, within
from hub.stores.readings.lanes import integers
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.moments import kept
from hub.stores.readings.statements import run
from hub.stores.readings.testifying import evidence_of
from hub.stores.readings.witness import AROUND, HEARD, Witness, Witnessed

POINT_DAYS_MAX = (
    2_000_000  # points times days of one question: 500 units with ten points for a year, some seconds
)
_COUNTED = ("due", "received", *SlotState, "estimated_on_time")


@dataclass(frozen=True)
class Hops:
    """Answers from one file and a witness (graph.ports.FigureSource)."""

    database: Database
    mirror: Mirror
    clock: Clock
    witness: Witness

    def hops(self, ask: HopAsk) -> pa.Table:
        """What became of the slots that were due, by the dimensions asked for. Raises TooLarge."""
        cells, _ = self._cells(ask)
        names = [dimension.value for dimension in ask.group_by]
        found = cells.group_by(names, use_threads=False).aggregate([(name, "sum") for name in _COUNTED])
        found = found.select([*names, *(f"{name}_sum" for name in _COUNTED)]).rename_columns(
            [*names, *_COUNTED]
        )
        return found.sort_by([(name, "ascending") for name in names]) if names else _or_nothing(found)

    def evidence(self, ask: HopAsk) -> pa.Table:
        """What is known of the missing slots of the units asked for. Raises TooLarge."""
        cells, testimony = self._cells(ask)
        return evidence_of(cells, testimony, ask)

    def _cells(self, ask: HopAsk) -> tuple[pa.Table, Witnessed]:
        """A row for each granularity of each point's day, with its slots by state, and what the witness told."""
        self.mirror.refresh()
        units = (str(ask.reach.unit),) if ask.reach.unit else ask.units
        testimony = self.witness.testimony(ask.period.first_day, ask.period.last_day, units)
        with self.database.reading(much=True) as cursor:
            then = said_by(cursor, ask.as_of, self.clock.now())
            values = {
                **within(ask.reach),
                **then.bound,
                "provinces": list(ask.provinces) or None,
                "units": list(ask.units) or None,
                "data_codes": list(ask.data_codes) or None,
                "estimating": sorted(origin.number for origin in ESTIMATING),
                **_days(ask, then.moment),
            }
            values |= _extent(cursor, values)
            with registered(cursor, heard=_heard(testimony), direct=testimony.direct):
                testimony = replace(testimony, silences=run(cursor, "hop_silences", values).to_arrow_table())
            with registered(cursor, **vars(testimony)):
                cells = run(cursor, "hop_cells", values).to_arrow_table()
        return _by_state(cells), testimony


def _days(ask: HopAsk, moment: dt.datetime) -> dict[str, Any]:
    """The finished days of the period: a day that still runs owes nothing yet."""
    first, today = ask.period.first_day, beijing_day(moment)
    end = max(min(ask.period.last_day + dt.timedelta(days=1), today), first)
    bounds = {
        "low": kept(midnight(first)),
        "high": kept(midnight(end)),
        "early": kept(midnight(first) - AROUND),
    }
    return {"first_day": first, "end_day": end, "now": kept(moment), **bounds}


def _extent(cursor: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> dict[str, int]:
    first, last, points = run(cursor, "hop_extent", values).fetchone() or (0, -1, 0)
    days = (values["end_day"] - values["first_day"]).days
    if points * days > POINT_DAYS_MAX:
        told = f"{points} points over {days} days, at most {POINT_DAYS_MAX} days of points"
        raise TooLarge(f"{told}; ask for less", "period")
    return {"first_unit": first, "last_unit": last}


def _heard(testimony: Witnessed) -> pa.Table:
    running = testimony.spans.filter(pc.equal(testimony.spans["kind"], "running"))
    return pa.concat_tables([testimony.heard, running.select(HEARD.names)])


def _by_state(cells: pa.Table) -> pa.Table:
    """Cells with a column for each state, which together are what was due."""
    due, received, on_time, estimated, in_time, meter, probe, there = (
        integers(cells[name], np.int64)
        for name in (
            "due", "received", "on_time", "estimated", "estimated_on_time", "at_meter", "at_probe", "there",
        )
    )  # fmt: skip
    direct, linked, asked = (cells[name].to_numpy() for name in ("direct", "linked", "asked"))
    missing = due - received
    left = missing - np.minimum(missing, meter + probe)
    known = KnownColumns(meter, probe, direct, linked, asked, shared(there, left, _unit_days(cells)))
    states = {
        SlotState.ON_TIME: on_time - in_time,
        SlotState.LATE: received - on_time - (estimated - in_time),
        SlotState.ESTIMATED: estimated,
        **blame(missing, known),
    }
    kept_columns = cells.select(
        [
            "province",
            "unit",
            "data_code",
            "granularity",
            "day",
            "due",
            "received",
            "estimated_on_time",
        ]
    )
    for state, column in states.items():
        kept_columns = kept_columns.append_column(state.value, pa.array(column, pa.int64()))
    return kept_columns


def _unit_days(cells: pa.Table) -> Numbers:
    """A number for each unit's day in a granularity; cells of one lie together."""
    columns = [integers(cells[name], np.int64) for name in ("unit_id", "granularity")]
    columns.append(integers(cells["day"].cast(pa.int32()), np.int64))
    changes = np.logical_or.reduce([np.diff(column, prepend=-1) != 0 for column in columns])
    numbers: Numbers = np.cumsum(changes)
    return numbers


def shared(there: Numbers, left: Numbers, group: Numbers) -> Numbers:
    """How many readings more the source holds of each cell, of what it holds more of all cells of a group together.

    Digests tell a unit's day, not its points: they go to the points in the order of their codes, as far as each lacks.
    """
    before = np.cumsum(left) - left
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    of_group = np.repeat(before[begins], np.diff(begins, append=len(group)))
    found: Numbers = np.clip(there - (before - of_group), 0, left)
    return found


def _or_nothing(found: pa.Table) -> pa.Table:
    """The one row of a question without dimensions: zeros where nothing was due."""
    columns: list[npt.NDArray[np.int64]] = [
        integers(found[name].fill_null(0), np.int64) for name in found.column_names
    ]
    return pa.table(dict(zip(found.column_names, columns, strict=True)))
