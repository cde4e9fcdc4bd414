"""Rectification orders (责令限期整改): what a unit must mend by a deadline."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode


class OrderState(StrEnum):
    """Where an order stands (已下达、已整改、逾期未改或未达要求、已撤销)."""

    ISSUED = "issued"
    MENDED = "mended"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RectificationOrder:
    """An order to a unit by an agency, perhaps after an inspection; `closed_on` is the day it left `issued`."""

    number: str
    unit: CreditCode
    inspection: str | None
    issued_by: str
    issued_on: dt.date
    deadline: dt.date
    grounds: str
    state: OrderState = OrderState.ISSUED
    closed_on: dt.date | None = None

    def __post_init__(self) -> None:
        if self.deadline < self.issued_on:
            raise InvalidInput(f"came {self.deadline}, before the day of issue {self.issued_on}", "deadline")
        if (self.state is OrderState.ISSUED) != (self.closed_on is None):
            raise InvalidInput(f"an order {self.state.value} with closing day {self.closed_on}", "closedOn")
        if self.closed_on is not None and self.closed_on < self.issued_on:
            raise InvalidInput(f"came {self.closed_on}, before the day of issue {self.issued_on}", "closedOn")


def done_by(state: OrderState, closed_on: dt.date | None) -> dt.date | None:
    """The day nothing was owed of an order any more; what failed was never mended and is still owed."""
    return closed_on if state in (OrderState.MENDED, OrderState.WITHDRAWN) else None
