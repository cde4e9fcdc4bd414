"""Questions that hold readings against something else: hops against what was due, months against their days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.model.monthly import MonthSpan
from graph.model.period import Period
from graph.model.principal import NATION, Reach
from graph.ports.as_of import NOW, AsOf
from graph.ports.lists import check_size


class HopDimension(StrEnum):
    """What completeness by hop can be grouped by."""

    PROVINCE = "province"
    UNIT = "unit"
    DATA_CODE = "data_code"
    DAY = "day"


@dataclass(frozen=True)
class HopAsk:
    """What became of the slots that were due in a period (graph.model.hop), grouped. What is known of them is of now."""

    period: Period
    group_by: tuple[HopDimension, ...] = ()
    reach: Reach = NATION
    provinces: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    data_codes: tuple[str, ...] = ()
    as_of: AsOf = NOW


class MonthlyOrder(StrEnum):
    """What compared months go by; ties go by unit, data code and month."""

    UNIT = "unit"
    MONTH = "month"
    DEVIATION = "deviation"


@dataclass(frozen=True)
class MonthlyAsk:
    """Months of points that have a value of their own, beside the sums of their finer values.

    Without `span` it is the last month of which such a value holds. `beyond` and `independent` narrow it: only months
    of which that is said. Months without a deviation come last where it is the order. `after` and `before` are cursors
    earlier pages gave; without a size the page is the whole list.
    """

    span: MonthSpan | None = None
    reach: Reach = NATION
    provinces: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    beyond: bool | None = None
    independent: bool | None = None
    as_of: AsOf = NOW
    order: MonthlyOrder = MonthlyOrder.UNIT
    descending: bool = False
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        check_size(self.first, self.last)
