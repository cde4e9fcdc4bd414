"""Credit entries (失信记录): units that go to the national credit platform, on one of the order's three grounds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode


class CreditGround(StrEnum):
    """Why a unit is entered (424号, 五: 未按期完成接入端系统建设、未按要求上传数据、不能维持系统正常运行)."""

    NOT_BUILT = "not_built"
    NOT_UPLOADED = "not_uploaded"
    NOT_KEPT_RUNNING = "not_kept_running"


class CreditState(StrEnum):
    """Where an entry stands (拟列入、已复核、已列入、已移出、不予列入)."""

    CANDIDATE = "candidate"
    REVIEWED = "reviewed"
    LISTED = "listed"
    DELISTED = "delisted"
    DISMISSED = "dismissed"


LISTING = (CreditState.CANDIDATE, CreditState.REVIEWED, CreditState.LISTED, CreditState.DELISTED)
DISMISSAL = (CreditState.CANDIDATE, CreditState.REVIEWED, CreditState.DISMISSED)


@dataclass(frozen=True)
class CreditEntry:
    """A unit's entry with the day it came into each state; `order_number` is the order it left unheeded, if one."""

    key: str
    unit: CreditCode
    ground: CreditGround
    order_number: str | None
    state: CreditState
    candidate_on: dt.date
    reviewed_on: dt.date | None
    listed_on: dt.date | None
    delisted_on: dt.date | None
    dismissed_on: dt.date | None
    evidence: str

    def __post_init__(self) -> None:
        days = self.days
        if self.state not in days:
            raise InvalidInput(f"an entry {self.state.value} has the day it came to be so", "state")
        path = DISMISSAL if self.state is CreditState.DISMISSED else LISTING
        passed = path[: path.index(self.state) + 1]
        if ahead := [state.value for state in days if state not in passed]:
            raise InvalidInput(f"an entry {self.state.value} has a day of {', '.join(ahead)}", "state")
        told = [days[state] for state in passed if state in days]
        if told != sorted(told):
            raise InvalidInput(f"its days go back: {', '.join(map(str, told))}", "state")

    @property
    def days(self) -> dict[CreditState, dt.date]:
        """The day of each state it came into."""
        told = {state: getattr(self, f"{state.value}_on") for state in CreditState}
        return {state: day for state, day in told.items() if day is not None}
