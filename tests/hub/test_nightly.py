"""By night a hub reconciles its links, each once, whether it is due for a run or not, and by day it does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.model.daily_slot import DailySlot
from graph.model.period import BEIJING, Period
from graph.ports import Ask
from hub.nightly import opened, part_of, reconcile_due
from hub.wiring import Hub
from tests.hub.reconciling_stage import Ends, ends_in
from tests.hub.stores.registry_fakes import StillClock

pytestmark = pytest.mark.anyio
SLOT = DailySlot.parse("23:00-02:00")


def night(hour: int, minute: int = 0, day: int = 20) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    async with ends_in(tmp_path) as both:
        yield both


async def looked(ends: Ends, at: dt.datetime, slot: DailySlot | None = SLOT) -> list[str]:
    """The links that were reconciled by a look at this moment."""
    nation = ends.nation
    settings = nation.settings.model_copy(update={"reconcile_slot": slot})
    hub: Hub = replace(nation, settings=settings, clock=StillClock(at))
    return await ends.with_means(lambda means: reconcile_due(hub, means))


async def test_a_link_is_reconciled_once_a_night_and_again_in_the_next(ends: Ends) -> None:
    assert await looked(ends, night(22, 59)) == []
    assert await looked(ends, night(23)) == ["jia"]
    assert await looked(ends, night(23, 30)) == []
    assert await looked(ends, night(1, 59, day=21)) == []
    assert await looked(ends, night(2, day=21)) == []
    assert await looked(ends, night(0, 30, day=22)) == ["jia"]
    rows = ends.nation.registry.rows(Ask("reconciliation")).table.to_pylist()
    assert [(row["differing"], row["fault"]) for row in rows] == [(0, None)] * 2


async def test_what_differs_is_mended_by_night(ends: Ends) -> None:
    await ends.tell(ends.nation, 7, value="99.5")
    assert not ends.agree()
    assert await looked(ends, night(23)) == ["jia"]
    assert ends.agree()


async def test_without_a_slot_and_for_a_paused_link_nothing_is_reconciled(ends: Ends) -> None:
    assert await looked(ends, night(23), slot=None) == []
    ends.nation.registry.upsert("link", [{"key": "jia", "enabled": False}], "tester")
    assert await looked(ends, night(23)) == []


async def test_a_link_that_another_hub_runs_is_left_to_it(ends: Ends) -> None:
    held = await ends.nation.leasing.take("jia")
    assert held is not None
    assert await looked(ends, night(23)) == []


@pytest.mark.parametrize(("length", "nights"), [(401, 30), (30, 30), (5, 30), (1, 1), (401, 400)])
def test_in_so_many_nights_each_day_is_counted_anew(length: int, nights: int) -> None:
    last = dt.date(2026, 11, 20)
    counted: set[int] = set()
    for night_ in range(nights):
        ends_on = last + dt.timedelta(days=night_)
        period = Period.of_days(ends_on - dt.timedelta(days=length - 1), ends_on)
        part = part_of(period, nights)
        if part is not None:
            assert period.first_day <= part.first_day <= part.last_day <= period.last_day
            begin, end = ((day - period.first_day).days for day in (part.first_day, part.last_day))
            counted |= set(range(begin, end + 1))
    assert counted == set(range(length))


def test_no_night_counts_anew_where_that_is_not_wished() -> None:
    assert part_of(Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 9)), 0) is None


async def test_what_was_written_into_the_file_is_found_by_night_though_its_figures_agree(ends: Ends) -> None:
    with ends.nation.store._database.writing() as cursor:
        cursor.execute("UPDATE reading SET value = value + 1 WHERE day = DATE '2026-10-07'")
    assert ends.agree()
    for day in range(30):
        await looked(ends, night(23) + dt.timedelta(days=day))
    (row,) = (
        row for row in ends.nation.registry.rows(Ask("reconciliation")).table.to_pylist() if row["recounted"]
    )
    assert (row["recounted"], row["changed"], row["differing"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("slot", "now", "expected"),
    [
        ("03:00-05:30", night(4), night(3)),
        ("23:00-02:00", night(23, 30), night(23)),
        ("23:00-02:00", night(1), night(23, day=19)),
    ],
)
def test_a_slot_over_midnight_opened_the_evening_before(
    slot: str, now: dt.datetime, expected: dt.datetime
) -> None:
    assert opened(DailySlot.parse(slot), now) == expected
