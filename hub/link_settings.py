"""Settings of how the links of a hub are run: how many at once, for how long, and how one is tried again that broke off."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

from graph.errors import InvalidInput
from graph.model.daily_slot import DailySlot
from graph.model.monthly import APART_MAX
from national_sync.cadence import RUN_S_MAX, Patience
from national_sync.windows import SHARE

_USUAL = Patience()


class LinkSettings(BaseSettings):
    """What holds for every link that says nothing else."""

    sync_seconds: float = Field(
        default=900,
        description="Seconds between two runs of the links this hub pulls from, and of duties; 0: it runs none.",
        ge=0,
    )
    links_at_once: int = Field(default=16, description="Links run at once.", gt=0)
    links_of_a_province_at_once: int = Field(
        default=2, description="Links of one province run at once, of those.", gt=0
    )
    run_seconds: float = Field(
        default=RUN_S_MAX,
        description="Longest time one run of a link may take; the next goes on where it was cut off.",
        gt=0,
    )
    retry_seconds: float = Field(
        default=_USUAL.first_s,
        description="Seconds within which a link that broke off is tried again; twice as many with each failure.",
        gt=0,
    )
    retry_seconds_max: float = Field(
        default=_USUAL.ceiling_s,
        description="Most seconds until a link that breaks off is tried again.",
        gt=0,
    )
    breaker_failures: int = Field(
        default=_USUAL.failures_max,
        description="Failures in a row after which a link is left alone for a while.",
        gt=0,
    )
    breaker_seconds: float = Field(
        default=_USUAL.open_s,
        description="Seconds for which it then is left alone at least, before one trial.",
        gt=0,
    )

    reconcile_slot: Annotated[DailySlot | None, NoDecode] = Field(
        default=DailySlot.parse("03:00-05:30"),
        description="When by night links are reconciled, Beijing time; empty: never.",
    )
    monthly_tolerance: Decimal = Field(
        default=APART_MAX,
        description="Share by which a month's own value may lie from the sum of its days, such as 0.05.",
        gt=0,
        lt=1,
        max_digits=7,
        decimal_places=6,
    )
    reconcile_days: int = Field(
        default=400, description="Days before today that are compared each night.", ge=0, le=3_660
    )

    reconcile_share: float = Field(
        default=SHARE,
        gt=0,
        le=1,
        description="Of the days of a source that tells no digests, how much a reconciliation reads again, by chance.",
    )
    recount_nights: int = Field(
        default=30,
        description="Nights in which this hub counts its own readings anew, a part of those days each night; 0: never.",
        ge=0,
        le=400,
    )

    @field_validator("reconcile_slot", mode="before")
    @classmethod
    def _is_a_slot(cls, value: object) -> object:
        try:
            return (DailySlot.parse(value) if value else None) if isinstance(value, str) else value
        except InvalidInput as fault:
            raise ValueError(str(fault)) from fault

    @field_validator("retry_seconds_max")
    @classmethod
    def _is_the_longest(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("retry_seconds", 0):
            raise ValueError("expected at least retry_seconds")
        return value

    @property
    def patience(self) -> Patience:
        """How links are tried again."""
        ceiling_s = self.retry_seconds_max
        open_s = min(self.breaker_seconds, ceiling_s)
        return Patience(self.retry_seconds, ceiling_s, self.breaker_failures, open_s)
