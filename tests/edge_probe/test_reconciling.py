"""What a platform lost or changed it has again after one reconciliation; what it holds newer or besides is told and left."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.reconciling import LOOKED_INTO_EVERY, OFFERED_EVERY, TOLD_MAX, kind_of
from edge_probe.spool_digests import drop_readings
from graph.errors import SourceRefused, SourceUnreachable
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing
from tests.edge_probe.reconciling_stage import GAS, TICK, Ends, said

pytestmark = pytest.mark.anyio
DAY = dt.date(2026, 11, 23)
ONE_DAY = dt.timedelta(days=1)
PLACES = st.integers(0, 7)
VALUES = st.decimals(0, 9, places=4)


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.spool.close()


async def test_two_ends_that_agree_cost_one_question(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1, GAS))
    done = await ends.reconciling.reconcile()
    assert (done.agrees, done.rows, ends.platform.asked, ends.told) == (True, 0, ["days"], [])


async def test_each_day_is_looked_into_when_its_turn_comes_though_both_ends_seem_to_agree(ends: Ends) -> None:
    await ends.hand_over(said(0), said(96))
    figures = await ends.platform.days(UNIT, DAY, DAY + ONE_DAY)
    ends.platform.kept = figures
    ends.platform.rows.clear()
    for _ in range(LOOKED_INTO_EVERY - 1):
        assert (await ends.reconciling.reconcile()).found == ()
        ends.clock.moment += ONE_DAY
    assert [each.day for each in (await ends.reconciling.reconcile()).found] == [DAY]
    ends.clock.moment += ONE_DAY
    assert [each.day for each in (await ends.reconciling.reconcile()).found] == [DAY + ONE_DAY]
    ends.platform.rows.clear()
    assert len((await ends.reconciling.reconcile(anew=True)).found) == 2


async def test_an_empty_spool_asks_nothing(ends: Ends) -> None:
    assert (await ends.reconciling.reconcile()).days is None
    assert ends.platform.asked == []


@given(
    lost=st.sets(PLACES),
    older=st.dictionaries(PLACES, VALUES),
    same=st.dictionaries(PLACES, VALUES),
)
def test_whatever_was_lost_or_changed_under_no_newer_version_is_there_again_after_one(
    lost: set[int], older: dict[int, Decimal], same: dict[int, Decimal]
) -> None:
    async def both_agree() -> None:
        ends = Ends()
        await ends.hand_over(*(said(place) for place in range(8)))
        whole = {key: value for key, (_, value) in ends.platform.rows.items()}
        for place in lost:
            ends.platform.rows.pop((ELECTRICITY, said(place).start))
        for values, newer in ((older, -TICK), (same, 0 * TICK)):
            for place, value in values.items():
                row = said(place)
                ends.platform.rows[ELECTRICITY, row.start] = row.written_at + newer, value
        assert (await ends.reconciling.reconcile()).agrees
        assert {key: value for key, (_, value) in ends.platform.rows.items()} == whole
        ends.spool.close()

    asyncio.run(both_agree())


async def test_only_what_differs_goes_once_more_under_a_number_of_its_own(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1, GAS), said(96))
    del ends.platform.rows[ELECTRICITY, said(0).start]
    done = await ends.reconciling.reconcile()
    assert (done.rows, ends.kinds) == (1, ["reconciled"])
    assert [(row.sequence, row.again) for row in ends.platform.batches[-1]] == [(1, 1)]
    del ends.platform.rows[ELECTRICITY, said(0).start]
    await ends.reconciling.reconcile()
    assert [(row.sequence, row.again) for row in ends.platform.batches[-1]] == [(1, 2)]


async def test_a_newer_value_is_told_once_stays_and_is_offered_again_after_a_week(ends: Ends) -> None:
    await ends.hand_over(said(0))
    newer = replace(said(0, value="9"), written_at=beijing("20:00"))
    ends.platform.hold(newer)
    done = await ends.reconciling.reconcile()
    assert (done.rows, ends.kinds) == (2, ["platform-holds-newer", "reconciled"])
    assert ends.platform.rows[ELECTRICITY, newer.start] == (beijing("20:00"), Decimal(9))
    assert (await ends.reconciling.reconcile()).rows == 0
    assert len(ends.told) == 2
    ends.clock.moment += OFFERED_EVERY + TICK
    assert (await ends.reconciling.reconcile()).rows == 2


async def test_what_differs_otherwise_than_before_is_offered_at_once(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1))
    ends.platform.hold(replace(said(0, value="9"), written_at=beijing("20:00")))
    await ends.reconciling.reconcile()
    del ends.platform.rows[ELECTRICITY, said(1).start]
    assert (await ends.reconciling.reconcile()).rows > 0
    assert (ELECTRICITY, said(1).start) in ends.platform.rows


async def test_what_was_never_had_is_told_and_left_and_another_devices_is_no_difference(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.hold(said(1, GAS))
    assert (await ends.reconciling.reconcile()).found == ()
    ends.platform.hold(said(5))
    await ends.reconciling.reconcile()
    assert (ends.kinds, len(ends.platform.rows)) == (["platform-holds-more", "reconciled"], 3)


async def test_a_refused_row_is_told_with_the_platforms_words(ends: Ends) -> None:
    ends.platform.refused = frozenset({ELECTRICITY})
    await ends.hand_over(said(0))
    (left,) = (await ends.reconciling.reconcile()).left
    assert (kind_of(left), ends.kinds[-2:]) == (
        "platform-takes-not-all",
        ["platform-takes-not-all", "reconciled"],
    )
    assert ends.kinds.count("row-refused") == 3
    ends.platform.refused = frozenset()
    assert (await ends.reconciling.reconcile(anew=True)).agrees


async def test_what_is_not_handed_over_yet_is_not_compared(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.spool.append([said(1)])
    assert (await ends.reconciling.reconcile()).found == ()


async def test_what_the_probe_writes_while_it_compares_is_no_difference(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1))
    del ends.platform.rows[ELECTRICITY, said(1).start]
    ends.platform.meanwhile = lambda: ends.spool.append([said(2)])
    assert (await ends.reconciling.reconcile()).found == ()


async def test_what_was_written_and_handed_over_while_it_compares_is_no_difference_either(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1))
    del ends.platform.rows[ELECTRICITY, said(1).start]

    def read_and_taken() -> None:
        ends.spool.acknowledge("province", ends.spool.append([said(2)]))
        ends.platform.hold(said(2))

    ends.platform.meanwhile = read_and_taken
    assert (await ends.reconciling.reconcile()).found == ()


async def test_days_of_which_something_was_thinned_away_are_not_compared(ends: Ends) -> None:
    await ends.hand_over(said(0), said(1), said(96))
    with ends.spool.writing() as db:
        drop_readings(db, "thin_oldest", {"limit": 1})
    ends.clock.moment += ONE_DAY
    done = await ends.reconciling.reconcile()
    assert (done.found, done.days) == ((), (DAY + ONE_DAY, DAY + ONE_DAY))


async def test_this_day_is_not_compared_for_it_is_not_over(ends: Ends) -> None:
    ends.clock.moment = beijing("22:00")
    await ends.hand_over(said(0))
    assert (await ends.reconciling.reconcile()).days is None


async def test_without_mending_nothing_is_sent_written_or_told(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.rows.clear()
    batches = len(ends.platform.batches)
    done = await ends.reconciling.reconcile(mend=False)
    assert (len(done.found), done.agrees, len(ends.platform.batches), ends.told) == (1, False, batches, [])
    assert ends.comparing.comparisons() == {}


async def test_many_differences_are_few_events(ends: Ends) -> None:
    codes = [f"{n:02d}01010102330011" for n in range(TOLD_MAX + 5)]
    await ends.hand_over(*(said(0, code) for code in codes))
    for code in codes:
        ends.platform.hold(replace(said(0, code, "9"), written_at=beijing("20:00")))
    done = await ends.reconciling.reconcile()
    assert (len(done.left), len(ends.told)) == (len(codes), TOLD_MAX + 1)


async def test_how_it_went_and_why_it_broke_off_is_kept(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.hold(said(3))
    await ends.reconciling.reconcile()
    kept = ends.comparing.comparisons()["province"]
    assert (kept.compared_at, kept.differing, kept.fault) == (ends.clock.now(), 1, None)
    ends.platform.fault = SourceRefused("no")
    ends.clock.moment += ONE_DAY
    with pytest.raises(SourceRefused):
        await ends.reconciling.reconcile()
    after = ends.comparing.comparisons()["province"]
    assert (after.compared_at, after.differing, after.fault) == (kept.compared_at, 1, "SOURCE_REFUSED: no")
    ends.spool.add_uplinks(["another"])
    assert ends.comparing.comparisons() == {}


async def test_what_could_not_be_handed_over_waits_and_goes_with_the_next_delivery(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.rows.clear()

    async def fails() -> float | None:
        return 1.0

    ends.reconciling._push = fails
    with pytest.raises(SourceUnreachable, match="wait to go there once more"):
        await ends.reconciling.reconcile()
    assert await ends.delivery.push() is None
    assert list(ends.platform.rows) == [(ELECTRICITY, said(0).start)]
    assert ends.comparing.again("province", 9) == ()


async def test_new_readings_go_before_what_goes_once_more(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.comparing.offer("province", said(0).unit, [(DAY, ELECTRICITY)], 0)
    await ends.hand_over(said(1))
    assert [[row.again for row in batch] for batch in ends.platform.batches] == [[0], [0], [1]]
