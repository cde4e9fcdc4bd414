"""Two values of one period in one batch, written at the same moment, cannot both be right: whichever counts is marked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.verdict import Outcome, RuleText
from national_sync.judging import Circumstances, Rule, sentence
from national_sync.series import counted, mask_of, nothing, series_of
from national_sync.words import Numbers

_SPREAD = np.int64(
    -7046029254386353131
)  # odd: of few thousand series and moments hardly two fall on one number


def _finds(rows: pa.Table, _: Circumstances) -> pa.ChunkedArray:
    series = series_of(rows)
    sound = (series >= 0) & rows["start"].is_valid().to_numpy() & rows["value"].is_valid().to_numpy()
    mine = np.flatnonzero(sound)
    moments = [pc.fill_null(rows[name].cast(pa.int64()), 0).to_numpy()[mine] for name in ("start", "version")]
    keys = np.stack([series[mine], *moments])
    if _are_different(keys):
        return nothing(rows)
    order = np.lexsort(keys)
    period = np.cumsum(np.append(0, (keys[:, order][:, 1:] != keys[:, order][:, :-1]).any(axis=0)))
    values, many = counted(_texts(rows, mine[order]))
    lowest, highest = np.full(period[-1] + 1, many), np.zeros(period[-1] + 1, np.int64)
    np.minimum.at(lowest, period, values)
    np.maximum.at(highest, period, values)
    found = np.zeros(rows.num_rows, bool)
    found[mine[order]] = (lowest != highest)[period]
    return mask_of(found)


def _are_different(keys: Numbers) -> bool:
    """Whether surely no two keys are the same: told of most batches without sorting them."""
    one = (keys[0] * _SPREAD + keys[1]) * _SPREAD + keys[2]
    return bool(pc.count_distinct(pa.array(one)).as_py() == keys.shape[1])


def _texts(rows: pa.Table, places: Numbers) -> Numbers:
    texts: Numbers = rows["value"].take(pa.array(places)).cast(pa.string()).to_numpy()
    return texts


RULE = Rule(
    RuleText(
        "contradicting",
        Outcome.SUSPECT,
        "同一时段数值矛盾",
        "one period came with two values",
        "ours, assumed",
    ),
    finds=_finds,
    explains=lambda rows, _: sentence(
        "its period came more than once in this batch, with other values beside ",
        rows["said"],
        ", all written at one moment",
    ),
    judges_together=True,
)
