"""Where missing slots were lost, as columns: `blamed` of graph.model.hop, of many cells at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.model.hop import SlotState

Numbers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class KnownColumns:
    """graph.model.hop.Known, a column each."""

    at_meter: Numbers
    at_probe: Numbers
    direct: Marks
    linked: Marks
    asked: Marks
    there: Numbers


def blame(missing: Numbers, known: KnownColumns) -> Mapping[SlotState, Numbers]:
    """The missing slots of each cell by where they were lost; together they are as many as were missing."""
    meter = np.minimum(missing, known.at_meter)
    left = missing - meter
    probe = np.minimum(left, known.at_probe)
    left = left - probe
    over_link = known.linked & ~known.direct
    link = np.where(over_link, np.where(known.asked, np.minimum(left, known.there), left), 0)
    province = np.where(over_link, left - link, 0)
    return {
        SlotState.MISSING_AT_METER: meter,
        SlotState.MISSING_AT_PROBE: probe,
        SlotState.MISSING_AT_PROVINCE: province,
        SlotState.MISSING_AT_LINK: link,
        SlotState.MISSING_UNEXPLAINED: left - link - province,
    }
