"""What was acknowledged is there, whole, however the process ended; a file has one owner and one version."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from graph.errors import StoreError
from hub.stores.readings.check import check
from hub.stores.readings.database import SCHEMA_VERSION, Database

ROOT = Path(__file__).resolve().parents[3]
KILLS = 200
CHECKED_EVERY = 20  # kills between two recomputations of all rollups
RUN_S_MAX = 60.0  # of one child, however busy the machine is
CHECKPOINTS = ("16KB", "1MB", "256MB")  # so often that a kill falls into one, now and then, and never
CUTS = 25
TWICE = """
SELECT count(*) - count(DISTINCT (unit_id, point_id, granularity, start))
FROM said(2147483647, '1990-01-01', '2200-01-01', 0, 2147483647)
"""


class Driver:
    """The committing program, one child of which is killed at a time."""

    def __init__(self, path: Path) -> None:
        words = [sys.executable, "-m", "tests.hub.stores.committing", str(path)]
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def killed(self, seed: int) -> list[str]:
        """Run a child, kill it at a moment that follows from the seed; the receipts it had said."""
        chance = random.Random(seed)  # noqa: S311 - nothing secret
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seed} {CHECKPOINTS[seed % len(CHECKPOINTS)]}\n")
        child = int(self._line().split()[1])
        begun, said = time.monotonic(), []
        try:
            for _ in range(chance.randrange(4)):
                said.append(self._line())
                assert time.monotonic() - begun < RUN_S_MAX
            time.sleep(chance.random() * 0.03)
        finally:
            os.kill(child, signal.SIGKILL)
        while (line := self._line()) != "ended":
            said.append(line)
        return said

    def close(self) -> None:
        """End the driver, which has no child any more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(RUN_S_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the committing program ended"
        return line.rstrip("\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the readings file is."""
    return tmp_path / "readings.duckdb"


@pytest.fixture
def driver(path: Path) -> Iterator[Driver]:
    """The committing program."""
    started = Driver(path)
    yield started
    started.close()


def ledger_of(database: Database) -> dict[int, str]:
    """What the ledger says of each batch, as its receipt was said."""
    columns = "id, key, rows, accepted, duplicate, corrected, superseded, rejected, head"
    with database.reading() as cursor:
        rows = cursor.execute(f"SELECT {columns} FROM batch ORDER BY id").fetchall()  # noqa: S608 - names of ours
    return {row[0]: " ".join(map(str, row)) for row in rows}


def faults(database: Database) -> list[str]:
    """Where the file does not follow from itself."""
    return [str(found) for step in check(database) for found in step.differences]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_killed_at_200_moments_loses_nothing_it_acknowledged(path: Path, driver: Driver) -> None:
    acknowledged: dict[int, str] = {}
    for seed in range(KILLS):
        acknowledged |= {int(line.split()[0]): line for line in driver.killed(seed)}
        with closing(Database(path)) as database:
            ledger = ledger_of(database)
            assert {number: ledger.get(number) for number in acknowledged} == acknowledged, f"seed {seed}"
            assert list(ledger) == list(range(1, len(ledger) + 1)), f"seed {seed}"
            with database.reading() as cursor:
                assert cursor.execute(TWICE).fetchone() == (0,), f"seed {seed}"
            if seed % CHECKED_EVERY == 0 or seed == KILLS - 1:
                assert faults(database) == [], f"seed {seed}"
    assert len(acknowledged) > KILLS


@pytest.mark.slow
def test_a_torn_log_holds_whole_batches_up_to_where_it_is_torn(path: Path, driver: Driver) -> None:
    for seed in (2, 5, 8):  # with no checkpoint, so that all of it stands in the log
        driver.killed(seed)
    log, chance = Path(f"{path}.wal"), random.Random(7)  # noqa: S311 - nothing secret
    whole, file = log.read_bytes(), path.read_bytes()
    with closing(Database(path)) as database:
        ledger = ledger_of(database)
    for cut in sorted(chance.sample(range(200, len(whole)), CUTS)):
        path.write_bytes(file)
        log.write_bytes(whole[:cut])
        with closing(Database(path)) as database:
            held = ledger_of(database)
            assert held == {number: ledger[number] for number in range(1, len(held) + 1)}, f"cut at {cut}"
            assert faults(database) == [], f"cut at {cut}"


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
