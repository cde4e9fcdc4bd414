"""Where a missing day was lost, as a nation's hub tells: at the province that lacks it, or at the link that lost it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.model.period import Granularity
from graph.model.probe_span import ProbeSpan, SpanKind
from graph.model.reconciliation import Reconciliation, UnitDay
from hub.simulate.nation import ELECTRICITY
from tests.hub.invented_hub import JIA, WHO, asking, of_unit, token_of, units_of
from tests.hub.reconciling_stage import DAYS, NUMBERS, Ends, ends_in

pytestmark = pytest.mark.anyio

UNIT, OTHER = units_of(JIA)[1].code, units_of(JIA)[2].code
LOST = dt.date(2026, 10, 7)
CODE = ELECTRICITY.replace("-", "")
COLUMNS = ["unit", "granularity", "day", "here_readings", "here_total", "there_readings", "there_total"]
COUNTS = """due received rate onTime late estimated estimatedOnTime missingAtMeter missingAtProbe missingAtProvince
    missingAtLink missingUnexplained"""


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    """A nation's hub and a province's, in step; the province lacks what lies after its last day."""
    async with ends_in(tmp_path) as both:
        yield both


async def asked(ends: Ends, question: str, token: str | None = None) -> Any:
    """What the nation's hub answers."""
    async with asking(ends.nation, token or token_of(ends.nation, f"reader-{next(NUMBERS)}")) as client:
        said = (await client.post("/graphql", json={"query": f"{{ {question} }}"})).json()
    assert "errors" not in said, said["errors"]
    return said["data"]


async def states(ends: Ends, first: dt.date, last: dt.date, unit: str = UNIT) -> dict[str, int]:
    """What became of a unit's days of electricity, states that nothing is in left out."""
    where = f'period: {{from: "{first}", to: "{last}"}}, units: ["{unit}"]'
    question = f"""
        completenessByHop({where}, dataCodes: ["{CODE}"]) {{ total {{ {COUNTS} }} }}
        completeness({where}) {{ due received }}
        byPoint: completenessByHop({where}, groupBy: [DATA_CODE]) {{ rows {{ due }} total {{ due received }} }}
    """
    said = await asked(ends, question)
    total = said["byPoint"]["total"]
    assert (total["due"], total["received"]) == (
        said["completeness"]["due"],
        said["completeness"]["received"],
    )
    found = said["completenessByHop"]["total"]
    assert found.pop("rate") <= 1
    assert found.pop("due") == sum(
        found[name] for name in found if name not in ("received", "estimatedOnTime")
    )
    return {name: count for name, count in found.items() if count and name != "received"}


async def facts(ends: Ends, day: dt.date, unit: str = UNIT) -> list[dict[str, Any]]:
    """What is known of a unit's day."""
    question = f"""completenessEvidence(unit: "{unit}", period: {{from: "{day}", to: "{day}"}}, dataCodes: ["{CODE}"]) {{
        facts {{ hop what source begins ends reportedAt dataCode }}
    }}"""
    said = await asked(ends, question)
    found: list[dict[str, Any]] = said["completenessEvidence"]["facts"]
    return found


async def test_days_that_the_province_does_not_hold_either_are_missing_at_the_province(ends: Ends) -> None:
    days = dt.date(2026, 10, DAYS - 1), dt.date(2026, 10, DAYS + 3)
    assert await states(ends, *days) == {"late": 2, "missingAtProvince": 3}
    (fact,) = await facts(ends, days[1])
    assert (fact["hop"], fact["source"]) == ("PROVINCE", "jia")
    assert fact["what"] == "run 1 began after the day and brought nothing of it"


async def test_a_day_that_the_link_acknowledged_and_lost_is_missing_at_the_link(ends: Ends) -> None:
    with ends.nation.store._database.writing() as cursor:
        cursor.execute("DELETE FROM reading WHERE day = DATE '2026-10-07'")
        cursor.execute("DELETE FROM card WHERE day = DATE '2026-10-07'")
    assert await states(ends, LOST, LOST) == {"missingAtProvince": 1}, "nobody has compared both ends yet"
    found = await ends.reconcile(mend=False)
    now = ends.nation.clock.now()
    left = tuple(
        UnitDay(**{**row, "granularity": Granularity(row["granularity"])})
        for row in found.found.days.select(COLUMNS).to_pylist()
    )
    ends.nation.registry.reconciliations.keep(
        Reconciliation("jia", now, now, dt.date(2026, 10, 1), dt.date(2026, 10, 31), 1, left=left)
    )
    assert await states(ends, LOST, LOST) == {"missingAtLink": 1}
    assert [(fact["hop"], fact["what"]) for fact in await facts(ends, LOST)] == [
        ("LINK", "both ends were compared: 1 readings there, 0 here")
    ]


async def test_days_of_a_link_that_never_ran_since_are_missing_at_the_link(ends: Ends) -> None:
    other = {"key": "another", "dialect": "hub_graphql", "province": JIA, "address": "http://hub"}
    ends.nation.registry.upsert("link", [other], WHO)
    day = dt.date(2026, 10, DAYS + 1)
    assert await states(ends, day, day) == {"missingAtLink": 1}
    assert [fact["what"] for fact in await facts(ends, day)] == [
        "no run that began after the day came to its end"
    ]


async def test_what_a_probe_reported_goes_before_what_the_link_brought(ends: Ends) -> None:
    day = dt.datetime(2026, 10, DAYS + 1, tzinfo=dt.UTC)
    silent = ProbeSpan(SpanKind.METER, day, day + dt.timedelta(hours=2), "silent: no answer", CODE)
    for said in (silent, replace(silent, ends=day + dt.timedelta(hours=1))):
        ends.nation.registry.probe_spans.keep(UNIT, [said], "probe-jia", day)
    assert await states(ends, day.date(), day.date()) == {"missingAtMeter": 1}
    (fact,) = [fact for fact in await facts(ends, day.date()) if fact["hop"] == "METER"]
    assert (fact["source"], fact["dataCode"], fact["ends"]) == (
        "probe-jia",
        CODE,
        "2026-10-21T10:00:00+08:00",
    )


async def test_a_waived_energy_is_not_due_and_has_no_state(ends: Ends) -> None:
    where = f'period: {{from: "{LOST}", to: "{LOST}"}}, units: ["{UNIT}"], groupBy: [DATA_CODE]'
    question = f"completenessByHop({where}) {{ rows {{ dataCode due }} }}"
    before = (await asked(ends, question))["completenessByHop"]["rows"]
    kinds = {row["data_code"]: row["kind"] for row in ends.nation.registry.dimensions()[2].to_pylist()}
    waived = {kinds[row["dataCode"]] for row in before} - {"electricity", None}
    rows = [
        {
            "unit": UNIT,
            "energy": energy,
            "grantor": "省发展改革委",
            "granted_on": "2026-01-01",
            "until": "2026-12-01",
        }
        for energy in waived
    ]
    assert rows
    ends.nation.registry.upsert("waiver", rows, WHO)
    after = (await asked(ends, question))["completenessByHop"]["rows"]
    assert [row for row in after if kinds[row["dataCode"]] in waived] == []
    assert [row for row in before if kinds[row["dataCode"]] not in waived] == after


async def test_a_unit_sees_its_own_hops_and_no_others(ends: Ends) -> None:
    token = token_of(ends.nation, "unit", of_unit(OTHER))
    where = f'period: {{from: "{LOST}", to: "{LOST}"}}'
    said = await asked(ends, f"completenessByHop({where}, groupBy: [UNIT]) {{ rows {{ unit }} }}", token)
    assert {row["unit"] for row in said["completenessByHop"]["rows"]} <= {OTHER}
    said = await asked(ends, f'completenessEvidence(unit: "{UNIT}", {where}) {{ facts {{ what }} }}', token)
    assert said["completenessEvidence"]["facts"] == []
