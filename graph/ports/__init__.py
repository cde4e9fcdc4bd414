"""What the graph and the spokes ask of the world, as Protocols with one or two verbs each.

Implementations do not inherit; `hub/wiring.py` is the only place that makes them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from graph.model.principal import Principal
from graph.ports.as_of import NOW, AsOf
from graph.ports.completion import Completion
from graph.ports.decisions import AuditEntry, Decided, Decision, Decisions, DecisionSink
from graph.ports.events import Event, Events, Silence
from graph.ports.figures import (  # fmt: skip
    BalanceAsk,
    BalanceOrder,
    CompletenessAsk,
    DigestAsk,
    DigestLevel,
    Dimension,
    FigureSource,
    FreshnessAsk,
    HistoryAsk,
    ReadingAsk,
    States,
)
from graph.ports.held_against import HopAsk, HopDimension, MonthlyAsk, MonthlyOrder
from graph.ports.lists import (
    ROWS_PER_PAGE_MAX,
    Ask,
    Compare,
    Condition,
    Order,
    Page,
    RegistrySink,
    RowSource,
    Scalar,
    Upserted,
    check_size,
)  # fmt: skip
from graph.ports.live import NO_HUBS, LiveSource
from graph.ports.way_in import (
    RAW_CAME,
    RAW_ROW,
    BatchSink,
    DayLog,
    DayPuller,
    Delivery,
    Handed,
    Judged,
    ManyBatchSink,
    NounDelivery,
    PointDirectory,
    Puller,
    Quarantine,
    RunLog,
)  # fmt: skip

__all__ = [
    "NOW", "NO_HUBS", "RAW_CAME", "RAW_ROW", "ROWS_PER_PAGE_MAX", "AsOf", "Ask", "AuditEntry", "BalanceAsk",
    "BalanceOrder", "BatchSink", "Clock", "Compare", "CompletenessAsk", "Completion", "Condition", "DayLog",
    "DayPuller", "Decided", "Decision", "DecisionSink", "Decisions", "Delivery", "DigestAsk", "DigestLevel",
    "Dimension", "Event", "Events", "FigureSource", "FreshnessAsk", "GraphContext", "Handed", "HistoryAsk", "HopAsk",
    "HopDimension", "Judged", "LiveSource", "ManyBatchSink", "MonthlyAsk", "MonthlyOrder", "NounDelivery", "Order",
    "Page", "PointDirectory", "Puller", "Quarantine", "ReadingAsk", "RegistrySink", "RowSource", "RunBlocking",
    "RunLog", "Scalar", "Silence", "Sources", "States", "Upserted", "check_size",
]  # fmt: skip

T = TypeVar("T")


class Clock(Protocol):
    """The time, so that tests can hold it still."""

    def now(self) -> dt.datetime:
        """The present moment, aware."""
        ...


@dataclass(frozen=True)
class Sources:
    """Everything a resolver may ask, handed to it in the context."""

    registry: RowSource
    ledger: RowSource
    figures: FigureSource
    states: States
    clock: Clock
    writer: DecisionSink
    live: LiveSource = NO_HUBS
    events: Events = field(default_factory=Silence)
    waiting: frozenset[str] = frozenset()  # dialects whose links are never run, because the other side calls


class RunBlocking(Protocol):
    """Runs a blocking call beside the event loop, as many at a time as its maker allows."""

    async def __call__(self, call: Callable[[], T], /) -> T:
        """What the call returns, or what it raises."""
        ...


@dataclass
class GraphContext:
    """One request: who asks, what may be asked, and what was read so far: loaders, and how many rows of figures."""

    principal: Principal
    sources: Sources
    loaders: dict[Any, Any] = field(default_factory=dict)
    run_blocking: RunBlocking = asyncio.to_thread
    run_writing: RunBlocking = asyncio.to_thread  # what has begun there is finished, whoever goes
    request: str = "without a name"  # what the log calls it
    rows_read: int = 0
    spent: set[Any] = field(default_factory=set)  # which questions those rows are of, and where asked
    takes_text: bool = False  # whether parts of the answer may be JSON already, as orjson.Fragment
    completion: Completion = field(default_factory=Completion)

    def begin_anew(self) -> None:
        """Forget what was read: each event of a subscription is a request of its own."""
        self.loaders.clear()
        self.rows_read = 0
        self.spent.clear()
