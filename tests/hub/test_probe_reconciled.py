"""A hub that lost, changed or doubled what a probe handed over is found out by one reconciliation, and has it again."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.routing import Route

from edge_probe import wiring
from edge_probe.clock import ScaledClock
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from tests.edge_probe.hub_double import until
from tests.hub.probe_stage import (
    CODES,
    FIRST,
    KEPT_SHORT,
    NEVER_READ,
    NOW,
    QUARTERS,
    ROWS,
    UNIT,
    Step,
    fill,
    in_step,
    start_of,
    written,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]
MOVED_MAX = 0.02 * ROWS


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("probe")
    asyncio.run(fill(folder))
    return folder


async def a_day_deleted(step: Step) -> None:
    step.delete_day(41)


async def a_value_changed(step: Step) -> None:
    row = written(11, 40, CODES[1])
    await step.tell(row, value=str(row.value + 1))


async def values_doubled(step: Step) -> None:
    for row in (written(12, 40, CODES[2]), written(13, 41, CODES[2])):
        await step.tell(row, value=str(2 * row.value))


async def a_day_told_older(step: Step) -> None:
    """Another sender's figures of before took the place of a lost day."""
    step.delete_day(14)
    older = "2026-01-01T00:00:00+08:00"
    await step.tell(*(written(14, quarter, CODES[0]) for quarter in range(40)), value="9", version=older)


WAYS = [a_day_deleted, a_value_changed, values_doubled, a_day_told_older]


async def test_two_ends_in_step_agree_and_nothing_moves(template: Path, tmp_path: Path) -> None:
    async with in_step(template, tmp_path) as step:
        done = await step.reconcile()
        assert (done.found, done.rows, step.told) == ((), 0, [])
        assert done.days == (FIRST, FIRST + dt.timedelta(days=89))


@pytest.mark.parametrize("sabotage", WAYS, ids=lambda way: way.__name__.replace("_", " "))
async def test_it_is_found_and_mended_at_once_and_little_moves(
    template: Path, tmp_path: Path, sabotage: Callable[[Step], Awaitable[None]]
) -> None:
    async with in_step(template, tmp_path) as step:
        await sabotage(step)
        dry = await step.reconcile(mend=False)
        assert (dry.agrees, dry.rows, step.told) == (False, 0, [])
        done = await step.reconcile()
        assert (done.found, done.agrees) == (dry.found, True)
        assert 0 < done.rows < MOVED_MAX
        assert [event.kind for event in step.told] == ["reconciled"]
        assert (await step.reconcile()).found == ()


async def test_readings_lost_behind_figures_that_stay_are_found_by_looking_into_all_days(
    template: Path, tmp_path: Path
) -> None:
    async with in_step(template, tmp_path) as step:
        with step.hub.store._database.writing() as cursor:
            lost = "DELETE FROM reading WHERE day = ? AND start < ? RETURNING start"
            rows = cursor.execute(lost, [FIRST + dt.timedelta(days=33), start_of(33, 9)]).fetchall()
        assert len(rows) == 9 * len(CODES)
        assert (await step.reconcile()).found == ()
        done = await step.reconcile(anew=True)
        assert ([each.there.readings for each in done.found], done.agrees) == (
            [QUARTERS - 9] * len(CODES),
            True,
        )
        assert 0 < done.rows < MOVED_MAX
        assert (await step.reconcile(anew=True)).found == ()


async def test_what_was_lost_after_it_was_acknowledged_is_handed_over_again(
    template: Path, tmp_path: Path
) -> None:
    async with in_step(template, tmp_path, kept="short") as step:
        done = await step.reconcile()
        assert len(done.found) == KEPT_SHORT * len(CODES)
        assert (done.agrees, done.rows) == (True, KEPT_SHORT * QUARTERS * len(CODES))
        assert (await step.reconcile()).found == ()


async def test_what_is_lost_twice_is_handed_over_twice(template: Path, tmp_path: Path) -> None:
    async with in_step(template, tmp_path) as step:
        for _ in range(2):
            step.delete_day(41)
            assert (await step.reconcile()).agrees
        assert (await step.reconcile()).found == ()


async def test_what_was_corrected_at_the_hub_stays_is_told_once_and_offered_no_more_this_week(
    template: Path, tmp_path: Path
) -> None:
    async with in_step(template, tmp_path) as step:
        await step.tell(written(15, 3, CODES[0]), value="77", version="2026-11-01T00:00:00+08:00")
        done = await step.reconcile()
        (left,) = done.left
        assert (left.day, left.data_code) == (FIRST + dt.timedelta(days=15), CODES[0])
        assert [event.kind for event in step.told] == ["platform-holds-newer", "reconciled"]
        again = await step.reconcile()
        assert (again.left, again.rows, len(step.told)) == (done.left, 0, 2)
        assert (await step.reconcile(anew=True)).rows == 2 * QUARTERS


async def test_what_the_probe_never_had_is_told_and_stays(template: Path, tmp_path: Path) -> None:
    day, quarter = NEVER_READ
    async with in_step(template, tmp_path) as step:
        await step.tell(written(day, quarter, CODES[0]))
        done = await step.reconcile()
        (left,) = done.left
        assert (left.here.readings, left.there.readings) == (QUARTERS - 1, QUARTERS)
        assert step.told[0].kind == "platform-holds-more"
        spool = Spool(step.folder / "spool.sqlite")
        assert SpoolComparing(spool).comparisons()["province"].differing == 1
        spool.close()


async def test_what_another_device_of_the_unit_sends_is_no_difference(template: Path, tmp_path: Path) -> None:
    async with in_step(template, tmp_path) as step:
        row = written(15, 3, CODES[0])
        other = {"unit": row.unit, "code": "0101010402330011", "granularity": "quarter_hour"}
        step.hub.registry.upsert("data_point", [{**other, "since": FIRST, "state": "active"}], "test")
        await step.tell(row, data_code="0101010402330011")
        done = await step.reconcile()
        assert (done.found, done.rows) == ((), 0)


async def test_the_command_shows_mends_and_says_by_its_exit_code_what_is_left(
    template: Path, tmp_path: Path
) -> None:
    async with in_step(template, tmp_path) as step:
        step.delete_day(41)
        code, said, _ = await step.typed("province", "--dry-run")
        assert (code, said.count("there 0 readings, Σ 0.0000")) == (3, len(CODES))
        assert "2026-08-11" in said
        assert "nothing was sent or written 仅比对，未作处理" in said
        assert (await step.typed("--to", "2026-08-10"))[0] == 0
        code, said, _ = await step.typed("--from", "2026-08-11", "--to", "2026-08-11")
        assert code == 0
        assert f"{len(CODES) * QUARTERS} readings handed over once more 已重新报送" in said
        assert "both ends agree now 两端已一致" in said
        await step.tell(written(15, 3, CODES[0]), value="77", version="2026-11-01T00:00:00+08:00")
        code, said, err = await step.typed()
        assert (code, "1 told newer there, left 对端较新，保留" in said) == (3, True)
        assert "platform-holds-newer 2026-07-16 0000000002330011: here 96 readings" in err
        code, _, err = await step.typed("nation")
        assert (code, err.strip()) == (1, "uplink: came 'nation', expected one of province")


async def test_a_running_probe_does_it_by_itself(template: Path, tmp_path: Path) -> None:
    async with in_step(template, tmp_path) as step:
        step.delete_day(41)
        clock = ScaledClock(NOW, 7200.0, time.time())
        async with (
            wiring.assembled(*step.configured(), clock, step.told.append) as probe,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(probe.run())
            await until(lambda: "reconciled" in {event.kind for event in step.told})
            probe.stop()
        assert (await step.reconcile()).found == ()


# ---- the wrong side -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Response(status_code=404), "SOURCE_REFUSED: province: status 404"),
        (Response(status_code=403), "SOURCE_REFUSED: province: status 403"),
        (Response(status_code=503), "SOURCE_UNREACHABLE: province: status 503"),
        (Response("<html>welcome</html>"), "SOURCE_MALFORMED: province: status 200 without a digests"),
        (Response('{"digests": [{"unit": "x"}]}'), "SOURCE_MALFORMED"),
    ],
    ids=["older", "refusing", "busy", "garbage", "garbage in its form"],
)
async def test_a_hub_that_does_not_answer_as_it_should_is_told_so_and_nothing_is_lost(
    template: Path, tmp_path: Path, answer: Response, fault: str
) -> None:
    async with in_step(template, tmp_path, Route("/sync/v1/digests", lambda _: answer)) as step:
        before = contents(step)
        code, _, err = await step.typed()
        assert (code, fault.partition(": ")[2] in err) == (1, True)
        spool = Spool(step.folder / "spool.sqlite")
        kept = SpoolComparing(spool).comparisons()["province"]
        spool.close()
        assert (kept.compared_at, (kept.fault or "").startswith(fault)) == (None, True)
        assert contents(step) == before


async def test_a_hub_that_is_down_is_told_so_and_nothing_is_lost(template: Path, tmp_path: Path) -> None:
    async with in_step(template, tmp_path) as step:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            unused = taken.getsockname()[1]
        before, step.port = contents(step), unused
        code, _, err = await step.typed("--dry-run")
        assert (code, "ConnectError" in err) == (1, True), err
        assert contents(step) == before


async def test_one_killed_amid_its_batches_is_done_again_and_nothing_is_doubled(
    template: Path, tmp_path: Path
) -> None:
    """The spool has offered, the hub has booked, and nobody has written down that it did."""
    async with in_step(template, tmp_path) as step:
        step.delete_day(41)
        offered = Spool(step.folder / "spool.sqlite")
        places = [(FIRST + dt.timedelta(days=41), code) for code in CODES]
        SpoolComparing(offered).offer("province", UNIT, places, 0)
        offered.close()
        before = shutil.copy(step.folder / "spool.sqlite", step.folder / "kept")
        async with step.comparing() as reconciling:
            assert await reconciling._push() is None
        batches = step.hub.store.last_batch()
        shutil.copy(before, step.folder / "spool.sqlite")
        async with step.comparing() as reconciling:
            assert await reconciling._push() is None
        assert (await step.reconcile()).found == ()
        assert step.hub.store.last_batch() == batches


def contents(step: Step) -> tuple[int, list[tuple[object, ...]]]:
    """What the hub and the spool hold."""
    spool = Spool(step.folder / "spool.sqlite")
    with spool.writing() as db:
        said = "SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM again), (SELECT count(*) FROM digest)"
        kept = [tuple(row) for row in db.execute(said)]
    spool.close()
    return step.hub.store.last_batch(), kept
