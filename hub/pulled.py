"""What links bring into the registry: a province speaks for its own rows, and not over what those above it decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import InvalidInput
from graph.model.principal import NATION, Reach
from graph.model.report import ReportState, Standing, standing_after_pull
from graph.ports import Upserted
from hub.stores.registry import cells
from hub.stores.registry.registry import Registry
from hub.stores.registry.writes import Settle, as_it_came

Row = Mapping[str, Any]


@dataclass(frozen=True)
class PulledNouns:
    """Writes of nouns that were pulled. Implements graph.ports.RegistrySink."""

    registry: Registry

    def upsert(self, noun: str, rows: Iterable[Row], who: str, reach: Reach = NATION) -> Upserted:
        """Insert or change by natural key, all rows or none, as Registry.upsert. Raises InvalidInput."""
        return self.registry.upsert(noun, rows, who, reach, SETTLES.get(noun, as_it_came))


def _report(held: Row | None, came: Row) -> Row:
    """A report with the state that stands; what is no state or no day is left for the registry to refuse."""
    if not isinstance(came.get("state"), str) or came["state"] not in set(ReportState):
        return came
    try:
        came = {**came, "submitted_on": _day(came.get("submitted_on"))}
    except InvalidInput:
        return came
    before = None if held is None else _standing(held)
    state, day = standing_after_pull(before, _standing(came))
    return {**came, "state": state.value, "submitted_on": day}


def _day(said: Any) -> dt.date | None:
    """A day, which may come as text: the same day is no other one because of how it is written."""
    return None if said is None else cells.day(said)


def _standing(row: Row) -> Standing:
    return ReportState(row["state"]), row.get("submitted_on")


SETTLES: Mapping[str, Settle] = {"quarterly_report": _report}
