"""What fails in the field: nothing acknowledged or readable is lost, nothing counts twice, and the total is the meter's."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import signal
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_probe.cli import app
from edge_probe.readings import DOUBTFUL, ESTIMATED, INSTRUMENT, QUARTER_HOUR
from edge_probe.uplink_ports import USUAL_PACE
from tests.edge_probe.fakes import HandClock
from tests.edge_probe.field_platform import FieldPlatform
from tests.edge_probe.field_stage import (
    CODES,
    Box,
    assert_nothing_lost_or_doubled,
    boxed,
    metered,
    rows_of,
)
from tests.edge_probe.hub_double import serving
from tests.edge_probe.simulation import START, meter_program, probe_program, truth_in
from tests.edge_probe.test_end_to_end import SPEED, configured, near, probing

pytestmark = pytest.mark.anyio
HOUR, MINUTE, DAY = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
KILLS = 4  # of the whole program; of the spool by itself 200 (test_spool_faults.py)


def assert_whole(box: Box, platform: FieldPlatform, uplink: str = "province") -> None:
    """The three things that hold after every fault."""
    assert_nothing_lost_or_doubled(box.config.spool, uplink, platform, box.rose())


async def test_every_device_gone_for_an_hour_and_back_at_different_moments(tmp_path: Path) -> None:
    true, platform = HandClock(START), FieldPlatform()
    protocols = ("modbus_tcp", "modbus_rtu_tcp", "dlt645_tcp")
    meters = [metered(true, protocol, code) for protocol, code in zip(protocols, CODES, strict=True)]
    for meter in meters:
        meter.timeout_s = 0.1
    async with serving(platform) as port, boxed(tmp_path, meters, {"province": port}) as box:
        await box.works(HOUR, 5 * MINUTE)
        for meter in meters:
            await meter.goes()
        await box.works(HOUR, 5 * MINUTE)
        for meter in meters:
            await meter.comes()
            await box.works(20 * MINUTE, 5 * MINUTE)
        await box.works(HOUR, 5 * MINUTE)
        for kind in ("meter-silent", "meter-answers-again"):
            assert {event.source for event in box.told if event.kind == kind} == set(protocols)
        assert {row.reading.origin for row in rows_of(box.config.spool)} == {INSTRUMENT, ESTIMATED}
        assert_whole(box, platform)


@pytest.mark.slow
async def test_a_platform_gone_for_30_days_gets_what_is_new_first_and_then_all_of_it(
    tmp_path: Path, unused_port: int
) -> None:
    true, platform = HandClock(START), FieldPlatform()
    async with boxed(tmp_path, [metered(true, "modbus_tcp", *CODES)], {"province": unused_port}) as box:
        for day in range(30):
            await box.works(DAY, QUARTER_HOUR if day in (0, 29) else HOUR, push=False)
            assert await box.pushes() != [None]
        assert_whole(box, platform)
        async with serving(platform, unused_port):
            assert await box.pushes() == [None]
            assert len(rows_of(box.config.spool, "province")) == 0
            tried_before, live, *backlog = platform.taken
            assert len(tried_before) <= len(live) <= 3 * 5
            assert min(start for _, start in live) >= true.moment - 2 * HOUR
            sizes = [len(batch) for batch in backlog[1:-1]]
            assert sizes == sorted(sizes)  # they grow while the platform answers soon
            assert sizes[0] == USUAL_PACE.rows
            assert sum(map(len, platform.taken)) == len(platform.facts) == 3 * (30 * 96 - 1)
            for code in CODES:
                starts = [start for batch in backlog for each, start in batch if each == code]
                assert starts == sorted(starts)
            true.moment += DAY
            compared = await box.reconciling.reconcile(anew=True)
        assert (compared.found, compared.rows) == ((), 0)
        assert compared.days == (START.date(), START.date() + 30 * DAY)
        assert_whole(box, platform)


async def test_answers_lost_after_the_platform_had_committed_again_and_again(tmp_path: Path) -> None:
    true, platform, dice = HandClock(START), FieldPlatform(), random.Random(11)  # noqa: S311 - no secret
    async with serving(platform) as port, boxed(tmp_path, [metered(true)], {"province": port}) as box:
        for _ in range(40):
            platform.cuts = dice.choice((0, 1, 1, 3))
            await box.works(QUARTER_HOUR)
        platform.cuts = 0
        assert await box.pushes() == [None]
        assert len(platform.asked) > 1.5 * len(platform.batches)
        assert_whole(box, platform)


@pytest.mark.slow
async def test_the_program_killed_at_random_moments_of_its_work(tmp_path: Path) -> None:
    epoch, platform, truth = time.time(), FieldPlatform(), tmp_path / "truth"
    dice = random.Random(20261128)  # noqa: S311 - no secret
    with meter_program("--truth", str(truth), epoch=epoch, speed=SPEED) as meter:
        async with serving(platform) as port:
            file = configured(tmp_path, meter, port)
            for _ in range(KILLS):
                async with probe_program(file, epoch, SPEED, end=signal.SIGKILL):
                    await platform.has(len(platform.stored) + 1)
                    await asyncio.sleep(dice.uniform(0, 0.4))
            async with probing(file, epoch, []):
                await platform.has(len(platform.stored) + 2)
    shown, spool = truth_in(truth), tmp_path / "spool.sqlite"
    starts = [row.reading.start for row in rows_of(spool)]
    begun, ended = near(shown, min(starts)), near(shown, max(starts) + QUARTER_HOUR)
    rose = {CODES[0]: {end - begin for end in ended for begin in begun}}
    assert_nothing_lost_or_doubled(spool, "province", platform, rose)


def allow(box: Box, pages: int) -> None:
    """Let the spool's file have so many pages more, and no room beyond."""
    used = int(box.spool._one("PRAGMA page_count"))
    box.spool._one(f"PRAGMA max_page_count = {used + pages}")


@pytest.mark.parametrize("dies", [False, True], ids=["it runs on", "its power is cut"])
async def test_a_full_disk_while_the_platform_is_gone(
    tmp_path: Path, unused_port: int, *, dies: bool
) -> None:
    true, platform, where = HandClock(START), FieldPlatform(), {"province": unused_port}
    meter = metered(true, "modbus_tcp", *CODES)
    async with boxed(tmp_path, [meter], where) as box:
        await box.works(2 * HOUR)
        allow(box, 2)
        await box.works(10 * HOUR)
        seen, written = box.seen, len(rows_of(box.config.spool))
        assert "disk-full" in box.kinds
        assert written < 3 * 4 * 12 - 30
        if not dies:
            allow(box, 100_000)
            await box.works(HOUR)
            assert "disk-has-room" in box.kinds
            assert {row.reading.origin for row in rows_of(box.config.spool)} == {INSTRUMENT}
    async with serving(platform, unused_port), boxed(tmp_path, [meter], where) as box:
        box.seen |= seen
        await box.works(HOUR)
        assert len(rows_of(box.config.spool)) == 3 * (4 * (13 if dies else 14) - 1)
        assert await box.pushes() == [None]
        assert_whole(box, platform)


@pytest.mark.parametrize("mended", [False, True], ids=["it stays so", "it is put right"])
async def test_the_clock_back_two_hours_in_the_midst(tmp_path: Path, *, mended: bool) -> None:
    true, clock, platform = HandClock(START), HandClock(START), FieldPlatform()
    async with serving(platform) as port, boxed(tmp_path, [metered(true)], {"province": port}, clock) as box:
        await box.works(3 * HOUR)
        clock.moment -= 2 * HOUR
        await box.works(3 * QUARTER_HOUR)
        clock.moment += 2 * HOUR if mended else dt.timedelta(0)
        await box.works(4 * HOUR)
        assert {"clock-jumped", "clock-doubted", "clock-went-back"} <= set(box.kinds)
        rows = [row.reading for row in rows_of(box.config.spool)]
        assert len({row.start for row in rows}) == len(rows)
        assert max(row.start for row in rows) < clock.moment
        doubtful = [row.start for row in rows if row.origin == DOUBTFUL]
        assert min(doubtful) >= START + 3 * HOUR - QUARTER_HOUR
        assert rows[-1].origin == INSTRUMENT
        assert_whole(box, platform)


@pytest.mark.parametrize("when", ["typed in before it is back", "noticed, and confirmed later"])
async def test_a_meter_replaced_while_it_was_gone(tmp_path: Path, when: str) -> None:
    true, platform = HandClock(START), FieldPlatform()
    meter, file = metered(true), tmp_path / "probe.toml"
    async with serving(platform) as port, boxed(tmp_path, [meter], {"province": port}) as box:
        await box.works(HOUR, 5 * MINUTE)
        await meter.goes()
        await box.works(20 * MINUTE, 5 * MINUTE)
        at, closing = true.moment + MINUTE, f"{meter.replace('3.25'):f}"
        await box.works(40 * MINUTE, 5 * MINUTE)
        figures = ["--closing", closing, "--opening", "3.25"]
        if when.startswith("typed"):
            said = ["event", "add", str(file), "replaced", "modbus_tcp/import_energy", "--at", at.isoformat()]
            assert CliRunner().invoke(app, [*said, *figures]).exit_code == 0
        await meter.comes()
        await box.works(2 * HOUR, 5 * MINUTE)
        if when.startswith("noticed"):
            assert "counter-replaced" in box.kinds
            assert CliRunner().invoke(app, ["event", "confirm", str(file), "1", *figures]).exit_code == 0
        await box.works(HOUR, 5 * MINUTE)
        assert "meter-event-used" in box.kinds
        assert await box.pushes() == [None]
        assert_whole(box, platform)


async def test_of_two_platforms_one_refuses_everything_for_a_day(tmp_path: Path) -> None:
    true, good, bad = HandClock(START), FieldPlatform(), FieldPlatform()
    async with serving(good) as first, serving(bad) as second:
        where = {"good": first, "refusing": second}
        async with boxed(tmp_path, [metered(true)], where) as box:
            for look in range(96):
                bad.status = (403, 422, 500)[look // 32]
                await box.works(QUARTER_HOUR)
                assert rows_of(box.config.spool, "good") == []
            assert (len(good.facts), len(bad.facts)) == (95, 0)
            assert_whole(box, good, "good")
            assert_whole(box, bad, "refusing")
            bad.status = 0
            assert await box.pushes() == [None, None]
            assert bad.facts == good.facts
            assert_whole(box, bad, "refusing")
