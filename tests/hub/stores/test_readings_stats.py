"""The figures of a store are those of the file system and of the tables, whatever tables there are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from hub.stores.readings.backups import backup, default_folder
from hub.stores.readings.contents import tables
from hub.stores.readings.database import Database
from hub.stores.readings.stats import stats
from hub.stores.readings.wal import log_of
from tests.hub.stores.readings_files import MOMENT, fill, no_key, put


def test_rows_bytes_days_and_backup_are_told(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    fill(path, rows=9_000)
    database = Database(path, no_key)
    made = backup(database, default_folder(path), MOMENT)
    put(database, 7)
    found = stats(database, path)
    with database.reading() as cursor:
        assert [one.name for one in found.tables] == tables(cursor)
        counted = cursor.execute("SELECT count(*) FROM reading").fetchall()[0][0]
    rows = {one.name: one.rows for one in found.tables}
    assert (rows["batch"], rows["reading"]) == (found.batches, found.readings_written) == (4, counted)
    assert 0 < found.readings == counted - rows["replaced"] < counted
    assert (found.file_bytes, found.log_bytes) == (path.stat().st_size, log_of(path).stat().st_size)
    assert found.bytes_per_reading == (found.file_bytes + found.log_bytes) / counted
    assert (found.first_day, found.backup) == (dt.date(2026, 1, 1), made)
    assert found.last_received is not None
    assert abs(found.last_received - MOMENT) < dt.timedelta(seconds=1)
    assert found.free_disk_bytes > 0
    database.close()


def test_the_shares_of_the_tables_are_no_more_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    fill(path, rows=60_000)
    database = Database(path, no_key)
    found = stats(database, path)
    database.close()
    largest = max(found.tables, key=lambda one: one.bytes)
    assert largest.name in ("reading", "batch")
    assert found.file_bytes / 2 < sum(one.bytes for one in found.tables) <= found.file_bytes
    assert not found.encrypted


def test_a_table_that_nobody_told_of_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    database = Database(path, no_key)
    with database.writing() as cursor:
        cursor.execute('CREATE TABLE "a new one" AS SELECT range AS n FROM range(5)')
    found = stats(database, path)
    database.close()
    assert {one.name: one.rows for one in found.tables}["a new one"] == 5
    assert (found.readings, found.bytes_per_reading, found.first_day, found.backup) == (0, None, None, None)
