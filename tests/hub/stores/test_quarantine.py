"""Rows that could not be booked wait as they came: kept once, whole, within bounds, and none is dropped in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import NotFound, StoreError
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.quarantine import Kept
from graph.model.region import RegionCode
from graph.model.sync_run import Link, RunState, SyncRun
from graph.ports import RAW_ROW
from hub.stores.registry.registry import Registry
from hub.stores.registry.waiting_rows import COLUMNS_MAX
from tests.hub.stores.quarantine_fakes import (
    MINUTE,
    MISSING,
    NEW,
    delivery_of,
    files,
    keep,
    quarantine_in,
    raw_of,
    receipt_of,
)  # fmt: skip
from tests.hub.stores.registry_fakes import NOON, listed


def ran(registry: Registry, link: Link) -> None:
    """A run of the link that brought something has ended."""
    run = SyncRun(link.key, NOON, NOON, RunState.SUCCEEDED, rows=1)
    registry.update(registry.begin(link, NOON), run)


def test_refused_rows_are_kept_as_they_came_and_the_others_are_not(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        delivery = delivery_of("a", "1", "viel", "3", "mehr")
        assert kept.keep(link, delivery, receipt_of(delivery, 7, refused=[3, 5])) == Kept(2)
        (file,) = kept.waiting(link)
        assert (file.batch, file.received_at, file.rows, file.waiting) == (7, NOON, 2, 2)
        assert kept.raw(file).to_pylist() == [{RAW_ROW: 3, "值": "viel"}, {RAW_ROW: 5, "值": "mehr"}]


def test_where_a_receipt_names_not_all_refused_rows_every_row_is_kept(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        delivery = delivery_of("a", "1", "viel", "3")
        assert kept.keep(link, delivery, receipt_of(delivery, 7, refused=[3], more=1)).rows == 3


def test_where_a_column_is_missing_every_row_is_kept_and_where_one_is_new_none(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        ran(registry, link)
        delivery = delivery_of("a", "1", "2", drift=[MISSING])
        assert kept.keep(link, delivery, receipt_of(delivery, 1)) == Kept(2, (MISSING,))
        delivery = delivery_of("b", "1", "2", drift=[NEW])
        assert kept.keep(link, delivery, receipt_of(delivery, 2)) == Kept(0, (NEW,))
        assert len(files(tmp_path)) == 1


def test_rows_that_came_in_no_form_of_their_own_are_not_kept(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        delivery = delivery_of("a", raw=raw_of())
        assert kept.keep(link, delivery, receipt_of(delivery, 1, more=1)) == Kept()
        assert kept.waiting(link) == []


def test_a_delivery_that_comes_again_is_kept_and_counted_once(tmp_path: Path) -> None:
    for _ in range(2):
        with quarantine_in(tmp_path) as (kept, registry, link):
            assert [keep(kept, link, "a", 1, "1", "2") for _ in range(2)] == [Kept(2, (MISSING,))] * 2
            assert len(kept.waiting(link)) == len(files(tmp_path)) == 1
            (drift,) = listed(registry, "column_drift")
            assert (drift["column"], drift["kind"], drift["rows"]) == ("时间", "missing", 2)
            assert drift["first_seen"] == drift["last_seen"] == NOON + MINUTE


def test_rows_that_a_source_says_in_each_run_are_kept_once_and_count_as_of_the_last(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        for batch in (1, 2, 3):
            assert keep(kept, link, f"run-{batch}", batch, "1", "2").rows == 2
        (file,) = kept.waiting(link)
        assert (file.rows, file.batch, file.received_at) == (2, 3, NOON + 3 * MINUTE)
        keep(kept, link, "run-1", 1, "1", "2")
        assert kept.waiting(link) == [file]
        keep(kept, link, "run-4", 4, "1", "3")
        assert [each.batch for each in kept.waiting(link)] == [3, 4]


@pytest.mark.parametrize("left", [0, 1])
def test_rows_that_a_replay_booked_and_that_are_refused_once_more_wait_anew(
    tmp_path: Path, left: int
) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "1", "2")
        (file,) = kept.waiting(link)
        kept.rows.replayed(file, left, "tester")
        assert keep(kept, link, "a", 1, "1", "2").rows == left
        for _ in range(2):
            assert keep(kept, link, "b", 2, "1", "2").rows == 2
        assert [(each.batch, each.waiting) for each in kept.waiting(link)] == [(1, 1), (2, 2)][1 - left :]


def test_a_column_of_the_first_run_is_no_news_and_a_later_one_is(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        first = delivery_of("a", "1", drift=[NEW])
        assert kept.keep(link, first, receipt_of(first, 1)) == Kept()
        ran(registry, link)
        other = ColumnDrift("班次", DriftKind.NEW, "string")
        later = delivery_of("b", "1", drift=[NEW, other])
        assert kept.keep(link, later, receipt_of(later, 2)).told == (other,)
        shown = [(row["column"], row["settled_by"]) for row in listed(registry, "column_drift")]
        assert shown == [("备注", "the first run"), ("班次", None)]


def test_drift_that_a_whole_run_shows_no_more_is_settled_and_opened_when_it_comes_again(
    tmp_path: Path,
) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        keep(kept, link, "a", 1, "1")
        kept.settle(link, {MISSING}, "sync run 1")
        assert registry.waiting_rows.open_drift(link) == (MISSING,)
        kept.settle(link, (), "sync run 2")
        (settled,) = listed(registry, "column_drift")
        assert (settled["settled_at"], settled["settled_by"]) == (NOON, "sync run 2")
        keep(kept, link, "b", 2, "1", "2")
        (opened,) = listed(registry, "column_drift")
        assert (opened["settled_at"], opened["rows"], opened["first_seen"]) == (None, 3, NOON + MINUTE)


def test_a_link_shows_its_open_drift_and_how_many_rows_wait(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        keep(kept, link, "a", 1, "1", "2")
        keep(kept, link, "b", 2, "3")
        shown = {row["key"]: (row["open_drift"], row["rows_waiting"]) for row in listed(registry, "link")}
        assert shown == {"trial": (1, 3), "mimic": (0, 0)}
        registry.waiting_rows.replayed(kept.waiting(link)[0], 0, "tester")
        assert {row["key"]: row["rows_waiting"] for row in listed(registry, "link")} == {
            "trial": 1,
            "mimic": 0,
        }


def test_what_a_killed_process_left_is_written_over_or_cleaned_away(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "1")
    folder = tmp_path / "quarantine"
    for left in ("0" * 32 + ".parquet", "1" * 32 + ".parquet.part"):
        (folder / left).write_bytes(b"half")
    with quarantine_in(tmp_path) as (kept, _, link):
        assert kept.clean() == 2
        assert len(files(tmp_path)) == 1
        assert kept.raw(kept.waiting(link)[0]).num_rows == 1


KILLED = """
import os, sys
from pathlib import Path
from tests.hub.stores.quarantine_fakes import MISSING, delivery_of, quarantine_in, receipt_of
steps = int(sys.argv[2])
def step(event, arguments):
    global steps
    if event in ("open", "os.rename", "sqlite3.connect"):
        steps -= 1
        if steps == 0:
            os._exit(9)
with quarantine_in(Path(sys.argv[1])) as (kept, _, link):
    delivery = delivery_of("a", "1", "2", drift=[MISSING])
    sys.addaudithook(step)
    kept.keep(link, delivery, receipt_of(delivery, 1))
os._exit(0)
"""


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_killed_anywhere_in_between_nothing_is_lost_and_nothing_doubled(tmp_path: Path, steps: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(steps)],
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert ended.returncode == 9, ended.stderr
    with quarantine_in(tmp_path) as (kept, registry, link):
        kept.clean()
        before = len(kept.waiting(link))
        assert before == len(files(tmp_path)) if (tmp_path / "quarantine").exists() else before == 0
        assert keep(kept, link, "a", 1, "1", "2").rows == 2
        (file,) = kept.waiting(link)
        assert kept.raw(file).num_rows == 2
        assert [row["rows"] for row in listed(registry, "column_drift")] == [2]


def test_no_word_of_a_source_becomes_a_path(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        for number, key in enumerate(("../../a", "/etc/passwd", "a\x00b", "\ud800"), 1):
            keep(kept, link, key, number, str(number))
        assert all(len(name) == 40 and name.endswith(".parquet") for name in files(tmp_path))
        assert len(files(tmp_path)) == 4
        assert (tmp_path / "quarantine").stat().st_mode & 0o077 == 0


def test_a_column_that_parquet_does_not_hold_is_kept_as_text(tmp_path: Path) -> None:
    raw = raw_of("1", "2").append_column("附", pa.array([{}, None], pa.struct([])))
    with quarantine_in(tmp_path) as (kept, _, link):
        delivery = delivery_of("a", raw=raw, drift=[MISSING])
        kept.keep(link, delivery, receipt_of(delivery, 1))
        assert kept.raw(kept.waiting(link)[0])["附"].to_pylist() == ["{}", None]


def test_a_file_that_is_gone_or_torn_is_told_by_name(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "1")
        (file,) = kept.waiting(link)
        (path,) = (tmp_path / "quarantine").iterdir()
        path.write_bytes(path.read_bytes()[:-10])
        with pytest.raises(StoreError, match=rf"{file.name}\.parquet cannot be read"):
            kept.raw(file)


def test_names_of_columns_are_bounded_and_what_was_seen_longest_ago_gives_way(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        for number in range(COLUMNS_MAX // 100 + 1):
            drift = [ColumnDrift(f"{number}-{n}" + "长" * 300, DriftKind.MISSING) for n in range(100)]
            delivery = delivery_of(f"{number}", "1", drift=drift)
            kept.keep(link, delivery, receipt_of(delivery, number + 1, at=NOON + number * MINUTE))
        shown = listed(registry, "column_drift")
        assert len(shown) == COLUMNS_MAX
        assert shown[0]["column"].startswith("1-")
        assert {len(row["column"]) for row in shown} == {200}


def test_rows_of_a_link_that_nobody_registered_are_refused(tmp_path: Path) -> None:
    stranger = Link("stranger", "file_drop", RegionCode("970000"), "x")
    with quarantine_in(tmp_path) as (kept, _, _link), pytest.raises(NotFound, match="'stranger'"):
        keep(kept, stranger, "a", 1, "1")


def test_the_file_is_parquet_that_anybody_can_read(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "viel")
    (path,) = (tmp_path / "quarantine").iterdir()
    assert pq.read_table(path).column_names == [RAW_ROW, "值"]
