"""As of when a figure is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from graph.errors import InvalidInput


@dataclass(frozen=True)
class AsOf:
    """What was said up to a batch of the ledger, or up to a moment; neither means now."""

    batch: int | None = None
    moment: dt.datetime | None = None

    def __post_init__(self) -> None:
        if self.batch is not None and self.moment is not None:
            raise InvalidInput("give a batch or a moment, not both", "asOf")


NOW = AsOf()
