"""What an asker may ask of the stores (权限内的数据源): each source bounded by the asker's rights, whoever asks it.

Rights to what is kept are applied here: an endpoint, a resolver or an export gets these and never a store. A question that
forgot its asker's reach gets it, one for a noun that is not theirs is refused, columns about persons are empty. What a
delivery may hold is the intake's affair, what a decision may say the registry's, and whom an address opens for its door's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import pyarrow as pa
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from graph.discover import modules_in
from graph.errors import Forbidden
from graph.execution.ways import sees_links
from graph.model.live import LiveAnswer, LiveQuestion
from graph.model.principal import Principal, Reach, Role
from graph.model.rights import (
    PERSONAL,
    PERSONAL_ROLE,
    READING,
    hidden_from,
    require_decision,
    require_live_of,
    require_sight,
)
from graph.model.sync_run import Link
from graph.ports import (
    NOW,
    Ask,
    AsOf,
    BalanceAsk,
    CompletenessAsk,
    Condition,
    Decision,
    Decisions,
    DecisionSink,
    DigestAsk,
    Event,
    Events,
    FigureSource,
    FreshnessAsk,
    HistoryAsk,
    HopAsk,
    LiveSource,
    MonthlyAsk,
    Page,
    ReadingAsk,
    RowSource,
    Sources,
)

A = TypeVar("A", Ask, BalanceAsk, CompletenessAsk, HopAsk, FreshnessAsk, DigestAsk, MonthlyAsk)


@dataclass(frozen=True)
class SeenRows:
    """Lists (graph.ports.RowSource) as the asker may see them."""

    source: RowSource
    asker: Principal

    def rows(self, ask: Ask) -> Page:
        """One page. Raises Forbidden, and what the source raises."""
        return self._shown(ask.noun, self.source.rows(self._asked(ask)))

    def known(self, ask: Ask) -> Page | None:
        """The same page where it is known. Raises Forbidden."""
        found = self.source.known(self._asked(ask))
        return None if found is None else self._shown(ask.noun, found)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """A page each. Raises Forbidden."""
        found = self.source.pages([self._asked(ask) for ask in asks])
        return [self._shown(ask.noun, page) for ask, page in zip(asks, found, strict=True)]

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows by a column's values. Raises Forbidden."""
        self._check_columns(ask.noun, {by, *([latest] if latest else [])})
        return self.source.counts(self._asked(ask), by, latest)

    def _asked(self, ask: Ask) -> Ask:
        require_sight(self.asker, ask.noun)
        used = {condition.column for condition in ask.where}
        self._check_columns(ask.noun, used if ask.order is None else used | {ask.order.column})
        return within_reach(ask, self.asker.reach)

    def _check_columns(self, noun: str, used: set[str]) -> None:
        """What is not shown is not asked by either: an order or a filter would tell it."""
        if hidden := hidden_from(self.asker, noun) & used:
            names = ", ".join(sorted(hidden))
            raise Forbidden(f"{names} of a {noun} is not shown to {self.asker.client}", f"{noun}.{names}")

    def _shown(self, noun: str, page: Page) -> Page:
        hidden = hidden_from(self.asker, noun)
        return replace(page, table=without(page.table, hidden)) if hidden else page


@dataclass(frozen=True)
class SeenFigures:
    """Figures (graph.ports.FigureSource) within the asker's reach.

    Of readings, latest and history the points are told by their numbers, which only rows within reach have.
    """

    source: FigureSource
    asker: Principal

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """Readings of points. Raises Forbidden."""
        require_sight(self.asker, "readings")
        return self.source.readings(ask)

    def latest(self, points: Sequence[tuple[int, int]], as_of: AsOf = NOW) -> pa.Table:
        """The last value of each point. Raises Forbidden."""
        require_sight(self.asker, "latest")
        return self.source.latest(points, as_of)

    def history(self, ask: HistoryAsk) -> pa.Table:
        """Everything ever said of points. Raises Forbidden."""
        require_sight(self.asker, "history")
        return self.source.history(ask)

    def balance(self, ask: BalanceAsk) -> pa.Table:
        """The energy balance. Raises Forbidden."""
        require_sight(self.asker, "balance")
        return self.source.balance(within_reach(ask, self.asker.reach))

    def completeness(self, ask: CompletenessAsk) -> pa.Table:
        """Completeness. Raises Forbidden."""
        require_sight(self.asker, "completeness")
        return self.source.completeness(within_reach(ask, self.asker.reach))

    def hops(self, ask: HopAsk) -> pa.Table:
        """Completeness by hop. Raises Forbidden."""
        require_sight(self.asker, "completeness")
        return self.source.hops(within_reach(ask, self.asker.reach))

    def evidence(self, ask: HopAsk) -> pa.Table:
        """What is known of a unit's missing slots. Raises Forbidden."""
        require_sight(self.asker, "completeness")
        return self.source.evidence(within_reach(ask, self.asker.reach))

    def freshness(self, ask: FreshnessAsk) -> pa.Table:
        """How far provinces have come. Raises Forbidden."""
        require_sight(self.asker, "freshness")
        return self.source.freshness(within_reach(ask, self.asker.reach))

    def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of units' days. Raises Forbidden."""
        require_sight(self.asker, "digests")
        return self.source.digests(within_reach(ask, self.asker.reach))

    def monthly(self, ask: MonthlyAsk) -> Page:
        """Months beside the sums of their days; who sees no links is not told the sources. Raises Forbidden."""
        require_sight(self.asker, "monthly")
        page = self.source.monthly(within_reach(ask, self.asker.reach))
        if sees_links(self.asker.reach) and READING["link"].has(self.asker):
            return page
        return replace(page, table=without(page.table, frozenset({"source", "day_sources"})))

    def monthly_by_province(self, ask: MonthlyAsk) -> pa.Table:
        """How many of them each province has. Raises Forbidden."""
        require_sight(self.asker, "monthly")
        return self.source.monthly_by_province(within_reach(ask, self.asker.reach))


@dataclass(frozen=True)
class OwnDecisions:
    """Decisions (graph.ports.DecisionSink) that are the asker's to make, under the asker's name and reach."""

    sink: DecisionSink
    asker: Principal

    def decide(self, noun: str, decisions: Sequence[Decision], asker: Principal) -> Decisions:
        """Write rows. Raises Forbidden, and what the sink raises. Of who is said to ask, only a narrower reach counts."""
        require_decision(self.asker, noun)
        if asker.client != self.asker.client:
            raise Forbidden(f"{self.asker.client} decides in its own name, not {asker.client}'s", noun)
        own = replace(self.asker, reach=_narrower(asker.reach, self.asker.reach))
        return self.sink.decide(noun, decisions, own)


@dataclass(frozen=True)
class HeardEvents:
    """Events (graph.ports.Events) of nouns the asker may read; the rows they name are read within reach."""

    source: Events
    asker: Principal

    def publish(self, event: Event) -> None:
        """Nothing happens because somebody asks. Raises Forbidden."""
        raise Forbidden(f"{self.asker.client} tells of no {event.noun}", event.noun)

    def listen(self, noun: str) -> AbstractContextManager[AsyncIterator[Sequence[Event]]]:
        """What is told of a noun. Raises Forbidden."""
        require_sight(self.asker, noun)
        return self.source.listen(noun)


@dataclass(frozen=True)
class OwnLive:
    """Provinces' hubs (graph.ports.LiveSource), asked for what the asker may read here."""

    source: LiveSource
    asker: Principal

    def links(self) -> Mapping[str, Link]:
        """The link of each province. Raises Forbidden."""
        require_sight(self.asker, "live")
        return self.source.links()

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """What a hub answers. Raises Forbidden for what is not the asker's to read."""
        require_live_of(self.asker, str(link.region))
        for name in sorted(question.fields & guarded_fields().keys()):
            _require_field(self.asker, name)
        return await self.source.ask(link, question)


def sources_of(whole: Sources, asker: Principal) -> Sources:
    """All that may be asked, as one asker may."""
    return replace(
        whole,
        registry=SeenRows(whole.registry, asker),
        ledger=SeenRows(whole.ledger, asker),
        figures=SeenFigures(whole.figures, asker),
        writer=OwnDecisions(whole.writer, asker),
        live=OwnLive(whole.live, asker),
        events=HeardEvents(whole.events, asker),
    )


def batches_of(asker: Principal, ledger: RowSource, number: int) -> list[dict[str, Any]]:
    """The batch of a number: one within reach that the asker may read, or one that it sent itself."""
    this, own = Condition("id", number), Condition("source", asker.client)
    found = ledger.rows(Ask("batch", where=(this, own), first=1)).table
    if not found.num_rows and READING["batch"].has(asker):
        found = ledger.rows(Ask("batch", asker.reach, (this,), first=1)).table
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def without(table: pa.Table, hidden: frozenset[str]) -> pa.Table:
    """A table of which these columns are null."""
    for name in hidden.intersection(table.column_names):
        field = table.schema.field(name)
        table = table.set_column(table.column_names.index(name), field, pa.nulls(table.num_rows, field.type))
    return table


@cache
def guarded_fields() -> Mapping[str, str]:
    """Names of fields that not everybody with the role read may select, and the noun they show."""
    found = {to_camel_case(column): noun for noun, columns in PERSONAL.items() for column in columns}
    for module in modules_in("graph.types").values():
        noun = getattr(module, "NOUN", None)
        if noun is not None and READING[noun.name].roles != frozenset({Role.READ}):
            fields = get_object_definition(module.QUERY, strict=True).fields
            found |= {to_camel_case(field.name): noun.name for field in fields}
    return found


def _require_field(asker: Principal, name: str) -> None:
    noun = guarded_fields()[name]
    require_sight(asker, noun)
    if noun in PERSONAL:
        asker.require(PERSONAL_ROLE, f"{noun}.{name}")


def within_reach(ask: A, reach: Reach) -> A:
    """The question within a reach: its own where that is no wider."""
    return ask if ask.reach == reach else replace(ask, reach=_narrower(ask.reach, reach))


def _narrower(asked: Reach, own: Reach) -> Reach:
    """What lies both in what was asked for and in one's own reach; of a region that does not, one's own instead."""
    region = asked.region
    if own.region is not None and (region is None or not own.region.holds(region)):
        region = own.region
    return Reach(region, own.unit or asked.unit)
