"""Days and months go to a platform whole or not at all, by their start, and again when they are corrected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe.nhjc04_wire import Wire
from edge_probe.readings import DOUBTFUL, QUARTER_HOUR, Reading, Spooled
from edge_probe.spool import Spool
from edge_probe.telling import told_of
from tests.edge_probe.fakes import ELECTRICITY, UNIT, Kept, beijing
from tests.edge_probe.nhjc04_uplink_stage import Stage

pytestmark = pytest.mark.anyio
A_DAY = 96


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    async with made.client:
        yield made


def quarters(
    first: int, last: int, sequence: int = 1, value: str = "1.0001", origin: str = "instrument"
) -> list[Spooled]:
    """Quarter-hours of 23 November by their number, the last one included, numbered by the spool from `sequence`."""
    starts = [beijing("00:00") + n * QUARTER_HOUR for n in range(first, last + 1)]
    return [
        Spooled(sequence + n, Reading(UNIT, ELECTRICITY, start, Decimal(value), origin, start + QUARTER_HOUR))
        for n, start in enumerate(starts)
    ]


def told(stage: Stage, stat_type: str) -> list[tuple[str, str]]:
    rows = [row for post in stage.platform.posts for row in post if row["statType"] == stat_type]
    return [(row["statDate"], row["dataValue"]) for row in rows]


async def send(stage: Stage, rows: Sequence[Spooled], kept: Sequence[Spooled], **said: bool) -> None:
    stage.kept = Kept(kept)
    await stage.uplink(**said).send(rows)


async def test_a_day_is_told_with_the_row_that_made_it_whole(stage: Stage) -> None:
    day = quarters(0, A_DAY - 1)
    await send(stage, day[:50], day, daily=True)
    assert told(stage, "1") == []
    await send(stage, day[50:], day, daily=True)
    assert told(stage, "1") == [("2026-11-23 00:00:00", "96.0096")]
    assert len(told(stage, "0")) == A_DAY


async def test_a_day_with_a_gap_has_no_value(stage: Stage) -> None:
    day = [*quarters(0, 39), *quarters(41, A_DAY - 1, 41)]
    await send(stage, day, day, daily=True)
    assert told(stage, "1") == []


async def test_a_quarter_hour_that_came_late_makes_its_day_whole_and_none_other(stage: Stage) -> None:
    late = quarters(40, 40, 500, origin=DOUBTFUL)
    kept = [*quarters(0, 39), *late, *quarters(41, 2 * A_DAY - 1, 41)]
    await send(stage, late, kept, daily=True)
    assert told(stage, "1") == [("2026-11-23 00:00:00", "96.0096")]
    day = next(row for row in stage.platform.posts[0] if row["statType"] == "1")
    assert day["inputType"] == "1"


async def test_a_month_is_told_by_its_first_moment(stage: Stage) -> None:
    first = -22 * A_DAY
    month = quarters(first, first + 30 * A_DAY - 1)
    await send(stage, month[-1:], month, daily=True, monthly=True)
    assert told(stage, "2") == [("2026-11-01 00:00:00", str(Decimal("1.0001") * 30 * A_DAY))]
    assert told(stage, "1") == [("2026-11-30 00:00:00", "96.0096")]


async def test_nothing_but_real_time_is_told_unless_the_settings_say_so(stage: Stage) -> None:
    day = quarters(0, A_DAY - 1)
    await send(stage, day, day)
    assert (told(stage, "1"), told(stage, "2")) == ([], [])
    (config,) = stage.platform.told("/config")
    assert {item["statType"] for item in config["collectItemConfig"]} == {"0"}


async def test_each_total_is_an_item_of_the_configuration(stage: Stage) -> None:
    await send(stage, quarters(0, 0), [], daily=True, monthly=True)
    (config,) = stage.platform.told("/config")
    assert [item["statType"] for item in config["collectItemConfig"]] == ["0", "1", "2"]


async def test_a_day_that_is_refused_keeps_no_row_back(stage: Stage) -> None:
    day = quarters(0, A_DAY - 1)
    stage.platform.bad_dates = {"2026-11-23 00:00:00"}
    stage.kept = Kept(day)
    refusals = await stage.uplink(daily=True).send(day)
    assert {refusal.row for refusal in refusals} == {None, day[0]}
    assert len(told(stage, "0")) == A_DAY - 1


@pytest.mark.parametrize("minutes", [15, 60])
def test_what_was_corrected_is_told_as_it_holds_whichever_of_its_rows_goes_first(minutes: int) -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    spool.append([row.reading for row in [*quarters(0, 3), *quarters(2, 2, value="5")]])
    wire = Wire("1", realtime_minutes=minutes)
    rows = spool.unsent("province", 9)
    for batch in ([rows[2]], [rows[4]], [rows[4], rows[2]]):
        (only,) = told_of(batch, wire, spool.between)
        assert only.said.value == (Decimal(5) if minutes == 15 else Decimal("8.0003"))
        assert only.rows == tuple(batch)
    spool.close()
