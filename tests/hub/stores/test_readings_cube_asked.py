"""The question the documents give, asked through the schema of a store that holds readings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.model.period import Granularity
from tests.graph.fakes import FakeSources
from tests.hub.stores.readings_fakes import batch_of
from tests.hub.stores.test_readings_cube import DAY, T0, days, neighbours

pytestmark = pytest.mark.anyio
QUERY = Path(__file__).parents[3] / "docs/queries/energy_compared.graphql"


@pytest.mark.parametrize(
    ("group_by", "told"),
    [
        ([], [("1", "50", "7", "5")]),
        (["KIND", "QUARTER"], [("1", "50", "7", "5")]),
        (["COUNTY"], [("0.25", "50", "1", None), ("0.75", None, None, "5")]),
    ],
)
async def test_the_documents_question_is_answered_in_any_grouping(
    group_by: list[str], told: list[tuple[str | None, ...]]
) -> None:
    store = neighbours()
    rows = days((0, 0, 100), (2, 0, 300), (0, -1, 50), (2, -365, 5))
    store.commit(batch_of(rows, "a", T0, Granularity.DAY, DAY))
    variables: dict[str, Any] = {"from": "2026-01-01", "to": "2026-03-31", "groupBy": group_by}
    sources = FakeSources(figures=store)  # type: ignore[arg-type]  # a store stands at the port too
    data = await sources.data(QUERY.read_text(encoding="utf-8"), **variables)
    found = [
        (row["share"], before.get("quantity"), before.get("change"), year_before.get("quantity"))
        for row in data["energyBalance"]["rows"]
        for before, year_before in [(row["before"] or {}, row["yearBefore"] or {})]
    ]
    assert found == told
