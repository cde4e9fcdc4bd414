"""What a decision leaves to the hub: the day a report is first sent on, who decided of a link or a device, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from graph.model.period import beijing_day
from graph.model.report import ReportState
from hub.stores.registry.audit import Author

Cells = Mapping[str, Any]
Fill = Callable[[Cells | None, Cells, Author], Cells]


def as_given(_: Cells | None, cells: Cells, __: Author) -> Cells:
    """The cells of a row whose author says all there is to say."""
    return cells


def _report(before: Cells | None, cells: Cells, author: Author) -> Cells:
    """A report that is submitted without a day is so today, unless it was sent before."""
    is_sent = before is not None and before["submitted_on"] is not None
    if is_sent or "submitted_on" in cells or cells.get("state") != ReportState.SUBMITTED:
        return cells
    return {**cells, "submitted_on": beijing_day(author.at)}


def _link(before: Cells | None, cells: Cells, author: Author) -> Cells:
    """A link that is paused says by whom and since when; the same reason once more changes nothing."""
    if "paused_why" not in cells or (before is not None and before["paused_why"] == cells["paused_why"]):
        return cells
    if cells["paused_why"] is None:
        return {**cells, "paused_by": None, "paused_since": None}
    return {**cells, "paused_by": author.who, "paused_since": author.at}


def _device(before: Cells | None, cells: Cells, author: Author) -> Cells:
    """A device that is decided of says by whom and when; a reason goes with its state, and the same changes nothing."""
    if before is None or cells.get("state") in (None, before["state"]):
        return cells
    return {"why": None, **cells, "decided_by": author.who, "decided_at": author.at}


FILLS: Mapping[str, Fill] = MappingProxyType(
    {"quarterly_report": _report, "link": _link, "access_device": _device}
)
