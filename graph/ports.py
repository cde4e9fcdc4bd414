"""What the graph and the spokes ask of the world, as Protocols with one or two verbs each.

Implementations do not inherit; `hub/wiring.py` is the only place that makes them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from graph.errors import InvalidInput
from graph.model.energy import Basis, EnergyKind
from graph.model.period import Granularity, Period
from graph.model.principal import NATION, Principal, Reach
from graph.model.reading import Arrived
from graph.model.sync_run import Link, Receipt, SyncRun
from graph.model.unit import Tier

ROWS_PER_PAGE_MAX = 10_000  # one page of any list; more is what exports are for
T = TypeVar("T")
Scalar: TypeAlias = str | int | bool | dt.date | dt.datetime | None


class Clock(Protocol):
    """The time, so that tests can hold it still."""

    def now(self) -> dt.datetime:
        """The present moment, aware."""
        ...


# ---- lists of nouns -------------------------------------------------------------------------------------


class Compare(StrEnum):
    """How a column is compared with a value."""

    EQ = "eq"
    IN = "in"
    GE = "ge"
    LT = "lt"
    CONTAINS = "contains"


@dataclass(frozen=True)
class Condition:
    """`column` compared with `value`; for IN a tuple."""

    column: str
    value: Scalar | tuple[Scalar, ...]
    compare: Compare = Compare.EQ


@dataclass(frozen=True)
class Order:
    """By one column; ties are broken by the row's id, so that pages never overlap."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Ask:
    """One list: which noun, within whose reach, which rows, in which order, from where on.

    `after` is a cursor an earlier page gave. `first` is None only inside the hub, never from a query.
    """

    noun: str
    reach: Reach = NATION
    where: tuple[Condition, ...] = ()
    order: Order | None = None
    first: int | None = None
    after: str | None = None
    want_total: bool = False

    def __post_init__(self) -> None:
        if self.first is not None and not 0 < self.first <= ROWS_PER_PAGE_MAX:
            raise InvalidInput(f"came {self.first}, expected 1 to {ROWS_PER_PAGE_MAX}", "first")


@dataclass(frozen=True)
class Page:
    """Columns of a list's page. `cursors` has one entry a row; `total` only where it was asked for."""

    table: pa.Table
    cursors: Sequence[str]
    has_next: bool
    total: int | None = None


class RowSource(Protocol):
    """Lists of nouns as columns; permissions are applied here and nowhere else."""

    def rows(self, ask: Ask) -> Page:
        """One page. Raises InvalidInput for an unknown noun, column or cursor."""
        ...


class RegistrySink(Protocol):
    """Writes of nouns, each change audited."""

    def upsert(self, noun: str, rows: Iterable[Mapping[str, Any]], who: str) -> Upserted:
        """Insert or change by the noun's natural key, all rows or none. Raises InvalidInput."""
        ...


@dataclass(frozen=True)
class Upserted:
    """How many rows an upsert added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    same: int = 0


# ---- figures --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AsOf:
    """What was said up to a batch of the ledger, or up to a moment; neither means now."""

    batch: int | None = None
    moment: dt.datetime | None = None

    def __post_init__(self) -> None:
        if self.batch is not None and self.moment is not None:
            raise InvalidInput("give a batch or a moment, not both", "asOf")


NOW = AsOf()


@dataclass(frozen=True)
class ReadingAsk:
    """Readings of some points in a period, ordered by point and start.

    `points` holds (unit_id, point_id). `first` bounds the rows of each point.
    """

    points: Sequence[tuple[int, int]]
    period: Period
    granularity: Granularity
    as_of: AsOf = NOW
    first: int | None = None


class Dimension(StrEnum):
    """What a balance or a completeness can be grouped by."""

    PROVINCE = "province"
    CITY = "city"
    SECTION = "section"
    TIER = "tier"
    UNIT = "unit"
    KIND = "kind"
    VARIETY = "variety"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True)
class BalanceAsk:
    """Energy used in a period by plants as a whole, grouped."""

    period: Period
    group_by: tuple[Dimension, ...]
    reach: Reach = NATION
    basis: Basis = Basis.CALORIFIC
    provinces: tuple[str, ...] = ()
    kinds: tuple[EnergyKind, ...] = ()
    tiers: tuple[Tier, ...] = ()
    units: tuple[str, ...] = ()
    as_of: AsOf = NOW


@dataclass(frozen=True)
class CompletenessAsk:
    """Slots due and slots received in a period, grouped."""

    period: Period
    group_by: tuple[Dimension, ...]
    reach: Reach = NATION
    provinces: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    as_of: AsOf = NOW


class FigureSource(Protocol):
    """Figures over readings, one statement an answer.

    readings: unit_id, point_id, start (UTC), value, origin, batch, suspect.
    balance: the dimensions asked for, variety, unit of measure, quantity, tce (null without coefficient),
    edition, readings. completeness: the dimensions asked for, due, received.
    """

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings as columns."""
        ...

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The energy balance as columns; sums are exact."""
        ...

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Completeness as columns; received never exceeds due."""
        ...


# ---- the way in -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """One batch on its way in: who sent it, under which key, its bytes' digest, its decoded rows.

    `reach` bounds the units it may speak of. `cursor` is where a pull may go on after this delivery.
    """

    source: str
    key: str
    digest: str
    arrived: Arrived
    reach: Reach = NATION
    cursor: str | None = None


@dataclass(frozen=True)
class NounDelivery:
    """Rows of a registry noun that a pull brought."""

    noun: str
    rows: Sequence[Mapping[str, Any]]
    cursor: str | None = None


@dataclass(frozen=True)
class Judged:
    """A delivery after the rules: rows to store (JUDGED), verdicts on them, rows refused (REJECTIONS).

    `province` is the one its units lie in, None when there are several or none.
    """

    source: str
    key: str
    digest: str
    received_at: dt.datetime
    province: str | None
    table: pa.Table
    verdicts: pa.Table
    rejections: pa.Table


class BatchSink(Protocol):
    """The one door into the readings store."""

    def commit(self, batch: Judged) -> Receipt:
        """Write all of it in one transaction, durable when this returns. The same key returns the same receipt.

        Raises Conflict when the key was used with another digest, StoreError when nothing was written.
        """
        ...

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt given before for this key, if there was one. Raises Conflict as commit does."""
        ...


class PointDirectory(Protocol):
    """Which points units have."""

    def points(self, units: Sequence[str]) -> pa.Table:
        """unit, unit_id, province, region, data_code, point_id, low, high, state of these credit codes' points.

        A unit without points has one row whose data_code is null; an unknown unit has none.
        """
        ...


class Puller(Protocol):
    """A dialect in which the hub asks and the source answers."""

    def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """What is new since the link's cursor, in order. Raises SourceError."""
        ...


class RunLog(Protocol):
    """Where sync runs are kept and links remember how far they came."""

    def begin(self, link: Link, at: dt.datetime) -> int:
        """Store a running sync run and return its number."""
        ...

    def update(self, number: int, run: SyncRun) -> None:
        """Replace what is known of a run; a cursor in it becomes the link's."""
        ...


@dataclass(frozen=True)
class Sources:
    """Everything a resolver may ask, handed to it in the context."""

    registry: RowSource
    ledger: RowSource
    figures: FigureSource
    clock: Clock
    writer: RegistrySink


class RunBlocking(Protocol):
    """Runs a blocking call beside the event loop, as many at a time as its maker allows."""

    async def __call__(self, call: Callable[[], T], /) -> T:
        """What the call returns, or what it raises."""
        ...


@dataclass
class GraphContext:
    """One request: who asks, what may be asked, and loaders that live as long as the request."""

    principal: Principal
    sources: Sources
    loaders: dict[Any, Any] = field(default_factory=dict)
    run_blocking: RunBlocking = asyncio.to_thread
