"""Quarantine (隔离区): rows of a source that could not be booked, as they came, until somebody mends what kept them out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.model.drift import ColumnDrift


class QuarantineState(StrEnum):
    """Whether rows wait, were all booked by a replay, or were given up by a person (待补录、已补录、已放弃)."""

    WAITING = "waiting"
    BOOKED = "booked"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Quarantined:
    """The rows of one delivery that wait (隔离批), in a file of our own name; `received_at` is when they came last.

    `written_at` is when their source wrote them, where that is known.
    `rows` stand in the file, `waiting` of them are not booked. Of what was swept the file is gone. `unit` is whose device
    sent them, None: no device; they are `held` while their province has not approved it.
    """

    id: int
    link: str
    name: str
    batch: int
    received_at: dt.datetime
    written_at: dt.datetime | None
    bytes: int
    rows: int
    waiting: int
    state: QuarantineState = QuarantineState.WAITING
    swept: bool = False
    unit: str | None = None
    held: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all of its rows wait."""
        return self.state is QuarantineState.WAITING and self.waiting == self.rows and not self.swept


@dataclass(frozen=True)
class Kept:
    """What became of a delivery in quarantine: how many rows wait, and which drift is worth telling."""

    rows: int = 0
    told: tuple[ColumnDrift, ...] = ()
