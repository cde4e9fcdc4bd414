"""What is known of one upload (续传): who sends what under which key, how much of it is here, what became of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum

import msgspec

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.model.sync_run import REJECTED_NAMED_MAX, Receipt


class State(StrEnum):
    """How far an upload came."""

    RECEIVING = "receiving"
    BOOKING = "booking"
    DONE = "done"
    FAILED = "failed"


OPEN = (State.RECEIVING, State.BOOKING)


class Refused(msgspec.Struct, frozen=True):
    """A refused row by its place in the whole content."""

    row: int
    code: str
    why: str


class Booked(msgspec.Struct, frozen=True):
    """The receipts of the batches booked so far, summed; `rejected` names the first REJECTED_NAMED_MAX refused rows."""

    batches: tuple[int, ...] = ()
    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0
    superseded: int = 0
    suspect: int = 0
    rejected_count: int = 0
    rejected: tuple[Refused, ...] = ()

    def plus(self, receipt: Receipt) -> Booked:
        """With one more."""
        named = (Refused(found.row, found.code, found.why) for found in receipt.rejected)
        return Booked(
            batches=(*self.batches, receipt.batch),
            rows=self.rows + receipt.rows,
            accepted=self.accepted + receipt.accepted,
            duplicate=self.duplicate + receipt.duplicate,
            corrected=self.corrected + receipt.corrected,
            superseded=self.superseded + receipt.superseded,
            suspect=self.suspect + receipt.suspect,
            rejected_count=self.rejected_count + receipt.rejected_count,
            rejected=(*self.rejected, *named)[:REJECTED_NAMED_MAX],
        )


class Fault(msgspec.Struct, frozen=True):
    """Why an upload failed: a code of the one tree of errors and the message."""

    code: str
    why: str


class Asked(msgspec.Struct, frozen=True):
    """What a sender says of an upload when it is created; said again otherwise, it is another one's key."""

    client: str
    key: str
    content_type: str
    encoding: str
    digest: str | None
    region: str | None
    unit: str | None

    @property
    def id(self) -> str:
        """Its name, the same whenever the same client uses the same key."""
        return hashlib.sha256(f"{self.client}\0{self.key}".encode()).hexdigest()[:32]

    @property
    def reach(self) -> Reach:
        """The units it may speak of: those its sender might speak of when it was created."""
        region = None if self.region is None else RegionCode(self.region)
        return Reach(region, None if self.unit is None else CreditCode(self.unit))


class Upload(msgspec.Struct, frozen=True):
    """One upload. `offset` counts the bytes that are durable, `length` is all of them once that was said."""

    asked: Asked
    created_at: dt.datetime
    changed_at: dt.datetime
    offset: int = 0
    length: int | None = None
    state: State = State.RECEIVING
    booked: Booked = Booked()
    fault: Fault | None = None

    @property
    def id(self) -> str:
        """Its name."""
        return self.asked.id

    @property
    def is_complete(self) -> bool:
        """Whether all of its bytes are here."""
        return self.state is not State.RECEIVING
