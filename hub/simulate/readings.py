"""Days of energy of invented units, as columns: a weekly rhythm, a season, and noise that follows from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from graph.model.period import midnight
from graph.model.reading import EXCHANGED, INSTANT, VALUE
from hub.simulate.nation import COAL, ELECTRICITY, GAS, HEAT, InventedUnit

MEAN_A_DAY = {ELECTRICITY: 180_000.0, GAS: 9_000.0, COAL: 60.0, HEAT: 400.0}  # kWh, m3, t, GJ
WEEKEND = 0.72
SEASON = 0.18  # how much more in midwinter than in midsummer, half each way


def days_of(units: Sequence[InventedUnit], first: dt.date, last: dt.date, missing: float = 0.01) -> pa.Table:
    """Day readings of these units' codes in EXCHANGED's columns; a share of them is missing, as in the field."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    starts = pa.array([midnight(day) for day in days], INSTANT)
    rhythm = np.array([WEEKEND if day.weekday() >= 5 else 1.0 for day in days])
    season = np.array([1 + SEASON * np.cos(2 * np.pi * day.timetuple().tm_yday / 365) for day in days])
    pieces = [EXCHANGED.empty_table()]
    for unit in units:
        chance = np.random.default_rng(unit.seed)
        size = chance.uniform(0.3, 2.5)
        for code in unit.data_codes:
            values = MEAN_A_DAY[code] * size * rhythm * season * chance.uniform(0.9, 1.1, len(days))
            kept = pa.array(chance.random(len(days)) >= missing)
            pieces.append(_column(unit, code, starts, values).filter(kept))
    return pa.concat_tables(pieces)


def _column(unit: InventedUnit, code: str, starts: pa.Array, values: np.ndarray) -> pa.Table:
    count = len(starts)
    return pa.table(
        {
            "unit": pa.repeat(unit.code, count),
            "data_code": pa.repeat(code, count),
            "granularity": pa.repeat("day", count),
            "start": starts,
            "value": pa.array(np.round(values, 2)).cast(pa.string()).cast(VALUE),
            "version": pa.nulls(count, INSTANT),
            "origin": pa.repeat("instrument", count),
        },
        schema=EXCHANGED,
    )
