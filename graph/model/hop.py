"""Completeness by hop (分段完整率): what became of each slot that was due, and where one that is missing was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from graph.model.reading import Origin

ESTIMATING = frozenset(
    {Origin.ESTIMATED}
)  # who writes a value by hand read a meter; who shares out a gap did not


class SlotState(StrEnum):
    """What became of one value that was due (应传数据的去向); each due slot has exactly one state.

    on_time (按时): a value holds, and the first one of its period came within a whole day of the period's end.
    late (迟到): a value holds, and the first one came after that.
    estimated (估算): a value holds that was shared out over a gap instead of measured, whenever it came.
    missing_at_meter (缺在表计): the unit's probe reported that the meter did not answer then, or that its counter was held.
    missing_at_probe (缺在采集端): the probe reported that it did not run then; or of a unit that reports to this hub itself
    nothing at all came for more than a day, and the slot lies in that time.
    missing_at_province (缺在省级): the province's own platform does not hold it either: since the period was over both ends
    were compared and it held no more than this hub, or a run of the link took all there was and it was not among it.
    missing_at_link (缺在链路): the last comparison found more readings of that unit's day at the source than here; or no
    run of the link that began after the period came to its end, so that nobody asked.
    missing_unexplained (原因不明): nothing above is known. Nothing is guessed.

    A slot within a waiver (暂缓接入) is not due and has no state.
    """

    ON_TIME = "on_time"
    LATE = "late"
    ESTIMATED = "estimated"
    MISSING_AT_METER = "missing_at_meter"
    MISSING_AT_PROBE = "missing_at_probe"
    MISSING_AT_PROVINCE = "missing_at_province"
    MISSING_AT_LINK = "missing_at_link"
    MISSING_UNEXPLAINED = "missing_unexplained"


RECEIVED = (SlotState.ON_TIME, SlotState.LATE, SlotState.ESTIMATED)
MISSING = tuple(state for state in SlotState if state not in RECEIVED)


@dataclass(frozen=True)
class Known:
    """What is known of the missing slots of a unit's point on a day (缺失依据).

    `at_meter` and `at_probe` of them lie in spans that the probe reported, or in which nothing came from the unit. A unit is
    `direct` that reports to this hub itself, `linked` where its province has a link: that was `asked` since, and its source
    holds `there` readings more of the day than this hub.
    """

    at_meter: int = 0
    at_probe: int = 0
    direct: bool = False
    linked: bool = False
    asked: bool = False
    there: int = 0


def blamed(missing: int, known: Known) -> Mapping[SlotState, int]:
    """So many missing slots by where they were lost. The nearer to the meter, the earlier it is believed.

    What the probe says of itself goes before what others conclude: a meter that was silent explains a slot although the
    link was down, too.
    """
    meter = min(missing, known.at_meter)
    left = missing - meter
    probe = min(left, known.at_probe)
    left -= probe
    comes_over_link = known.linked and not known.direct
    link = min(left, known.there) if known.asked else left
    link = link if comes_over_link else 0
    province = left - link if comes_over_link else 0
    return {
        SlotState.MISSING_AT_METER: meter,
        SlotState.MISSING_AT_PROBE: probe,
        SlotState.MISSING_AT_PROVINCE: province,
        SlotState.MISSING_AT_LINK: link,
        SlotState.MISSING_UNEXPLAINED: left - link - province,
    }
