"""The point directory, runs and links, clients, and the first rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from graph.errors import NotFound
from graph.model.region import DivisionTree
from graph.model.sync_run import RunState, SyncRun
from graph.ports import PointDirectory, RunLog
from hub.stores.registry.directory import COEFFICIENT_COLUMNS, POINT_DIMENSION, UNIT_DIMENSION
from hub.stores.registry.registry import Registry
from hub.stores.registry.seed import seed
from tests.hub.stores.registry_fakes import (
    ELECTRICITY,
    GAS,
    NOON,
    WHO,
    audited,
    code_of,
    empty_registry,
    invented_registry,
    link,
    listed,
    point,
    unit,
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path):
        registry.upsert("unit", [unit(1), unit(2, "980000")], WHO)
        registry.upsert("data_point", [point(1, low="0"), point(1, GAS, high="12.5")], WHO)
        registry.upsert("link", [link(quirks={"valid": 0})], WHO)
        yield registry


# ---- points and dimensions ------------------------------------------------------------------------------


def test_points_of_units_come_with_their_numbers_and_bounds(registry: Registry) -> None:
    directory: PointDirectory = registry
    rows = sorted(directory.points([code_of(1)]).to_pylist(), key=lambda row: row["point_id"])
    assert [(r["data_code"], r["point_id"], r["low"], r["high"], r["state"]) for r in rows] == [
        (ELECTRICITY, 1, Decimal(0), None, "active"),
        (GAS, 2, None, Decimal("12.5000"), "active"),
    ]
    assert {(r["unit"], r["unit_id"], r["province"]) for r in rows} == {(code_of(1), 1, "970000")}


def test_a_unit_without_points_has_one_empty_row_and_an_unknown_unit_none(registry: Registry) -> None:
    (row,) = registry.points([code_of(2), code_of(3), "nonsense"]).to_pylist()
    assert (row["unit"], row["unit_id"], row["data_code"], row["point_id"]) == (code_of(2), 2, None, None)
    assert registry.points([]).schema == registry.points([code_of(1)]).schema


def test_dimensions_hold_all_units_points_and_coefficients_with_their_revision(registry: Registry) -> None:
    seed(registry, DivisionTree())
    revision, units, points, coefficients = registry.dimensions()
    assert revision == registry.revision()
    assert units.schema == UNIT_DIMENSION
    assert points.schema == POINT_DIMENSION
    assert (coefficients.num_rows, coefficients.column_names) == (16, list(COEFFICIENT_COLUMNS))
    assert coefficients.column_names[-1] == "source"
    assert units["city"].to_pylist() == ["970100", None]
    assert points.select(["unit_id", "point_id", "variety", "kind", "scope"]).to_pylist() == [
        {"unit_id": 1, "point_id": 1, "variety": "023300", "kind": "electricity", "scope": 1},
        {"unit_id": 1, "point_id": 2, "variety": "011500", "kind": "natural_gas", "scope": 1},
    ]


def test_the_revision_moves_with_units_and_points_and_with_nothing_else(registry: Registry) -> None:
    before = registry.revision()
    registry.upsert("unit", [unit(1)], WHO)
    registry.upsert("link", [link("other")], WHO)
    assert registry.revision() == before
    registry.upsert("unit", [unit(1, tier="hundred")], WHO)
    between = registry.revision()
    registry.upsert("data_point", [point(1, state="retired", until="2026-10-01")], WHO)
    assert before < between < registry.revision()


def test_points_of_a_waived_energy_are_told_with_the_days_of_their_waiver(registry: Registry) -> None:
    before = registry.revision()
    waiver = {
        "unit": code_of(1),
        "energy": "natural_gas",
        "grantor": "省发展改革委",
        "granted_on": "2026-01-01",
    }
    registry.upsert("waiver", [{**waiver, "until": "2026-07-01"}], WHO)
    assert registry.revision() > before
    points = registry.dimensions()[2].select(["kind", "waived_from", "waived_until"]).to_pylist()
    assert points == [
        {"kind": "electricity", "waived_from": None, "waived_until": None},
        {
            "kind": "natural_gas",
            "waived_from": dt.date(2026, 1, 1),
            "waived_until": dt.date(2026, 7, 1),
        },
    ]


def test_an_empty_registry_has_revision_nought(tmp_path: Path) -> None:
    for registry in empty_registry(tmp_path):
        assert registry.dimensions()[0] == 0


# ---- links and runs -------------------------------------------------------------------------------------


def test_a_link_comes_back_as_the_models_link(registry: Registry) -> None:
    (found,) = registry.links()
    assert (found.key, str(found.region), found.quirks, found.enabled) == (
        "trial",
        "970000",
        {"valid": 0},
        True,
    )


def test_a_runs_cursor_becomes_the_links_and_the_move_is_audited(registry: Registry) -> None:
    log: RunLog = registry
    (trial,) = registry.links()
    number = log.begin(trial, NOON)
    log.update(number, SyncRun("trial", NOON, rows=5, accepted=5, cursor="7"))
    log.update(number, SyncRun("trial", NOON, NOON, RunState.SUCCEEDED, rows=9, accepted=9, cursor="7"))
    assert registry.links()[0].cursor == "7"
    (run,) = listed(registry, "sync_run")
    assert (run["id"], run["link"], run["province"]) == (number, "trial", "970000")
    assert (run["state"], run["rows"], run["ended_at"], run["cursor"]) == ("succeeded", 9, NOON, "7")
    action, _, before, after = audited(registry, "link")[1]
    assert (action, before["cursor"], after["cursor"]) == ("update", None, "7")
    assert len(audited(registry, "link")) == 2
    assert listed(registry, "audit", noun="link")[1]["who"] == f"sync run {number}"


def test_a_run_without_a_cursor_leaves_the_links_where_it_was(registry: Registry) -> None:
    registry.upsert("link", [{"key": "trial", "cursor": "3"}], WHO)
    number = registry.begin(registry.links()[0], NOON)
    registry.update(
        number, SyncRun("trial", NOON, NOON, RunState.FAILED, error="row 3: \ud800\x00 is no number")
    )
    assert registry.links()[0].cursor == "3"
    assert listed(registry, "sync_run")[0]["error"] == "row 3: ? is no number"


def test_changing_a_link_leaves_its_cursor(registry: Registry) -> None:
    registry.upsert("link", [{"key": "trial", "cursor": "3"}], WHO)
    registry.upsert("link", [link(address="http://127.0.0.1:10")], WHO)
    assert registry.links()[0].cursor == "3"


def test_runs_that_a_dead_process_left_are_closed_as_failed(registry: Registry) -> None:
    first, second = (registry.begin(registry.links()[0], NOON) for _ in range(2))
    registry.update(first, SyncRun("trial", NOON, NOON, RunState.SUCCEEDED))
    later = NOON + dt.timedelta(hours=1)
    assert registry.close_orphans(later) == 1
    assert registry.close_orphans(later) == 0
    (orphan,) = listed(registry, "sync_run", state="failed")
    assert (orphan["id"], orphan["ended_at"]) == (second, later)
    assert "process" in orphan["error"]


def test_a_run_of_nothing_known_is_not_found(registry: Registry) -> None:
    (trial,) = registry.links()
    with pytest.raises(NotFound):
        registry.update(99, SyncRun("trial", NOON))
    with pytest.raises(NotFound):
        registry.begin(type(trial)("nobody", "hub_graphql", trial.region, ""), NOON)


# ---- the first rows -------------------------------------------------------------------------------------


def test_a_new_registry_gets_provinces_coefficients_and_national_agencies(tmp_path: Path) -> None:
    for registry in empty_registry(tmp_path):
        assert {noun: told.added for noun, told in seed(registry, DivisionTree()).items()} == {
            "region": 32,
            "agency": 4,
            "coefficient": 16,
        }
        tiles = [(row["tile_column"], row["tile_row"]) for row in listed(registry, "region")]
        assert len(set(tiles)) == 32
        assert {row["role"] for row in listed(registry, "agency")} == {"ndrc", "samr", "necc", "nim"}
        assert registry.dimensions()[3].num_rows == 16


def test_first_rows_never_undo_what_people_changed(tmp_path: Path) -> None:
    for registry in empty_registry(tmp_path):
        seed(registry, DivisionTree())
        registry.upsert("agency", [{"key": "nim", "name": "改名研究院"}], WHO)
        assert seed(registry, DivisionTree()) == {}
        assert listed(registry, "agency", key="nim")[0]["name"] == "改名研究院"
