"""What was acknowledged is there, whole, however the process ended; a file has one owner and one version."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from graph.errors import StoreError
from hub.stores.readings.database import SCHEMA_VERSION, Database
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.writer import GENESIS, chained
from tests.hub.stores.readings_fakes import FakeDimensions, StillClock

ROOT = Path(__file__).resolve().parents[3]
KILLS = 15
RUN_S_MAX = 20.0  # of one child, however busy the machine is
CHECKPOINTS = ("16KB", "256MB")  # so often that a kill falls into one, and never

# For each batch: rows its ledger row says are kept, and rows that are there.
KEPT = """
SELECT b.id, b.accepted + b.corrected + b.superseded AS said,
    (SELECT count(*) FROM reading AS r WHERE r.batch_id = b.id)
    + (SELECT count(*) FROM reading_rev AS v WHERE v.batch_id = b.id) AS kept,
    b.accepted + b.corrected + b.duplicate + b.superseded + b.rejected = b.rows AS adds_up
FROM batch AS b ORDER BY b.id
"""
STRAYS = """
SELECT count(*) FROM (SELECT batch_id FROM reading UNION ALL SELECT batch_id FROM reading_rev) AS r
WHERE batch_id NOT IN (SELECT id FROM batch)
"""
TWICE = "SELECT count(*) - count(DISTINCT (unit_id, point_id, granularity, start)) FROM reading"


def killed(path: Path, seed: int) -> list[tuple[int, int, str]]:
    """Run the committing program, kill it at a moment that follows from the seed; what it had acknowledged."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    words = [sys.executable, "-m", "tests.hub.stores.committing", str(path), str(seed), CHECKPOINTS[seed % 2]]
    acknowledged: list[str] = []
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            begun = time.monotonic()
            for _ in range(chance.randrange(12)):
                acknowledged.append(child.stdout.readline())
                assert time.monotonic() - begun < RUN_S_MAX
            time.sleep(chance.random() * 0.03)
        finally:
            os.kill(child.pid, signal.SIGKILL)
        acknowledged += child.stdout.readlines()
    whole = [line.split() for line in acknowledged if line.endswith("\n")]
    return [(int(number), int(rows), head) for number, rows, head in whole]


def contents(path: Path) -> tuple[list[Any], list[dict[str, Any]]]:
    """What a file holds once a hub has opened it again: kept rows a batch, and the ledger."""
    ReadingsStore(path, FakeDimensions(), StillClock()).close()
    with duckdb.connect(str(path), read_only=True) as opened:
        assert opened.execute(STRAYS).fetchone() == (0,)
        assert opened.execute(TWICE).fetchone() == (0,)
        kept = opened.execute(KEPT).fetchall()
        ledger = opened.execute("SELECT * FROM batch ORDER BY id").to_arrow_table().to_pylist()
    return kept, ledger


@pytest.mark.slow
def test_a_process_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    acknowledged: list[tuple[int, int, str]] = []
    ledger: list[dict[str, Any]] = []
    for seed in range(KILLS):
        acknowledged += killed(path, seed)
        kept, ledger = contents(path)
        said = {row["id"]: (row["id"], row["rows"], row["head"]) for row in ledger}
        assert [said[number] for number, _, _ in acknowledged] == acknowledged
        assert [row for row in kept if row[1] != row[2] or not row[3]] == []
        assert [row["id"] for row in ledger] == list(range(1, len(ledger) + 1))
        check_chain(ledger)
    assert len(acknowledged) > KILLS
    assert 0 <= len(ledger) - len(acknowledged) <= KILLS  # at most one durable batch a kill was never told of


def check_chain(ledger: list[dict[str, Any]]) -> None:
    """Each head follows from the row and the head before it."""
    head = GENESIS
    for row in ledger:
        head = chained(head, row)
        assert row["head"] == head


def test_a_ledger_row_changed_afterwards_breaks_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    killed(path, 1)
    _, ledger = contents(path)
    forged = [{**ledger[0], "accepted": ledger[0]["accepted"] + 1}, *ledger[1:]]
    check_chain(ledger)
    with pytest.raises(AssertionError):
        check_chain(forged)


@pytest.mark.slow
def test_a_file_another_process_holds_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    words = [sys.executable, "-m", "tests.hub.stores.committing", str(path), "1", "256MB"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            with pytest.raises(StoreError, match=r"readings\.duckdb: another process holds it: stop the hub"):
                Database(path)
        finally:
            child.kill()
    Database(path).close()


def test_a_file_of_another_version_is_refused_let_go_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    with duckdb.connect(str(path)) as later:
        later.execute("CREATE TABLE meta (name VARCHAR, value VARCHAR)")
        later.execute("INSERT INTO meta VALUES ('schema', '99')")
        later.execute("CREATE TABLE reading (everything_is_different INTEGER)")
    with pytest.raises(StoreError, match=f"has schema 99, this version reads {SCHEMA_VERSION}"):
        Database(path)
    with duckdb.connect(str(path)) as opened:
        tables = opened.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    assert tables == [("meta",), ("reading",)]


@pytest.mark.parametrize("content", [b"not a database", b"\0" * 20_000])
def test_a_file_that_is_no_readings_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "readings.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"readings\.duckdb"):
        Database(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        Database(tmp_path / "nowhere" / "readings.duckdb")
