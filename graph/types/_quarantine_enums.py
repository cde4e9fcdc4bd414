"""The enumerations of drift and quarantine as GraphQL's, each member described."""

from __future__ import annotations

from graph.execution.enumerations import described as _described
from graph.model.drift import DriftKind
from graph.model.quarantine import QuarantineState

__all__ = ["DriftKind", "QuarantineState"]

_described(
    DriftKind,
    "What happened to a column of a source (列变化).",
    {
        DriftKind.NEW: "It is there and not mapped (新增).",
        DriftKind.MISSING: "It is mapped and not there (缺失).",
        DriftKind.RETYPED: "It is there and its type cannot be read (变型).",
    },
)
_described(
    QuarantineState,
    "Whether rows wait in quarantine (隔离状态).",
    {
        QuarantineState.WAITING: "Some of them wait (待补录).",
        QuarantineState.BOOKED: "A replay booked all of them (已补录).",
        QuarantineState.GIVEN_UP: "A person gave up what was not booked (已放弃).",
    },
)
