"""The hub keeps duties what the facts say: written once, closed when done, and only of its part of the country."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.ports import Ask, Upserted
from hub.cadence import keep_running
from hub.duties import derive, derive_anew
from hub.settings import Settings, load_settings
from hub.stores.registry.registry import Registry
from hub.wiring import open_hub
from tests.hub.stores.registry_fakes import (
    NOON,
    WHO,
    StillClock,
    audited,
    code_of,
    invented_registry,
    listed,
    unit,
)

SETTINGS = load_settings(first_quarter="2026Q3")
TOMORROW = StillClock(NOON + dt.timedelta(1))
REPORT = {"province": "970000", "quarter": "2026Q3", "state": "submitted", "submitted_on": "2026-10-14"}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """Two provinces, one with a platform; a unit whose access end is planned."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1)], WHO)
        platform = {"province": "970000", "name": "某平台", "mode": "platform", "filed_on": "2019-05-20"}
        made.upsert("platform", [platform], WHO)
        stage = {"province": "970000", "stage": "built", "planned": "2026-06-30"}
        made.upsert("platform_milestone", [stage], WHO)
        plan = {"unit": code_of(1), "stage": "connected", "planned": "2026-12-31"}
        made.upsert("access_end_milestone", [plan], WHO)
        made.upsert("quarterly_report", [REPORT], WHO)
        yield made


def days(registry: Registry) -> dict[str, tuple[str, dt.date | None]]:
    """Due and done day of each duty, by key."""
    return {row["key"]: (str(row["due_on"]), row["done_on"]) for row in listed(registry, "duty")}


def test_what_is_planned_filed_and_reported_becomes_duties(registry: Registry) -> None:
    assert derive(registry, SETTINGS, StillClock()) == Upserted(added=8)
    assert days(registry) == {
        "first_filing:970000": ("2019-05-31", dt.date(2019, 5, 20)),
        "first_filing:980000": ("2019-05-31", None),
        "quarterly_report:970000/2026Q3": ("2026-10-15", dt.date(2026, 10, 14)),
        "quarterly_report:970000/2026Q4": ("2027-01-15", None),
        "quarterly_report:980000/2026Q3": ("2026-10-15", None),
        "quarterly_report:980000/2026Q4": ("2027-01-15", None),
        "platform_stage:970000/built": ("2026-06-30", None),
        f"access_end:{code_of(1)}/connected": ("2026-12-31", None),
    }


def test_deriving_again_changes_nothing_and_a_fact_that_is_done_closes_its_duty(registry: Registry) -> None:
    derive(registry, SETTINGS, StillClock())
    assert derive(registry, SETTINGS, StillClock()) == Upserted(same=8)
    assert len(audited(registry, "duty")) == 8
    done = {"unit": code_of(1), "stage": "connected", "actual": "2026-11-20"}
    registry.upsert("access_end_milestone", [done], WHO)
    assert derive(registry, SETTINGS, StillClock()) == Upserted(changed=1, same=7)
    assert days(registry)[f"access_end:{code_of(1)}/connected"] == ("2026-12-31", dt.date(2026, 11, 20))


OWN, LATER = code_of(1), "2026-11-24"  # the day after the clock's


@pytest.mark.parametrize(
    ("noun", "key", "column", "duty"),
    [
        ("platform", {"province": "970000"}, "filed_on", "first_filing:970000"),
        ("platform_milestone", {"province": "970000", "stage": "built"}, "actual", "platform_stage:970000/built"),
        ("access_end_milestone", {"unit": OWN, "stage": "connected"}, "actual", f"access_end:{OWN}/connected"),
        ("quarterly_report", REPORT, "submitted_on", "quarterly_report:970000/2026Q3"),
    ],
)  # fmt: skip
def test_a_day_that_has_not_come_closes_nothing_until_it_has(
    registry: Registry, noun: str, key: dict[str, Any], column: str, duty: str
) -> None:
    registry.upsert(noun, [{**key, column: LATER}], WHO)
    derive(registry, SETTINGS, StillClock())
    assert days(registry)[duty][1] is None
    derive(registry, SETTINGS, TOMORROW)
    assert days(registry)[duty][1] == dt.date(2026, 11, 24)


def test_a_plan_that_is_moved_moves_its_duty(registry: Registry) -> None:
    derive(registry, SETTINGS, StillClock())
    registry.upsert(
        "platform_milestone", [{"province": "970000", "stage": "built", "planned": "2027-01-31"}], WHO
    )
    derive(registry, SETTINGS, StillClock())
    assert days(registry)["platform_stage:970000/built"] == ("2027-01-31", None)


def test_a_provincial_hub_derives_what_its_own_province_owes(registry: Registry) -> None:
    derive(registry, load_settings(region="970000", first_quarter="2026Q3"), StillClock())
    assert {row["province"] for row in listed(registry, "duty")} == {"970000"}
    assert len(listed(registry, "duty")) == 5


def test_an_abolished_province_owes_nothing(registry: Registry) -> None:
    registry.upsert("region", [{"code": "980000", "abolished": 2025}], WHO)
    derive(registry, SETTINGS, StillClock())
    assert {row["province"] for row in listed(registry, "duty")} == {"970000"}


def test_while_no_fact_changes_and_no_day_begins_nothing_is_derived(registry: Registry) -> None:
    mark = derive_anew(registry, SETTINGS, StillClock(), None)
    registry.upsert("duty", [{"key": "first_filing:980000", "done_on": "2019-06-01"}], WHO)
    assert derive_anew(registry, SETTINGS, StillClock(), mark) == mark
    assert days(registry)["first_filing:980000"] == ("2019-05-31", dt.date(2019, 6, 1))
    registry.upsert("quarterly_report", [REPORT | {"submitted_on": "2026-10-13"}], WHO)
    assert derive_anew(registry, SETTINGS, StillClock(), mark) != mark
    assert days(registry)["first_filing:980000"] == ("2019-05-31", None)


@pytest.mark.parametrize(
    ("state", "closed", "done"),
    [
        ("issued", None, None),
        ("mended", "2026-06-01", dt.date(2026, 6, 1)),
        ("withdrawn", "2026-06-02", dt.date(2026, 6, 2)),
        ("failed", "2026-07-01", None),
    ],
)
def test_an_orders_deadline_is_owed_until_it_is_mended_or_withdrawn(
    registry: Registry, state: str, closed: str | None, done: dt.date | None
) -> None:
    mark = derive_anew(registry, SETTINGS, StillClock(), None)
    registry.upsert("agency", [{"key": "nim", "name": "国家计量院", "role": "nim"}], WHO)
    order: dict[str, str | None] = {"number": "1号", "unit": code_of(1), "issued_by": "nim"}
    order |= {
        "issued_on": "2026-03-10",
        "deadline": "2026-06-30",
        "grounds": "试",
        "state": state,
        "closed_on": closed,
    }
    registry.upsert("rectification_order", [order], WHO)
    derive_anew(registry, SETTINGS, StillClock(), mark)
    assert days(registry)["rectification:1号"] == ("2026-06-30", done)


def test_a_day_that_begins_is_reason_enough_to_derive(registry: Registry) -> None:
    mark = derive_anew(registry, SETTINGS, StillClock(), None)
    registry.upsert("duty", [{"key": "first_filing:980000", "done_on": "2019-06-01"}], WHO)
    derive_anew(registry, SETTINGS, TOMORROW, mark)
    assert days(registry)["first_filing:980000"] == ("2019-05-31", None)


@pytest.mark.anyio
async def test_a_hub_that_runs_its_links_derives_duties_beside_them(tmp_path: Path) -> None:
    with open_hub(
        Settings(data_dir=tmp_path, first_quarter="2026Q4", sync_seconds=0.02), StillClock()
    ) as hub:
        task = asyncio.create_task(keep_running(hub))
        for _ in range(400):
            if hub.registry.rows(Ask("duty", first=1)).table.num_rows:
                break
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        assert len(listed(hub.registry, "duty", kind="quarterly_report")) == 32


def test_a_hub_of_a_city_derives_what_its_units_owe_and_nothing_of_the_province(registry: Registry) -> None:
    derive(registry, load_settings(region="970100", first_quarter="2026Q3"), StillClock())
    assert [row["unit"] for row in listed(registry, "duty")] == [code_of(1)]
