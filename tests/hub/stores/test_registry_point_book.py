"""Points that are kept in memory are those a fresh look finds, whoever wrote in between."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hub.stores.registry.database import open_engine
from hub.stores.registry.point_book import MENDED_MAX, NOUNS, POINT, POINTS, PointBook
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import (
    ELECTRICITY,
    GAS,
    WHO,
    StillClock,
    code_of,
    invented_registry,
    link,
    point,
    unit,
)

NUMBERS = range(1, 5)
ASKED = [code_of(number) for number in NUMBERS]


@contextmanager
def engine_of(folder: Path) -> Iterator[Engine]:
    """A connection of another process's, as it were."""
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    try:
        yield engine
    finally:
        engine.dispose()


def looked_up(folder: Path, units: Sequence[str]) -> list[dict[str, Any]]:
    """What a registry that was just opened says."""
    with engine_of(folder) as engine:
        registry = Registry(engine, StillClock())
        try:
            return rows_of(registry.points(units))
        finally:
            registry.close()


def rows_of(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pylist()
    return sorted(found, key=lambda row: (row["unit"], row["point_id"] or 0))


numbers = st.sampled_from(NUMBERS)
bounds = st.none() | st.decimals(-(10**13), 10**13, places=4)
writes = st.one_of(
    st.builds(lambda n, where: ("unit", unit(n, where)), numbers, st.sampled_from(["970101", "980200"])),
    st.builds(
        lambda n, code, low, state: (
            "data_point",
            point(n, code, low=low, state=state, until="2026-10-01" if state == "retired" else None),
        ),
        numbers,
        st.sampled_from([ELECTRICITY, GAS]),
        bounds,
        st.sampled_from(["active", "proposed", "retired"]),
    ),
    st.just(("link", link())),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(writes, st.booleans(), st.sets(numbers)), max_size=12))
def test_what_is_kept_is_what_a_fresh_look_finds_whoever_wrote(
    steps: list[tuple[tuple[str, dict[str, Any]], bool, set[int]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for registry in invented_registry(folder):
            with engine_of(folder) as engine:
                other = Registry(engine, StillClock())
                for (noun, row), elsewhere, asked in steps:
                    if noun == "data_point" and not registry.points([row["unit"]]).num_rows:
                        registry.upsert("unit", [unit(ASKED.index(row["unit"]) + 1)], WHO)
                    (other if elsewhere else registry).upsert(noun, [row], WHO)
                    units = [code_of(number) for number in asked]
                    assert rows_of(registry.points(units)) == looked_up(folder, units)
                other.close()
            assert rows_of(registry.points(ASKED)) == looked_up(folder, ASKED)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path):
        registry.upsert("unit", [unit(1), unit(2, "980200"), unit(3)], WHO)
        registry.upsert("data_point", [point(1, low="-1.5"), point(1, GAS), point(2, high="2")], WHO)
        yield registry


def test_what_is_asked_for_twice_and_what_nobody_knows_costs_no_row_more(registry: Registry) -> None:
    once = registry.points([code_of(1)])
    assert once.schema == POINTS
    assert registry.points([code_of(1), "nonsense", code_of(1)]) == once
    assert registry.points(["nonsense"]).num_rows == 0


def test_a_book_that_holds_too_much_begins_anew(registry: Registry, tmp_path: Path) -> None:
    with engine_of(tmp_path) as engine:
        book = PointBook(engine, lambda: registry.revision(NOUNS), kept_max=2)
        for _ in range(3):
            for number in (1, 2, 3):
                assert rows_of(book.points([code_of(number)])) == looked_up(tmp_path, [code_of(number)])


def test_more_changes_than_are_picked_out_are_all_seen(registry: Registry, tmp_path: Path) -> None:
    more = range(10, 11 + MENDED_MAX)
    asked = [code_of(1), code_of(more[0]), code_of(more[-1])]
    registry.points(asked)
    registry.upsert("unit", [unit(number) for number in more], WHO)
    registry.upsert("data_point", [point(1, low="3")], WHO)
    assert rows_of(registry.points(asked)) == looked_up(tmp_path, asked)
    assert registry.points(asked)["low"].to_pylist()[0] is not None


def test_many_threads_that_ask_while_points_are_written_see_what_stood_or_what_stands(
    registry: Registry,
) -> None:
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(registry.points, [code_of(1), code_of(3)]) for _ in range(40)]
        registry.upsert("data_point", [point(3)], WHO)
        found = {table.result()["unit"].to_pylist().count(code_of(3)) for table in asked}
    assert found == {1}
    assert registry.points([code_of(3)])["point_id"].to_pylist() == [1]


def test_a_nation_fits_into_a_hundred_megabytes() -> None:
    assert POINT.itemsize * 1_700_000 < 100e6
