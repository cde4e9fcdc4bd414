"""The cells of a link: where it leads, how often it runs, and why it is paused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hub.stores.registry import cells
from hub.stores.registry.cells import Cell

EVERY_S_MAX = 31 * 86_400  # a link that runs less often is one that somebody runs by hand
DEADLINE_S_MAX = 86_400  # a run that takes longer goes on in the next one
WHY_MAX = 500  # characters of why a link is paused, or a device refused

PAUSED = ("paused_by", "paused_why", "paused_since")

LINK_CELLS: Mapping[str, Cell] = MappingProxyType(
    {
        "key": Cell(cells.key),
        "dialect": Cell(cells.key),
        "province": Cell(cells.province),
        "address": Cell(cells.address),
        "credential": Cell(cells.secret_name, None),
        "quirks": Cell(cells.json_object, "{}"),
        "cursor": Cell(cells.prose, None),
        "enabled": Cell(cells.yes_or_no, default=True),
        "every_seconds": Cell(cells.whole(1, EVERY_S_MAX), None),
        "slot": Cell(cells.slot, None),
        "deadline_seconds": Cell(cells.whole(1, DEADLINE_S_MAX), None),
        "paused_by": Cell(cells.words(), None),
        "paused_why": Cell(cells.words(WHY_MAX, cells.LINES), None),
        "paused_since": Cell(cells.moment, None),
    }
)
