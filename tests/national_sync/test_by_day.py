"""Days are asked for newest first, again while readings may come late, and until each was there."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import (
    ConfigurationError,
    SourceError,
    SourceMalformed,
    SourceNotReady,
    SourceRefused,
    SourceUnreachable,
)
from graph.model.region import RegionCode
from graph.model.sync_run import AskedDay, DayState, Link
from graph.ports import Delivery, Handed, NounDelivery
from national_sync.by_day import FAULTS_A_RUN, ByDay, Days, Whole
from national_sync.letting_go import letting_go
from tests.national_sync.fakes import NOW, StillClock, arrived
from tests.national_sync.kept_days import KeptDays

pytestmark = pytest.mark.anyio
T = TypeVar("T")
LINK = Link("jia", "trial", RegionCode("970000"), "somewhere")
TODAY = dt.date(2026, 11, 23)


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


@dataclass
class Platform:
    """Has one delivery for each day, but for days that are empty or go wrong in their own way."""

    faults: Mapping[dt.date, SourceError] = field(default_factory=dict)
    empty: frozenset[dt.date] = frozenset()
    asked: list[dt.date] = field(default_factory=list)

    async def pull_day(self, link: Link, day: dt.date) -> AsyncIterator[Delivery]:
        """One delivery named for the day, then its fault if there is one."""
        self.asked.append(day)
        if day not in self.empty and not isinstance(self.faults.get(day), SourceNotReady):
            yield Delivery(link.source, str(day), "digest", arrived({}))
        if day in self.faults:
            raise self.faults[day]


@dataclass
class TickingClock:
    """A second later each time."""

    moment: dt.datetime = NOW

    def now(self) -> dt.datetime:
        """The moment."""
        self.moment += dt.timedelta(seconds=1)
        return self.moment


async def at_once(call: Callable[[], T]) -> T:
    return call()


async def pulled(platform: Platform, log: KeptDays, days: Days) -> list[Delivery | NounDelivery]:
    source = ByDay(platform, log, days, StillClock(), at_once)
    return [delivery async for delivery in source.pull(LINK)]


async def test_a_backlog_comes_newest_day_first_and_today_before_all_of_it() -> None:
    platform, log = Platform(), KeptDays()
    await pulled(platform, log, Days(ago(9), again=2, most=5))
    assert platform.asked == [ago(0), ago(1), ago(2), ago(3), ago(4)]
    await pulled(platform, log, Days(ago(9), again=2, most=5))
    assert platform.asked[5:] == [ago(0), ago(1), ago(5), ago(6), ago(7)]


async def test_what_is_not_published_yet_is_neither_empty_nor_a_fault_and_stays_owed() -> None:
    platform = Platform({ago(4): SourceNotReady("not yet")}, empty=frozenset({ago(3)}))
    log = KeptDays()
    found = await pulled(platform, log, Days(ago(5), again=1, most=9))
    assert len(found) == 4
    assert log.states(LINK)[ago(4)] is DayState.NOT_READY
    assert log.states(LINK)[ago(3)] is DayState.EMPTY
    assert Days(ago(5), again=1, most=9).due(TODAY, log.days(LINK)) == [TODAY, ago(4)]


async def test_a_malformed_day_costs_itself_and_is_told_at_the_end() -> None:
    platform, log = Platform({ago(1): SourceMalformed("came HTML")}), KeptDays()
    with pytest.raises(SourceMalformed, match=r"1 days went wrong: 2026-11-22: came HTML"):
        await pulled(platform, log, Days(ago(3)))
    assert platform.asked == [ago(0), ago(1), ago(2), ago(3)]
    assert log.states(LINK)[ago(1)] is DayState.FAILED
    assert log.states(LINK)[ago(3)] is DayState.BROUGHT


async def test_a_source_whose_every_day_is_wrong_is_left_after_a_few() -> None:
    platform = Platform({ago(back): SourceMalformed("came HTML") for back in range(9)})
    with pytest.raises(SourceMalformed, match=f"{FAULTS_A_RUN} days went wrong"):
        await pulled(platform, KeptDays(), Days(ago(9)))
    assert len(platform.asked) == FAULTS_A_RUN


async def test_a_source_that_is_gone_ends_the_run_and_its_day_stays_owed() -> None:
    platform, log = Platform({ago(1): SourceUnreachable("no route")}), KeptDays()
    with pytest.raises(SourceUnreachable):
        await pulled(platform, log, Days(ago(3)))
    assert platform.asked == [ago(0), ago(1)]
    assert log.states(LINK) == {TODAY: DayState.BROUGHT, ago(1): DayState.FAILED}


async def test_a_day_that_never_gets_an_answer_keeps_no_older_one_waiting() -> None:
    platform, log = Platform({ago(2): SourceUnreachable("no whole answer within 60 s")}), KeptDays()
    for _ in range(2):
        with pytest.raises(SourceUnreachable):
            await pulled(platform, log, Days(ago(4), again=1, most=9))
    assert platform.asked == [ago(0), ago(1), ago(2), ago(0), ago(3), ago(4), ago(2)]


async def test_a_source_that_wants_to_be_left_alone_is_asked_for_no_further_day_and_its_wish_is_told() -> (
    None
):
    platform = Platform({ago(1): SourceRefused("answered 429", retry_after_s=600.0)})
    with pytest.raises(SourceMalformed) as told:
        await pulled(platform, KeptDays(), Days(ago(9)))
    assert (platform.asked, told.value.retry_after_s) == ([ago(0), ago(1)], 600.0)


async def test_a_day_of_which_half_had_come_when_the_source_went_away_is_asked_for_once_more() -> None:
    log, platform = KeptDays(), Platform()
    for back in (8, 7, 0):
        clock = TickingClock(NOW - dt.timedelta(days=back))
        await drained(ByDay(platform, log, Days(ago(12)), clock, at_once))
    assert platform.asked[-9:] == [ago(back) for back in range(9)]
    platform.asked.clear()
    await pulled(platform, log, Days(ago(12)))
    assert platform.asked == [ago(0), ago(1), ago(2)]


async def drained(source: ByDay) -> None:
    """All that a source has."""
    async for _ in source.pull(LINK):
        pass


@dataclass
class Saying:
    """Says one thing of a day, or of all it has, under a key that names it."""

    said: str

    async def pull_day(self, link: Link, day: dt.date) -> AsyncIterator[Delivery]:
        """What it says."""
        yield Delivery(link.source, f"{day}:{self.said}", "digest", arrived({}))

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery | Handed]:
        """What it says."""
        yield Delivery(link.source, self.said, "digest", arrived({}))


@pytest.mark.parametrize("by_day", [True, False])
async def test_a_correction_that_is_taken_back_is_said_anew_and_the_same_again_is_not(by_day: bool) -> None:
    source, log, clock, keys = Saying("a"), KeptDays(), TickingClock(), list[str]()
    for said in ("a", "a", "b", "a", "a"):
        source.said = said
        asking = (log, clock, at_once)
        run = ByDay(source, log, Days(TODAY), clock, at_once) if by_day else Whole(source, *asking)
        keys += [delivery.key async for delivery in run.pull(LINK) if isinstance(delivery, Delivery)]
    assert [key.rpartition(":")[0].removeprefix(f"{TODAY}:") for key in keys] == ["a", "b", "a"]
    assert len(set(keys)) == len(keys)


async def test_a_page_that_leads_on_is_never_left_out() -> None:
    class Leading(Saying):
        async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery | Handed]:
            yield Delivery(link.source, self.said, "digest", arrived({}), cursor="7")

    log = KeptDays()
    for _ in range(2):
        found = [each async for each in Whole(Leading("a"), log, StillClock(), at_once).pull(LINK)]
        assert [each.cursor for each in found if isinstance(each, Delivery)] == ["7"]


async def test_a_day_is_marked_only_when_what_it_brought_was_taken() -> None:
    platform, log = Platform(), KeptDays()
    source = ByDay(platform, log, Days(ago(1)), StillClock(), at_once)
    deliveries = source.pull(LINK)
    await anext(deliveries)
    assert log.days(LINK) == {}
    await anext(deliveries)
    assert log.states(LINK) == {TODAY: DayState.BROUGHT}


@dataclass
class Holding:
    """Holds something while it is asked."""

    let_go: bool = False

    async def pull_day(self, link: Link, day: dt.date) -> AsyncIterator[Delivery]:
        """Two deliveries."""
        try:
            for key in ("a", "b"):
                yield Delivery(link.source, f"{day}:{key}", "digest", arrived({}))
        finally:
            self.let_go = True

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery | Handed]:
        """The same of all it has."""
        async with letting_go(self.pull_day(link, TODAY)) as coming:
            async for delivery in coming:
                yield delivery


@pytest.mark.parametrize("by_day", [True, False])
async def test_a_source_lets_go_as_soon_as_who_wraps_it_is_left(by_day: bool) -> None:
    source, asking = Holding(), (KeptDays(), StillClock(), at_once)
    run = ByDay(source, asking[0], Days(TODAY), *asking[1:]) if by_day else Whole(source, *asking)
    async with letting_go(run.pull(LINK)) as coming:
        await anext(coming)
        assert not source.let_go
    assert source.let_go


def test_days_that_make_no_sense_are_refused() -> None:
    for again, most in ((0, 5), (6, 5)):
        with pytest.raises(ConfigurationError):
            Days(TODAY, again, most)


@given(
    st.integers(0, 40), st.integers(1, 4), st.integers(0, 6),
    st.dictionaries(st.integers(0, 40), st.sampled_from(list(DayState))),
)  # fmt: skip
def test_no_day_is_asked_for_twice_or_before_the_first_and_owed_ones_all_come_in_time(
    backlog: int, again: int, more: int, states: dict[int, DayState]
) -> None:
    days = Days(ago(backlog), again, again + more)
    moment = NOW
    known = {ago(back): AskedDay(state, NOW) for back, state in states.items()}
    asked: set[dt.date] = set()
    for _ in range(backlog + 2):
        due = days.due(TODAY, known)
        assert due[0] == TODAY
        assert len(set(due)) == len(due) <= again + more
        assert all(day >= days.first for day in due)
        moment += dt.timedelta(minutes=1)
        known |= {day: AskedDay(DayState.NOT_READY, moment) for day in due}
        asked |= set(due)
    settled = {ago(back) for back, state in states.items() if state in (DayState.BROUGHT, DayState.EMPTY)}
    owed = {ago(back) for back in range(backlog + 1)} - settled
    assert more == 0 or owed <= asked


def test_the_first_day_may_be_today_and_tomorrow_is_none() -> None:
    assert Days(TODAY).due(TODAY, {}) == [TODAY]
    assert Days(TODAY + dt.timedelta(days=1)).due(TODAY, {}) == []
