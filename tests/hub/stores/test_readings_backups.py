"""A backup holds what was committed when it began, is read back before it counts, and old ones go."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from graph.errors import Conflict, StoreError
from hub.stores.readings.backups import backup, default_folder
from hub.stores.readings.contents import contents
from hub.stores.readings.database import Database
from hub.stores.readings.manifests import good_backups, manifest_of
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.whole_files import sha256_of
from tests.hub.stores.killing import ROOT
from tests.hub.stores.readings_fakes import FakeDimensions, StillClock
from tests.hub.stores.readings_files import MOMENT, fill, flip, no_key, put

DAY = dt.timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A readings file of three batches."""
    fill(tmp_path / "readings.duckdb")
    return tmp_path / "readings.duckdb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return default_folder(tmp_path / "readings.duckdb")


def test_a_backup_holds_every_row_and_says_so_in_its_manifest(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    manifest = backup(database, folder, MOMENT)
    with database.reading() as cursor:
        held = contents(cursor)
    database.close()
    file = folder / manifest.file
    assert (manifest.rows, manifest.last_batch, manifest.head) == (held.rows, 3, held.head)
    assert (manifest.bytes, manifest.sha256, manifest.encrypted) == (
        file.stat().st_size,
        sha256_of(file),
        False,
    )
    assert manifest.moment == MOMENT
    assert manifest.rows["reading"] > 900
    assert manifest.rows["replaced"] > 0
    assert sorted(file.name for file in folder.iterdir()) == [manifest_of(file).name, file.name][::-1]


def test_a_backup_opens_as_a_store_and_says_what_the_store_said(path: Path, folder: Path) -> None:
    said = "SELECT md5(string_agg(r::VARCHAR, ',' ORDER BY r)) FROM said(2, '1990-01-01', '2100-01-01', 0, 9) AS r"
    database = Database(path, no_key)
    manifest = backup(database, folder, MOMENT)
    with database.reading() as cursor:
        before = cursor.execute(said).fetchone()
    database.close()
    ReadingsStore(folder / manifest.file, FakeDimensions(), StillClock()).close()
    with duckdb.connect(str(folder / manifest.file)) as opened:
        assert opened.execute(said).fetchone() == before


def test_batches_go_on_beside_a_backup_and_it_holds_whole_ones(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    ended = threading.Event()

    def commit() -> None:
        number = 10
        while not ended.is_set():
            put(database, number, 30)
            number += 1

    writer = threading.Thread(target=commit)
    writer.start()
    try:
        manifests = [backup(database, folder, MOMENT + day * DAY) for day in range(3)]
    finally:
        ended.set()
        writer.join()
    last = [manifest.last_batch for manifest in manifests]
    assert last == sorted(last)  # each backup is of a later moment or of the same
    assert last[0] < last[-1]  # and the writer was not held up meanwhile
    with database.reading() as cursor:
        heads = dict(cursor.execute("SELECT id, head FROM batch").fetchall())
    database.close()
    for manifest in manifests:
        assert manifest.head == heads[manifest.last_batch]
        with duckdb.connect(str(folder / manifest.file), read_only=True) as opened:
            said = "SELECT sum(accepted + corrected + superseded) FROM batch"
            kept = "SELECT (SELECT count(*) FROM reading) + (SELECT count(*) FROM outdated)"
            assert opened.execute(said).fetchone() == opened.execute(kept).fetchone()


def test_only_the_newest_are_kept_and_nobody_elses_file_is_touched(path: Path, folder: Path) -> None:
    folder.mkdir()
    others = ["readings-of-mine.duckdb", "readings-20200101T000000Z.duckdb", "notes.txt", "readings-x.json"]
    for name in others:
        (folder / name).write_text("not a backup", "utf-8")
    database = Database(path, no_key)
    made = [backup(database, folder, MOMENT + day * DAY, keep=2).file for day in range(4)]
    database.close()
    assert [manifest.file for manifest in good_backups(folder)] == made[:1:-1]
    assert {file.name for file in folder.iterdir()} == {
        *others, *made[2:], *(manifest_of(Path(name)).name for name in made[2:])
    }  # fmt: skip


def test_the_newest_is_kept_whatever_is_asked(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    made = [backup(database, folder, MOMENT + day * DAY, keep=0) for day in range(2)]
    database.close()
    assert good_backups(folder) == made[1:]


def test_a_second_backup_of_the_same_second_is_refused(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    first = backup(database, folder, MOMENT)
    with pytest.raises(Conflict, match="is there already"):
        backup(database, folder, MOMENT)
    database.close()
    assert good_backups(folder) == [first]


def test_a_ledger_that_does_not_fit_makes_no_backup_and_older_ones_stay(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    first = backup(database, folder, MOMENT, keep=1)
    with database.writing() as cursor:
        cursor.execute("UPDATE batch SET accepted = accepted + 1 WHERE id = 2")
    with pytest.raises(StoreError, match="does not fit from batch 2 on"):
        backup(database, folder, MOMENT + DAY, keep=1)
    database.close()
    assert good_backups(folder) == [first]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("half", ["duckdb.part", "duckdb.part.wal", "json.part"])
def test_what_a_broken_off_backup_left_is_swept_and_never_counts(path: Path, folder: Path, half: str) -> None:
    folder.mkdir()
    left = folder / f"readings-20200101T000000Z.{half}"
    left.write_bytes(b"half")
    assert good_backups(folder) == []
    database = Database(path, no_key)
    backup(database, folder, MOMENT)
    database.close()
    assert not left.exists()


def test_a_backup_of_another_size_than_its_manifest_says_does_not_count(path: Path, folder: Path) -> None:
    database = Database(path, no_key)
    older, newer = (backup(database, folder, MOMENT + day * DAY) for day in range(2))
    database.close()
    with (folder / newer.file).open("ab") as opened:
        opened.write(b"\0")
    assert good_backups(folder) == [older]
    manifest_of(folder / older.file).write_text("{}", "utf-8")
    assert good_backups(folder) == []


def test_how_far_a_backup_has_come_is_told(path: Path, folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    database = Database(path, no_key)
    backup(database, folder, MOMENT, told=lambda *words: told.append(words))
    database.close()
    assert told[-1][0] == "digest"
    assert told[-1][1] == told[-1][2] > 0


BACKING_UP = """
import datetime as dt, itertools, sys
from pathlib import Path
from hub.stores.readings.backups import backup
from hub.stores.readings.database import Database
database = Database(Path(sys.argv[1]), lambda: None)
for day in itertools.count():
    backup(database, Path(sys.argv[2]), dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=day), keep=2)
    print(day, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_process_killed_while_it_backs_up_leaves_good_backups_and_the_store(
    path: Path, folder: Path, seed: int
) -> None:
    words = [sys.executable, "-c", BACKING_UP, str(path), str(folder)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(random.Random(seed).random() * 0.3)  # noqa: S311 - nothing secret
        child.kill()
    found = good_backups(folder)
    assert found
    assert all(sha256_of(folder / manifest.file) == manifest.sha256 for manifest in found)
    database = Database(path, no_key)
    backup(database, folder, MOMENT)
    database.close()
    assert not list(folder.glob("*.part*"))


def test_a_store_without_a_batch_can_be_backed_up(tmp_path: Path, folder: Path) -> None:
    database = Database(tmp_path / "readings.duckdb", no_key)
    manifest = backup(database, folder, MOMENT)
    database.close()
    assert (manifest.last_batch, set(manifest.head)) == (0, {"0"})


def test_a_damaged_block_is_met_by_the_backup_and_nothing_is_kept_of_it(path: Path, folder: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as opened:
        where = "SELECT min(block_id) FROM pragma_storage_info('reading') WHERE block_id > 0 AND column_name = 'value'"
        block = opened.execute(where).fetchall()[0][0]
    flip(path, 12_288 + block * 262_144 + 1_000)
    database = Database(path, no_key)
    with pytest.raises(StoreError, match=r"readings\.duckdb: it is damaged .*There is no backup"):
        backup(database, folder, MOMENT)
    database.close()
    assert list(folder.iterdir()) == []
