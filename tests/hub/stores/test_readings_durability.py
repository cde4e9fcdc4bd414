"""What was acknowledged is there, whole, however the process ended; a file has one owner and one version."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import duckdb
import pytest

from graph.errors import StoreError
from hub.stores.readings.database import SCHEMA_VERSION, SETTINGS, Database
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.wal import log_of, logs_of
from tests.hub.stores.committing import NOW, TWISTS, batch_named, told
from tests.hub.stores.killing import ROOT, Driver, Onlooker, faults, ledger_of
from tests.hub.stores.readings_fakes import StillClock
from tests.hub.stores.test_readings_as_of import ChangingRegistry

KILLS = 200
FILES = 2  # that are killed beside one another, one a core; each takes its share of the kills
CHECKED_EVERY = 10  # kills of a file between two recomputations of all rollups
CUTS = 40  # of one log
TORN_LINES = 25  # receipts in it at least
TEARS = 20  # kills with a torn log after each


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the readings file is."""
    return tmp_path / "readings.duckdb"


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine of one thread looks at what a kill left: faster on a small file."""
    monkeypatch.setitem(SETTINGS, "threads", 1)


@pytest.fixture
def driver(path: Path, one_thread: None) -> Iterator[Driver]:
    """The committing program."""
    with closing(Driver(path)) as started:
        yield started


def copied(path: Path, folder: Path) -> Path:
    """The file as a kill left it, with its logs, under its name in another folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for each in (path, *logs_of(path)):
        shutil.copy(each, folder / each.name)
    return folder / path.name


def batches_lost(whole: Path, torn: Path) -> int:
    """How many batches a torn log has forgotten: the last ones, and those altogether."""
    with closing(Database(whole)) as database:
        ledger = ledger_of(database)
    with closing(Database(torn)) as database:
        Onlooker().look(database)
        assert faults(database) == []
        held = ledger_of(database)
    assert held == ledger[: len(held)]
    return len(ledger) - len(held)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_processes_killed_at_200_moments_lose_nothing_they_acknowledged(
    tmp_path: Path, one_thread: None
) -> None:
    with ThreadPoolExecutor(FILES) as files:
        acknowledged = sum(files.map(lambda number: kills_of(tmp_path / f"{number}", number), range(FILES)))
    assert acknowledged > KILLS


def kills_of(folder: Path, number: int) -> int:
    """One file's share of the kills, with a look after each; how many batches were acknowledged."""
    folder.mkdir()
    path, onlooker, share = folder / "readings.duckdb", Onlooker(), KILLS // FILES
    with closing(Driver(path)) as driver:
        for seed in range(number * share, (number + 1) * share):
            try:
                onlooker.hear(driver.killed(seed))
                if path.exists():
                    # Half of the looks are at a copy, so that one kill's log is what the next child begins with.
                    looked_at = path if seed % 2 else copied(path, folder / "copy")
                    look(looked_at, onlooker, None if (seed + 1) % CHECKED_EVERY == 0 else 0)
            except AssertionError as fault:
                raise AssertionError(f"after the kill of seed {seed}") from fault
    assert_mixed(path)
    return len(onlooker.acknowledged)


def look(path: Path, onlooker: Onlooker, sample: int | None) -> None:
    """Open what a kill left and compare it, with itself as well."""
    with closing(Database(path)) as database:
        onlooker.look(database)
        assert faults(database, sample) == []


def assert_mixed(path: Path) -> None:
    """What was sent met every fate, the registry changed, and batches shared transactions."""
    with closing(Database(path)) as database, database.reading() as cursor:
        counts = cursor.execute(FATES).fetchall()[0]
    assert min(counts) > 0, counts


# A batch in a group is told of at its own moment by its unit, at the last one's by its province.
FATES = """
SELECT sum(accepted), sum(duplicate), sum(corrected), sum(superseded), sum(rejected), sum(suspect),
    (SELECT count(*) FROM confirmed), (SELECT count(*) - 1 FROM registry_change),
    (SELECT count(DISTINCT told_at) FROM energy WHERE told_at NOT IN (SELECT told_at FROM province_energy))
FROM batch
"""


# what a file would hold had a batch been written in parts
PARTLY = (
    "DELETE FROM batch WHERE id = 5",
    "DELETE FROM batch WHERE id = 2",
    "DELETE FROM reading WHERE batch_id = 4 AND start = (SELECT max(start) FROM reading WHERE batch_id = 4)",
    "DELETE FROM replaced WHERE replaced_by = 4",
    "INSERT INTO reading SELECT * FROM reading WHERE batch_id = 4",
    "UPDATE reading SET value = value + 1 WHERE batch_id = 4",
    "UPDATE batch SET accepted = accepted - 1, corrected = corrected + 1 WHERE id = 4",
)


@pytest.mark.parametrize("statement", PARTLY)
def test_an_onlooker_would_notice_what_a_kill_must_not_do(path: Path, statement: str) -> None:
    store = ReadingsStore(path, ChangingRegistry(), StillClock(NOW))
    onlooker = Onlooker()
    for twist in TWISTS:
        onlooker.hear([told(store.commit(batch_named(f"0/0/1/{twist}")))])
    store.close()
    with closing(Database(path)) as database:
        onlooker.look(database)
        with database.writing() as cursor:
            cursor.execute(statement)
        with pytest.raises(AssertionError):
            onlooker.look(database)


@pytest.mark.slow
def test_a_log_torn_at_40_places_holds_whole_batches_up_to_there(
    path: Path, driver: Driver, tmp_path: Path
) -> None:
    said, seeds = 0, count()
    while said < TORN_LINES:  # how many a child says depends on the machine
        # With no checkpoint all of it is in the log.
        said += len(driver.killed(next(seeds), "256MB"))
    whole, chance = log_of(path).read_bytes(), random.Random(7)  # noqa: S311 - nothing secret
    lost = set()
    for cut in sorted(chance.sample(range(len(whole)), CUTS)):
        torn = copied(path, tmp_path / "torn")
        log_of(torn).write_bytes(whole[:cut])
        lost.add(batches_lost(copied(path, tmp_path / "whole"), torn))
    assert len(lost) > 5, lost


@pytest.mark.slow
def test_20_kills_with_a_torn_log_after_each_leave_whole_batches_and_the_ingest_goes_on(
    path: Path, driver: Driver, tmp_path: Path
) -> None:
    lost = 0
    for seed in range(TEARS):
        driver.killed(seed)
        if not (logs := logs_of(path)):
            continue
        whole, chance = copied(path, tmp_path / "whole"), random.Random(seed)  # noqa: S311 - nothing secret
        with logs[-1].open("rb+") as log:  # of two the first was whole on the disk before the second began
            size = log.seek(0, 2)
            log.truncate(max(0, size - chance.randrange(1, 20_000)))
        lost += batches_lost(whole, copied(path, tmp_path / "torn"))
    assert lost > 0


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
