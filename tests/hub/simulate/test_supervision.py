"""The invented nation's supervision: every list has rows, some orders are past their deadline, and duties follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.ports import Ask
from hub.duties import derive
from hub.settings import Settings
from hub.simulate import supervision
from hub.simulate.nation import PROVINCES, Nation
from hub.simulate.stage import load
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry
from tests.hub.stores.registry_fakes import NOON, StillClock

NATION = Nation(NOON.date())
CODES = [entry[0] for entry in PROVINCES]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """The invented nation in a registry."""
    opened = open_registry(Settings(data_dir=tmp_path), StillClock(), NATION.nouns([])["region"])
    load(opened, NATION.nouns())
    load(opened, supervision.of_units(NATION, CODES))
    load(opened, supervision.of_the_nation(NATION))
    yield opened
    opened.close()


def rows(registry: Registry, noun: str) -> list[dict[str, Any]]:
    """Every row of a noun."""
    found: list[dict[str, Any]] = registry.rows(Ask(noun)).table.to_pylist()
    return found


def test_every_list_of_supervision_has_rows(registry: Registry) -> None:
    for noun in ("inspection", "rectification_order", "credit_entry", "score", "bulletin"):
        assert rows(registry, noun), noun


def test_some_orders_are_past_their_deadline_and_none_of_a_connected_unit(registry: Registry) -> None:
    orders = rows(registry, "rectification_order")
    past = {row["number"] for row in orders if row["deadline"] < NATION.today}
    assert 0 < len(past) < len(orders)
    assert past == {row["order_number"] for row in rows(registry, "credit_entry")}
    connected = {unit.code for unit in NATION.units() if unit.connected}
    assert connected.isdisjoint(row["unit"] for row in orders)


def test_duties_of_every_kind_follow_and_some_are_overdue(registry: Registry, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, first_quarter=str(NATION.first_quarter))
    derive(registry, settings, StillClock())
    duties = rows(registry, "duty")
    kinds = {"access_end", "first_filing", "platform_stage", "quarterly_report", "rectification"}
    assert {row["kind"] for row in duties} == kinds
    overdue = {row["kind"] for row in duties if row["due_on"] < NATION.today and row["done_on"] is None}
    assert overdue == kinds - {"first_filing"}
