"""The benchmark of the readings store runs at any size and asks about an invented nation."""

from __future__ import annotations

import datetime as dt
import platform
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep

import pytest

from graph.errors import InvalidInput, StoreError
from graph.model.data_code import Scope
from graph.model.region import RegionCode
from scripts.benchmarks import _page, store
from scripts.benchmarks._memory import EVERY_S, ResidentMemory
from scripts.benchmarks._options import ROWS, ROWS_LARGE, Options
from scripts.benchmarks._store_nation import CODES, PLANT_POINTS, POINTS, VALUES, Nation, _decimals
from scripts.benchmarks._store_subject import Subject

DAY = dt.date(2026, 1, 5)
SMALL = Nation(units=50)
HELD = 128 * 2**20


@pytest.mark.slow
def test_a_tiny_run_measures_everything_and_calls_no_two_figures_alike() -> None:
    found = list(store.figures(Options(rows=20_000)))
    names = [figure.name for figure in found]
    assert len(names) == len(set(names))
    assert all(figure.value > 0 for figure in found)
    said = " ".join(names)
    for part in ("scattered", "uploads", "mid corrections to now", "p99", "share of bare", "completeness"):
        assert part in said


def test_a_batch_that_met_another_fate_than_meant_is_no_measurement(tmp_path: Path) -> None:
    with closing(Subject(tmp_path / "store" / "readings.duckdb", SMALL, rounds=1)) as subject:
        day = subject.next_day()
        for revision, fate in ((0, "accepted"), (0, "duplicate"), (1, "corrected")):
            assert subject.commit(subject.day(SMALL.province(0), day, revision), fate).seconds > 0
        with pytest.raises(StoreError, match="expected 500 rows accepted, came 0"):
            subject.commit(subject.day(SMALL.province(0), day, revision=1), "accepted")
        assert subject.readings == 500


def test_the_sizes_grow_and_a_trial_replaces_them() -> None:
    assert Options().sizes == (ROWS,)
    assert Options(large=True).sizes == (ROWS, ROWS_LARGE)
    assert Options(rows=7_000).sizes == (7_000,)
    assert Options(rows=7_000).words == ("--rows", "7000")


@pytest.mark.parametrize(("large", "rows"), [(True, 7_000), (False, 10), (False, -1)])
def test_options_that_make_no_sense_are_refused(large: bool, rows: int) -> None:
    with pytest.raises(InvalidInput, match="--rows"):
        Options(large, rows)


def test_the_nation_is_invented_and_every_reading_is_of_a_point_the_registry_knows() -> None:
    _, units, points, _ = SMALL.dimensions()
    assert {RegionCode(code).province.digits[:2] for code in units["province"].to_pylist()} == {
        str(number) for number in range(90, 100)
    }
    known = set(zip(points["unit_id"].to_pylist(), points["point_id"].to_pylist(), strict=True))
    assert len(known) == points.num_rows == SMALL.units * POINTS
    batch = SMALL.day(SMALL.province(9), DAY, "key").table
    told = set(zip(batch["unit_id"].to_pylist(), batch["point_id"].to_pylist(), strict=True))
    assert len(told) == batch.num_rows == 5 * POINTS
    assert told <= known


def test_a_unit_has_five_plant_points_and_its_codes_are_distinct() -> None:
    assert len({code.digits for code in CODES}) == POINTS
    assert [code.scope for code in CODES].count(Scope.PLANT) == PLANT_POINTS
    assert {code.scope for code in CODES[PLANT_POINTS:]} == {Scope.EQUIPMENT}


def test_values_are_equal_from_run_to_run_and_a_correction_always_differs() -> None:
    units = SMALL.province(3)
    first, again, corrected = (
        SMALL.day(units, DAY, "key", revision).table["value"].to_pylist() for revision in (0, 0, 1)
    )
    assert first == again
    assert all(old != new for old, new in zip(first, corrected, strict=True))
    assert len(set(first)) > len(first) // 2
    assert all(0 <= value < VALUES for value in first)


def test_whole_numbers_become_decimals_with_their_sign() -> None:
    numbers = SMALL.day(range(1, 2), DAY, "key").table["row"].to_numpy().astype("int64") - 50
    assert _decimals(numbers).to_pylist() == [Decimal(int(number)).scaleb(-4) for number in numbers]


def test_a_batch_of_one_unit_names_it_and_a_province_names_itself() -> None:
    one, province = SMALL.day(range(1, 2), DAY, "a"), SMALL.day(SMALL.province(1), DAY, "b")
    assert (one.unit, one.province) == (SMALL.credit_codes[0], "900000")
    assert (province.unit, province.province, province.region) == (None, "910000", "910100")
    assert one.digest != province.digest


@pytest.mark.skipif(platform.system() != "Linux", reason="only Linux tells what is resident")
def test_memory_that_was_let_go_again_is_remembered() -> None:
    with ResidentMemory() as memory:
        before = _looked(memory, 1)
        held = b"x" * HELD
        _looked(memory, before + HELD // 2)  # the allocator may have had some of it already
        del held
    assert (memory.peak_bytes or 0) >= before + HELD // 2


def _looked(memory: ResidentMemory, least: int) -> int:
    """Wait until so much was seen."""
    until = monotonic() + 10
    while (memory.peak_bytes or 0) < least and monotonic() < until:
        sleep(EVERY_S)
    return memory.peak_bytes or 0


def test_the_page_has_a_place_for_the_store() -> None:
    text = _page.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- begin store -->\n") == text.count("<!-- end store -->\n") == 1
