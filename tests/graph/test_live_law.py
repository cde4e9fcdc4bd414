"""The law of live answers: what an honest hub says reads below `live` as it reads where the hub itself is asked."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from graph.errors import StoreError, TooComplex
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.live_fakes import HonestHub
from tests.graph.made_up import declared, nulled, paths, selections, settled
from tests.graph.samples import point_row, province_row, unit_row

JIA = "910000"


def questions() -> st.SearchStrategy[str]:
    root = schema()._schema.query_type
    assert root is not None
    return selections(root)


def province(fault: Exception | None) -> FakeSources:
    """A province's hub with rows of several nouns, or one whose registry fails; it has no figures, which fails, too."""
    rows = {
        "region": [province_row(91), province_row(91, code="910101", level="county", parent=JIA)],
        "unit": [unit_row(1), unit_row(2, name="“引号”\\厂")],
        "data_point": [point_row(1, 1, low=None), point_row(2, 3)],
    }
    return FakeSources(FakeRows(rows, fault=fault))


def renamed(data: Any) -> Any:
    """Of the whole answer, only the root's own type has another name."""
    return None if data is None else {**data, "__typename": "Live"}


def test_an_honest_answer_reads_below_live_as_it_reads_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "nengshu.graphql")  # figures that are not there fail, as they are to
    seen = {"values": 0, "errors": 0}

    @given(
        question=questions(),
        fails=st.booleans(),
        sent=st.sampled_from([{}, {"first": 1, "asOf": {"batch": 0}}]),
    )
    @settings(max_examples=100)
    def law(question: str, fails: bool, sent: dict[str, Any]) -> None:
        there = province(StoreError("it is closed") if fails else None)
        national = FakeSources(FakeRows({"region": [province_row(91)]}), live=HonestHub(JIA, there))

        async def asked() -> tuple[ExecutionResult, ExecutionResult]:
            head = declared(question)
            direct = await there.ask(f"{head} {{ {question} }}", **sent)
            below = f'{head} {{ province(code: "{JIA}") {{ live {{ {question} }} }} }}'
            live = await national.ask(below, **sent)
            await settled()
            return direct, live

        direct, live = asyncio.run(asked())
        assume(all(code != TooComplex.code for _, code in paths(live)))
        assert live.data is not None, live.errors
        assert live.data["province"]["live"] == renamed(direct.data)
        below = live.data["province"]["live"]
        assert nulled(below, live, "province", "live") == nulled(direct.data, direct)
        assert all(path[:2] == ("province", "live") for path, _ in paths(live))
        seen["values"] += direct.data is not None
        seen["errors"] += bool(direct.errors)

    law()
    assert min(seen.values()) > 10, seen
