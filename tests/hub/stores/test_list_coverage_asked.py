"""The question the documents give about a list's coverage, asked through the schema of stores that hold something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, Reach
from graph.model.sync_run import RunState, SyncRun
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.registry import Registry
from tests.graph.fakes import FakeSources
from tests.hub.stores.readings_fakes import FakeDimensions, StillClock
from tests.hub.stores.registry_fakes import (
    NOON,
    WHO,
    code_of,
    invented_registry,
    link,
    of_region,
    of_unit,
    unit,
)

pytestmark = pytest.mark.anyio
QUERY = Path(__file__).parents[3] / "docs/queries/coverage_of_a_list.graphql"
LATE = dt.date(2026, 11, 13)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Three units of one province and one of the other, all late but one; of one province a link failed."""
    for made in invented_registry(tmp_path_factory.mktemp("asked")):
        made.upsert("unit", [unit(n, "980200" if n == 3 else "970101") for n in range(4)], WHO)
        ends = [
            {"unit": code_of(n), "stage": "connected", "planned": LATE, "actual": LATE if n == 0 else None}
            for n in range(4)
        ]
        made.upsert("access_end_milestone", ends, WHO)
        made.upsert("link", [link(), link("mimic", province="980000")], WHO)
        mimic, trial = made.links()
        _ran(made, SyncRun(trial.key, NOON, NOON, RunState.SUCCEEDED, rows=4, accepted=4))
        _ran(made, SyncRun(mimic.key, NOON, NOON, RunState.FAILED, error="no answer"))
        yield made


def _ran(made: Registry, run: SyncRun) -> None:
    (of,) = (one for one in made.links() if one.key == run.link)
    made.update(made.begin(of, run.started_at), run)


async def _asked(registry: Registry, reach: Reach, **variables: Any) -> dict[str, Any]:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    sources = FakeSources(registry, store, reach=reach)  # type: ignore[arg-type]  # stores stand at the ports too
    data = await sources.data(QUERY.read_text(encoding="utf-8"), today="2026-11-23", **variables)
    found: dict[str, Any] = data["accessEnds"]
    return found


async def test_the_nation_sees_who_is_late_and_what_that_rests_on(registry: Registry) -> None:
    found = await _asked(registry, NATION, first=1)
    assert found["totalCount"] == 3
    assert [node["overdueDays"] for node in found["nodes"]] == [10]
    assert found["coverage"] == [
        {
            "province": "970000",
            "name": "试省",
            "state": "WHOLE",
            "rows": 2,
            "links": ["trial"],
            "broughtAt": "2026-11-23T12:00:00+08:00",
            "why": None,
        },
        {
            "province": "980000",
            "name": "拟省",
            "state": "PARTIAL",
            "rows": 1,
            "links": ["mimic"],
            "broughtAt": None,
            "why": "link mimic failed at 2026-11-23 12:00 +08:00: no answer",
        },
    ]


@pytest.mark.parametrize(
    ("reach", "told"),
    [
        (of_region("970000"), [("970000", 2, ["trial"])]),
        (of_region("970100"), [("970000", 2, None)]),
        (of_region("980000"), [("980000", 1, ["mimic"])]),
        (of_unit(1), [("970000", 1, None)]),
        (of_unit(0), [("970000", 0, None)]),
    ],
    ids=str,
)
async def test_whoever_reaches_less_is_told_of_nobody_else(
    registry: Registry, reach: Reach, told: list[tuple[str, int, list[str] | None]]
) -> None:
    found = await _asked(registry, reach)
    assert [(row["province"], row["rows"], row["links"]) for row in found["coverage"]] == told
    assert found["totalCount"] == sum(rows for _, rows, _ in told)


async def test_another_province_and_one_that_is_none_are_answered_alike(registry: Registry) -> None:
    for province in ("970000", "990000"):
        found = await _asked(registry, of_region("980000"), provinces=[province])
        assert (found["totalCount"], found["coverage"]) == (0, [])
