"""A platform above that fails: what is one unit's costs no other, what is the platform's ends the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from graph.model.sync_run import RunState
from hub.pushing_units import IN_A_ROW_MAX, Progress
from tests.edge_probe.platform_double import PlatformDouble, refusal
from tests.hub.pushing_province import UNITS, VERSION, Province, opened, platform_above
from tests.hub.pushing_stage import tell

pytestmark = pytest.mark.anyio


@pytest.fixture
def platform() -> PlatformDouble:
    """An existing platform."""
    return platform_above()


@pytest.fixture
def province(tmp_path: Path, platform: PlatformDouble) -> Iterator[Province]:
    """The province's hub before that platform."""
    with opened(tmp_path) as hub:
        yield Province(hub, platform.app)


@pytest.mark.parametrize("fault", ["lost", PlainTextResponse("down", 500), refusal("x", 503)])
async def test_a_unit_the_platform_fails_over_is_told_costs_no_other_and_counts_once_in_the_end(
    province: Province, platform: PlatformDouble, fault: object
) -> None:
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    platform.faults = [None, fault]
    run = await province.push()
    assert (run.state, run.accepted) == (RunState.FAILED, 2)
    (told,) = run.faults
    assert (told.code, told.is_end) == ("SOURCE_UNREACHABLE", False)
    assert told.place in {f"unit {unit}" for unit in UNITS}
    assert list(province.cursor.behind.values()) == [0]
    await tell(province.hub, 2, "2.5", 3, **VERSION)
    run = await province.push()
    assert (run.error, run.accepted, len(platform.stored)) == (None, 4, 6)
    assert province.cursor.behind == {}
    assert platform.doubled == (fault == "lost")


@pytest.mark.parametrize("fault", [PlainTextResponse("down", 500), refusal("who are you", 401)])
async def test_a_platform_that_fails_over_all_ends_the_run_before_all_were_asked_and_the_cursor_stays(
    province: Province, platform: PlatformDouble, fault: Any
) -> None:
    await tell(province.hub, 1, "1.5", len(UNITS), **VERSION)
    platform.faults = [fault] * 100
    run = await province.push()
    assert (run.state, run.accepted, province.cursor) == (RunState.FAILED, 0, Progress())
    (told,) = run.faults
    assert told.is_end
    assert IN_A_ROW_MAX <= len(platform.told("/data")) < len(UNITS)
    platform.faults = []
    assert (await province.push()).accepted == len(UNITS)


async def test_a_platform_where_nobody_is_there_ends_the_run_at_its_first_unit(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 1, **VERSION)
    await province.push()
    await tell(province.hub, 2, "2.5", 1, **VERSION)
    cursor, province.app = province.cursor, _nobody
    run = await province.push()
    assert (run.state, (run.error or "")[:18]) == (RunState.FAILED, "SOURCE_UNREACHABLE")
    assert province.cursor == cursor


async def test_units_that_fail_again_and_again_keep_neither_news_nor_others_behind_them_waiting(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", len(UNITS), **VERSION)
    platform.strangers = set(UNITS)
    await province.push()
    assert len(province.cursor.behind) == len(UNITS)
    platform.strangers = set(sorted(UNITS)[: IN_A_ROW_MAX + 1])
    await province.push()
    assert set(province.cursor.behind) == platform.strangers


async def _nobody(*_: object) -> None:
    raise httpx.ConnectError("connection refused")


async def test_a_platform_that_takes_nobody_is_told_of_each_and_nothing_is_given_up(
    province: Province, platform: PlatformDouble
) -> None:
    await tell(province.hub, 1, "1.5", 3, **VERSION)
    platform.faults = [refusal("解密失败")] * 3
    run = await province.push()
    assert [fault.message[-4:] for fault in run.faults] == ["解密失败"] * 3
    assert sorted(province.cursor.behind) == sorted(UNITS[:3])
    assert (await province.push()).accepted == 3
