"""Coefficients as GraphQL says them: each with its source and its variety's unit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of

pytestmark = pytest.mark.anyio


def _row(source: str, unit: str | None = None, variety: str = "011500") -> Row:
    return {
        "variety": variety, "basis": "calorific", "kgce": Decimal("1.2"), "edition": "试", "unit": unit,
        "since": dt.date(2026, 1, 1), "source": source,
    }  # fmt: skip


async def test_a_coefficient_says_its_source_and_can_be_found_by_it() -> None:
    rows = [_row("standard"), _row("dictionary"), _row("measured", code_of(1))]
    sources = FakeSources(FakeRows({"coefficient": rows}))
    question = "query($of: [CoefficientSource!]) { coefficients(filter: {source: $of}) { nodes { source unit measure } } }"
    every = (await sources.data(question, of=None))["coefficients"]["nodes"]
    assert [node["source"] for node in every] == ["STANDARD", "DICTIONARY", "MEASURED"]
    found = (await sources.data(question, of=["DICTIONARY", "MEASURED"]))["coefficients"]["nodes"]
    assert found == [
        {"source": "DICTIONARY", "unit": None, "measure": "m3"},
        {"source": "MEASURED", "unit": code_of(1), "measure": "m3"},
    ]
