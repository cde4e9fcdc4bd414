"""What a decision leaves to the hub: the day a report is first sent is the day on which it comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from graph.model.report import ReportState

Cells = Mapping[str, Any]
Fill = Callable[[Cells | None, Cells, dt.date], Cells]


def as_given(_: Cells | None, cells: Cells, __: dt.date) -> Cells:
    """The cells of a row whose author says all there is to say."""
    return cells


def _report(before: Cells | None, cells: Cells, today: dt.date) -> Cells:
    """A report that is submitted without a day is so today, unless it was sent before."""
    is_sent = before is not None and before["submitted_on"] is not None
    if is_sent or "submitted_on" in cells or cells.get("state") != ReportState.SUBMITTED:
        return cells
    return {**cells, "submitted_on": today}


FILLS: Mapping[str, Fill] = MappingProxyType({"quarterly_report": _report})
