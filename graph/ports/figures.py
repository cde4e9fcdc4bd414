"""Figures over readings: series, balances, completeness, each as of any batch or moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from graph.model.comparison import Comparison
from graph.model.energy import Basis, EnergyKind
from graph.model.period import Granularity, Period
from graph.model.principal import NATION, Reach
from graph.model.unit import Tier
from graph.ports.as_of import NOW, AsOf
from graph.ports.held_against import HopAsk, MonthlyAsk
from graph.ports.lists import Page, check_size


@dataclass(frozen=True)
class ReadingAsk:
    """Readings of some points in a period, ordered by point and start.

    `points` holds (unit_id, point_id). `first` bounds the rows of each point. With `gaps` every slot of the period is
    there, and one nobody said has no value.
    """

    points: Sequence[tuple[int, int]]
    period: Period
    granularity: Granularity
    as_of: AsOf = NOW
    first: int | None = None
    gaps: bool = False


@dataclass(frozen=True)
class HistoryAsk:
    """Everything ever said of some points in a period; `starts` and `granularities`, where given, narrow it."""

    points: Sequence[tuple[int, int]]
    period: Period
    starts: Sequence[dt.datetime] = ()
    granularities: Sequence[Granularity] = tuple(Granularity)


class DigestLevel(StrEnum):
    """How fine digests are asked for, from the root of the tree that two stores compare to its leaves."""

    PROVINCE = "province"
    UNIT = "unit"
    DAY = "day"
    POINT = "point"


@dataclass(frozen=True)
class DigestAsk:
    """Count, exact sum and digest of readings that begin in a period, to be compared with another store's.

    `units` narrows it; a question about points names the units it is about.
    """

    period: Period
    level: DigestLevel = DigestLevel.DAY
    reach: Reach = NATION
    units: tuple[str, ...] = ()
    granularity: Granularity | None = None
    as_of: AsOf = NOW


class Dimension(StrEnum):
    """What a balance or a completeness can be grouped by."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    SECTION = "section"
    TIER = "tier"
    UNIT = "unit"
    KIND = "kind"
    VARIETY = "variety"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class BalanceOrder(StrEnum):
    """What the groups of a balance go by."""

    GROUPS = "groups"
    TCE = "tce"
    QUANTITY = "quantity"


@dataclass(frozen=True)
class BalanceAsk:
    """Energy used in a period by plants as a whole, grouped; `compared` says with what each group is.

    Groups without a figure to go by come last, those with the same one by their dimensions. `first` cuts the groups.
    """

    period: Period
    group_by: tuple[Dimension, ...]
    reach: Reach = NATION
    basis: Basis = Basis.CALORIFIC
    provinces: tuple[str, ...] = ()
    kinds: tuple[EnergyKind, ...] = ()
    tiers: tuple[Tier, ...] = ()
    units: tuple[str, ...] = ()
    as_of: AsOf = NOW
    compared: tuple[Comparison, ...] = ()
    order: BalanceOrder = BalanceOrder.GROUPS
    descending: bool = False
    first: int | None = None

    def __post_init__(self) -> None:
        check_size(self.first, None)

    @property
    def ranked(self) -> bool:
        """Whether it asks for another order than the store's own, or for a part of the groups."""
        return self.order is not BalanceOrder.GROUPS or self.descending or self.first is not None


@dataclass(frozen=True)
class CompletenessAsk:
    """Slots due and slots received in a period, grouped."""

    period: Period
    group_by: tuple[Dimension, ...]
    reach: Reach = NATION
    provinces: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    as_of: AsOf = NOW


@dataclass(frozen=True)
class FreshnessAsk:
    """How far the readings of each province have come in a period."""

    period: Period
    reach: Reach = NATION
    provinces: tuple[str, ...] = ()
    as_of: AsOf = NOW


class States(Protocol):
    """The states the readings were in (账本): of the whole ledger, whatever an asker may read of its batches."""

    def last_batch(self) -> int:
        """Number of the last batch, 0 before the first."""
        ...

    def received_at(self, batch: int) -> dt.datetime | None:
        """When a batch was received; None for none of this number."""
        ...


class FigureSource(Protocol):
    """Figures over readings, one statement an answer.

    history: unit_id, point_id, granularity, start, value, origin, version, state, batch, source, received_at, confirms,
    replaced_by, replaced_by_source, replaced_at, why; in the order of versions.
    readings: unit_id, point_id, start (UTC), value, origin, batch, suspect. latest: the same and granularity.
    balance: the dimensions asked for, variety, unit of measure, quantity, tce (null without coefficient),
    edition, readings; for each comparison its measure, quantity, tce and readings, as before_tce or year_before_tce,
    null where it has none; where it is ranked, whole_tce, whole_readings, whole_without_coefficient and whole_groups of
    all groups together, the same in every row. completeness: the dimensions asked for, due, received, on_time (received
    within a day of the period's end). freshness: province, last_day (the last with a reading), told_at (when the last was
    told, UTC); no row for a province of which nothing was told. hops: the dimensions asked for, due, received, a column for
    each graph.model.hop.SlotState, which together are due, and estimated_on_time, which of the estimated came in time.
    evidence: hop, data_code (null: all), what, begins, ends, source, reported_at; moments in UTC.
    """

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings as columns."""
        ...

    def latest(self, points: Sequence[tuple[int, int]], as_of: AsOf = NOW) -> pa.Table:
        """The last value said of each point, as it was said; no row where nothing was."""
        ...

    def history(self, ask: HistoryAsk) -> pa.Table:
        """Every version ever said, with what became of it."""
        ...

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The energy balance as columns; sums are exact."""
        ...

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Completeness as columns; received never exceeds due."""
        ...

    def hops(self, ask: HopAsk) -> pa.Table:
        """What became of the slots that were due, as columns. Raises TooLarge."""
        ...

    def evidence(self, ask: HopAsk) -> pa.Table:
        """What is known of the missing slots of one unit, which the question names."""
        ...

    def freshness(self, ask: FreshnessAsk) -> pa.Table:
        """How far each province has come, as columns."""
        ...

    def digests(self, ask: DigestAsk) -> pa.Table:
        """Count, exact sum and digest (graph.model.digest) of a level's buckets, as columns, in their order.

        Every level has readings, total, lane_a, lane_b, behind what names its buckets: province and how many units have
        readings (units); province, unit; unit, granularity, day; unit, granularity, day, data_code. A bucket without
        readings is not there.
        """
        ...

    def monthly(self, ask: MonthlyAsk) -> Page:
        """A page of months beside the sums of their days, as columns.

        province, unit, data_code, month, monthly, daily (null without days), days, month_days, coverage (of the month's
        quarter-hours), complete, deviation (monthly / daily - 1; null where daily is 0 or null), beyond_tolerance and
        factor (null unless complete; factor also where none is near), source, batch, day_sources, independent.
        Raises InvalidInput for a cursor of no or another order.
        """
        ...

    def monthly_by_province(self, ask: MonthlyAsk) -> pa.Table:
        """How many rows the whole list has in each province: province, rows. Order and page are left aside."""
        ...
