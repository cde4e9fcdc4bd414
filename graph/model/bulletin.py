"""Bulletins (通报): what NDRC and SAMR say of a quarter together, once both have approved it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.period import Quarter


class BulletinState(StrEnum):
    """Where a bulletin stands (草稿、已会签、已发布)."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Bulletin:
    """One edition of a quarter's bulletin. `as_of_batch` is the batch up to which its figures were taken."""

    quarter: Quarter
    edition: int
    title: str
    as_of_batch: int | None
    state: BulletinState
    ndrc_approved_on: dt.date | None
    samr_approved_on: dt.date | None
    published_on: dt.date | None
    text: str

    def __post_init__(self) -> None:
        approvals = [day for day in (self.ndrc_approved_on, self.samr_approved_on) if day is not None]
        is_draft, is_out = self.state is BulletinState.DRAFT, self.state is BulletinState.PUBLISHED
        if is_draft == (len(approvals) == 2):
            raise InvalidInput(
                f"a bulletin {self.state.value} with {len(approvals)} of two approvals", "state"
            )
        if not is_draft and self.as_of_batch is None:
            raise InvalidInput(f"a bulletin {self.state.value} says up to which batch it speaks", "asOfBatch")
        if is_out != (self.published_on is not None):
            raise InvalidInput(
                f"a bulletin {self.state.value} with publication day {self.published_on}", "publishedOn"
            )
        if self.published_on is not None and self.published_on < max(approvals):
            raise InvalidInput(f"came {self.published_on}, before it was approved", "publishedOn")
