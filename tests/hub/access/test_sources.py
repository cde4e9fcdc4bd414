"""Whatever is asked, by whomever: a source gives what is the asker's, and nothing that its question forgot to leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.energy import Basis
from graph.model.live import LiveAnswer, LiveQuestion, LiveState
from graph.model.period import Granularity, Month
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.model.rights import DECIDING, READING
from graph.model.sync_run import Link
from graph.ports import (
    Ask,
    BalanceAsk,
    CompletenessAsk,
    Condition,
    Decision,
    Decisions,
    DigestAsk,
    Event,
    FreshnessAsk,
    HistoryAsk,
    HopAsk,
    MonthlyAsk,
    Order,
    Page,
    ReadingAsk,
    Silence,
    Sources,
)
from hub.access.sources import sources_of

JIA, CITY, YI = (Reach(RegionCode(code)) for code in ("970000", "970100", "980000"))
ONE = Reach(unit=CreditCode("91970100MA00000005"))
EMPTY = pa.table({"phone": pa.array([], pa.string())})
PERIOD = Month(2026, 10).period


@dataclass
class Recording:
    """Every source at once; what was asked of it is kept."""

    asked: list[Any] = field(default_factory=list)
    table: pa.Table = field(default_factory=lambda: EMPTY)

    def rows(self, ask: Ask) -> Page:
        self.asked.append(ask)
        return Page(self.table, (), has_next=False, has_previous=False)

    known = rows

    def pages(self, asks: list[Ask]) -> list[Page]:
        return [self.rows(ask) for ask in asks]

    def counts(self, ask: Ask, _by: str, _latest: str | None = None) -> pa.Table:
        return self.rows(ask).table

    def figure(self, *asked: Any) -> pa.Table:
        self.asked.append(asked[0])
        return self.table

    readings = latest = history = balance = completeness = freshness = digests = monthly_by_province = figure
    hops = evidence = figure
    monthly = rows

    def held(self, ask: DigestAsk, **_: bool) -> Any:
        self.asked.append(ask)

    def decide(self, noun: str, _decisions: Any, asker: Principal) -> Decisions:
        self.asked.append((noun, asker))
        return Decisions(self.table, ())

    def links(self) -> Mapping[str, Link]:
        self.asked.append("links")
        return {}

    async def ask(self, _link: Link, question: LiveQuestion) -> LiveAnswer:
        self.asked.append(question)
        return LiveAnswer(LiveState.ANSWERED, 0.0)


def sources(asker: Principal, whole: Recording) -> Sources:
    """Everything, as the asker may see it."""
    given: dict[str, Any] = dict.fromkeys((each.name for each in fields(Sources)), whole)
    return sources_of(Sources(**given | {"events": Silence(), "waiting": frozenset()}), asker)


def somebody(
    reach: Reach = NATION,
    *roles: Role,
    kind: OrganisationKind = OrganisationKind.NATIONAL_AGENCY,
    parts: frozenset[Part] = frozenset(Part),
) -> Principal:
    """An asker."""
    return Principal("某", "of", reach, frozenset(roles), kind, parts)


READER = somebody(JIA, Role.READ, kind=OrganisationKind.PROVINCIAL_DEPARTMENT)


@pytest.mark.parametrize(
    ("own", "asked", "got"),
    [
        (NATION, NATION, NATION), (NATION, JIA, JIA), (NATION, ONE, ONE),
        (JIA, NATION, JIA), (JIA, JIA, JIA), (JIA, CITY, CITY), (JIA, YI, JIA), (JIA, ONE, Reach(JIA.region, ONE.unit)),
        (CITY, JIA, CITY), (ONE, NATION, ONE), (ONE, JIA, Reach(JIA.region, ONE.unit)), (ONE, ONE, ONE),
    ],
)  # fmt: skip
def test_a_question_that_forgot_its_reach_gets_it_and_none_gets_more(
    own: Reach, asked: Reach, got: Reach
) -> None:
    whole = Recording()
    seen = sources(somebody(own, Role.READ), whole)
    seen.registry.rows(Ask("unit", asked))
    seen.ledger.pages([Ask("batch", asked)])
    seen.registry.counts(Ask("unit", asked), "province")
    seen.registry.known(Ask("unit", asked))
    seen.figures.balance(BalanceAsk(PERIOD, (), asked, Basis.CALORIFIC))
    seen.figures.completeness(CompletenessAsk(PERIOD, (), asked))
    seen.figures.hops(HopAsk(PERIOD, (), asked))
    seen.figures.evidence(HopAsk(PERIOD, (), asked))
    seen.figures.freshness(FreshnessAsk(PERIOD, asked))
    seen.figures.digests(DigestAsk(PERIOD, reach=asked))
    assert [each.reach for each in whole.asked] == [got] * 10


REACHES = st.sampled_from([NATION, JIA, CITY, YI, ONE, Reach(JIA.region, ONE.unit)])
PLACES = [
    ("970000", None),
    ("970101", None),
    ("970101", str(ONE.unit)),
    ("980100", None),
    ("980100", "another"),
]


def _holds(reach: Reach, place: tuple[str, str | None]) -> bool:
    """Whether a row that lies there is within reach."""
    region, unit = place
    is_there = reach.region is None or reach.region.holds(RegionCode(region))
    return is_there and (reach.unit is None or unit == str(reach.unit))


@given(REACHES, REACHES, st.sampled_from(PLACES))
def test_whatever_is_asked_no_row_out_of_ones_own_reach_comes_of_it(
    own: Reach, asked: Reach, place: tuple[str, str | None]
) -> None:
    whole = Recording()
    sources(somebody(own, Role.READ), whole).registry.rows(Ask("unit", asked))
    (got,) = whole.asked
    if _holds(got.reach, place):
        assert _holds(own, place)
    if _holds(own, place) and _holds(asked, place):
        assert _holds(got.reach, place)


@pytest.mark.parametrize("noun", sorted(READING))
@pytest.mark.parametrize("kind", OrganisationKind)
def test_no_way_of_asking_for_a_noun_is_left_open(noun: str, kind: OrganisationKind) -> None:
    whole = Recording()
    seen = sources(somebody(NATION, kind=kind), whole)
    ask = Ask(noun)
    ways = (
        lambda: seen.registry.rows(ask),
        lambda: seen.registry.known(ask),
        lambda: seen.ledger.pages([ask]),
        lambda: seen.ledger.counts(ask, "id"),
        lambda: seen.events.listen(noun),
    )
    for way in ways:
        with pytest.raises(Forbidden):
            way()
    assert whole.asked == []


FIGURES: dict[str, Any] = {
    "readings": ReadingAsk([], PERIOD, Granularity.DAY),
    "latest": [],
    "history": HistoryAsk([], PERIOD),
    "balance": BalanceAsk(PERIOD, ()),
    "completeness": CompletenessAsk(PERIOD, ()),
    **dict.fromkeys(("hops", "evidence"), HopAsk(PERIOD)),
    "freshness": FreshnessAsk(PERIOD),
    "digests": DigestAsk(PERIOD),
    "monthly": MonthlyAsk(),
    "monthly_by_province": MonthlyAsk(),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_are_for_who_may_read(figure: str) -> None:
    whole = Recording()
    with pytest.raises(Forbidden):
        getattr(sources(somebody(NATION, Role.UPLOAD), whole).figures, figure)(FIGURES[figure])
    assert whole.asked == []
    getattr(sources(READER, whole).figures, figure)(FIGURES[figure])
    assert len(whole.asked) == 1


# ---- persons --------------------------------------------------------------------------------------------

PHONES = pa.table({"name": ["某甲", "某乙"], "phone": ["13800000001", None]})


@pytest.mark.parametrize("roles", [(Role.READ,), (Role.READ, Role.CONTACTS)])
def test_telephone_numbers_are_shown_with_the_one_role(roles: tuple[Role, ...]) -> None:
    seen = sources(somebody(NATION, *roles), Recording(table=PHONES)).registry
    known = seen.known(Ask("person"))
    assert known is not None
    for page in (seen.rows(Ask("person")), known, *seen.pages([Ask("person")])):
        assert page.table["name"].to_pylist() == ["某甲", "某乙"]
        assert page.table["phone"].to_pylist() == (
            PHONES["phone"].to_pylist() if len(roles) > 1 else [None, None]
        )
        assert page.table.schema == PHONES.schema


@pytest.mark.parametrize(
    "ask", [Ask("person", order=Order("phone")), Ask("person", where=(Condition("phone", "13800000001"),))]
)
def test_what_is_not_shown_is_not_asked_by_either(ask: Ask) -> None:
    seen = sources(READER, Recording()).registry
    for way in (lambda: seen.rows(ask), lambda: seen.pages([ask]), lambda: seen.counts(ask, "name")):
        with pytest.raises(Forbidden, match="phone of a person is not shown"):
            way()
    for by, latest in (("phone", None), ("name", "phone")):
        with pytest.raises(Forbidden):
            seen.counts(Ask("person"), by, latest)


# ---- decisions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", sorted(DECIDING))
def test_an_authority_decides_its_own_part_alone(noun: str) -> None:
    for part in Part:
        whole = Recording()
        who = somebody(NATION, Role.DECIDE, parts=frozenset({part}))
        sink = sources(who, whole).writer
        if DECIDING[noun][OrganisationKind.NATIONAL_AGENCY] is part:
            sink.decide(noun, [Decision({})], who)
            assert whole.asked == [(noun, who)]
        else:
            with pytest.raises(Forbidden, match="is decided by who has the part"):
                sink.decide(noun, [Decision({})], who)
            assert whole.asked == []


def test_nobody_decides_in_anothers_name_or_further_than_they_reach() -> None:
    whole, own = Recording(), somebody(JIA, Role.DECIDE, kind=OrganisationKind.PROVINCIAL_DEPARTMENT)
    sink = sources(own, whole).writer
    with pytest.raises(Forbidden, match="in its own name"):
        sink.decide("unit", [Decision({})], replace(own, client="another"))
    sink.decide("unit", [Decision({})], somebody(NATION, *Role))
    sink.decide("unit", [Decision({})], replace(own, reach=CITY))
    assert whole.asked == [("unit", own), ("unit", replace(own, reach=CITY))]


def test_nothing_happens_because_somebody_asks() -> None:
    with pytest.raises(Forbidden):
        sources(READER, Recording()).events.publish(Event("unit", 1))
