"""A flipped byte is noticed, a torn log loses nothing that was acknowledged, and the sentence names the way back."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from graph.errors import StoreError
from hub.settings import Settings
from hub.stores.readings.backups import backup
from hub.stores.readings.contents import contents
from hub.stores.readings.database import Database
from hub.stores.readings.wal import log_of, logs_of, lost_in
from hub.wiring import open_hub
from tests.hub.stores.readings_files import MOMENT, batches, fill, flip, no_key, put

BLOCK = 262_144
HEADERS = 3 * 4_096
FLIPS = 25  # of the log and of the blocks, each at a place that follows from its number


class Crashed(NamedTuple):
    """A file and its log as a crash left them: how long the log was after each of its batches, the bytes of both."""

    main: bytes
    log: bytes
    ends: list[int]
    before: int

    def lie_down(self, folder: Path, log: bytes | None = None) -> Path:
        """The pair in a folder, the log spoilt if that is given."""
        path = folder / "readings.duckdb"
        path.write_bytes(self.main)
        log_of(path).write_bytes(self.log if log is None else log)
        return path

    def batches_in(self, size: int) -> int:
        """How many batches were durable when the log was that long."""
        return self.before + sum(end <= size for end in self.ends)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Crashed:
    """Three batches in the file, five in its log."""
    path = tmp_path_factory.mktemp("crashed") / "readings.duckdb"
    fill(path, rows=9_000)
    database = Database(path, no_key)
    ends = []
    for number in range(5):
        put(database, 100 + number, 60)
        ends.append(log_of(path).stat().st_size)
    left = Crashed(path.read_bytes(), log_of(path).read_bytes(), ends, 3)
    database.close()
    return left


def test_what_a_crash_leaves_opens_with_all_of_it(tmp_path: Path, crashed: Crashed) -> None:
    path = crashed.lie_down(tmp_path)
    assert lost_in(path, sealed=False) is None
    assert batches(path) == 8


@pytest.mark.parametrize("number", range(FLIPS))
def test_a_log_cut_anywhere_opens_with_every_batch_that_was_durable_by_then(
    tmp_path: Path, crashed: Crashed, number: int
) -> None:
    chance = random.Random(number)  # noqa: S311 - nothing secret
    size = chance.choice(
        [chance.randrange(len(crashed.log)), chance.choice(crashed.ends) - chance.randrange(30)]
    )
    path = crashed.lie_down(tmp_path, crashed.log[:size])
    assert batches(path) == crashed.batches_in(size)
    log_of(path).unlink(missing_ok=True)
    assert batches(path) == crashed.batches_in(size)  # it was put into the file


def test_after_a_torn_log_more_batches_are_durable_as_ever(tmp_path: Path, crashed: Crashed) -> None:
    path = crashed.lie_down(tmp_path, crashed.log[: crashed.ends[2] + 100])
    database = Database(path, no_key)
    put(database, 200, 30)
    later = Crashed(path.read_bytes(), log_of(path).read_bytes(), [], 0)
    database.close()
    (tmp_path / "later").mkdir()
    assert batches(later.lie_down(tmp_path / "later")) == crashed.batches_in(crashed.ends[2]) + 1


@pytest.mark.parametrize("number", range(FLIPS))
def test_a_flipped_byte_of_the_log_is_noticed_on_opening(
    tmp_path: Path, crashed: Crashed, number: int
) -> None:
    at = random.Random(number).randrange(len(crashed.log))  # noqa: S311 - nothing secret
    path = crashed.lie_down(tmp_path)
    flip(log_of(path), at)
    with pytest.raises(StoreError, match=r"write-ahead log .*readings\.duckdb\.wal is damaged"):
        Database(path, no_key)
    assert log_of(path).stat().st_size == len(crashed.log)


def entry_in_the_midst(log: bytes) -> int:
    """Where an entry begins, some way into the log."""
    at = 8
    while at < len(log) // 2:
        at += 16 + int.from_bytes(log[at : at + 8], "little")
    return at


def test_a_wrong_length_in_the_log_would_forget_batches_in_silence_and_is_noticed(
    tmp_path: Path, crashed: Crashed
) -> None:
    places = [*range(8), *range(8, 16), *(entry_in_the_midst(crashed.log) + n for n in range(8))]
    last_entry = len(crashed.log) - 21  # the last batch's commit
    forgotten = 0
    for at in [*places, *(last_entry + n for n in range(8))]:
        path = crashed.lie_down(tmp_path)
        flip(log_of(path), at)
        with pytest.raises(StoreError, match="is damaged"):
            Database(path, no_key)
        try:
            with duckdb.connect(str(path)) as bare:
                forgotten += contents(bare).last_batch < 8
        except duckdb.Error:
            continue
    assert forgotten > 10  # DuckDB by itself opens these as if nothing had been there


def test_the_second_log_that_a_killed_checkpoint_leaves_is_looked_at_as_well(
    tmp_path: Path, crashed: Crashed
) -> None:
    path = crashed.lie_down(tmp_path)
    second = log_of(path).with_name("readings.duckdb.wal.checkpoint")
    second.write_bytes(crashed.log)
    assert lost_in(path, sealed=False) is None
    assert logs_of(path) == [log_of(path), second]
    flip(second, entry_in_the_midst(crashed.log) + 4)
    with pytest.raises(
        StoreError, match=r"readings\.duckdb\.wal\.checkpoint: the length of an entry at byte"
    ):
        Database(path, no_key)


@pytest.mark.parametrize(
    "at", [0, 9, 100, 4_000, 4_096, 5_000, 8_191, 8_192, 12_000, HEADERS, HEADERS + BLOCK - 1]
)
def test_a_flipped_byte_of_a_header_or_the_first_block_is_noticed_on_opening(
    tmp_path: Path, crashed: Crashed, at: int
) -> None:
    path = crashed.lie_down(tmp_path)
    flip(path, at)
    with pytest.raises(StoreError, match=r"readings file .*readings\.duckdb: it.* is damaged"):
        Database(path, no_key)


@pytest.mark.parametrize("number", range(FLIPS))
def test_a_flipped_byte_of_any_block_is_noticed_by_the_first_who_reads_it(
    tmp_path: Path, crashed: Crashed, number: int
) -> None:
    path = crashed.lie_down(tmp_path)
    flip(path, random.Random(number).randrange(HEADERS, len(crashed.main)))  # noqa: S311 - nothing secret
    with pytest.raises(StoreError, match=r"is damaged .*There is no backup in"):
        batches(path)


def test_a_damaged_block_stops_the_questions_that_need_it_and_the_batch_that_does(
    tmp_path: Path, crashed: Crashed
) -> None:
    path = crashed.lie_down(tmp_path)
    with duckdb.connect(str(path)) as opened:
        opened.execute("CHECKPOINT")
        where = "SELECT max(block_id) FROM pragma_storage_info('reading') WHERE column_name = 'value' AND block_id > 0"
        block = opened.execute(where).fetchall()[0][0]
    flip(path, HEADERS + block * BLOCK + 5_000)
    database = Database(path, no_key)
    for _ in range(2):
        with pytest.raises(StoreError, match="is damaged"), database.reading() as cursor:
            cursor.execute("SELECT sum(value) FROM reading")
    with pytest.raises(StoreError, match="is damaged"), database.writing() as cursor:
        cursor.execute("CREATE TABLE all_of_it AS SELECT value FROM reading")
    with database.reading() as cursor:
        assert contents(cursor).last_batch == 8
    database.close()


def test_the_sentence_names_the_last_good_backup_and_the_words_that_restore_it(tmp_path: Path) -> None:
    data = tmp_path / "data of mine"
    data.mkdir()
    path = data / "readings.duckdb"
    fill(path)
    database = Database(path, no_key)
    made = backup(database, data / "backups", MOMENT)
    database.close()
    flip(path, 4_100)
    with pytest.raises(StoreError) as refused:
        Database(path, no_key)
    told = str(refused.value)
    assert str(path) in told
    assert f"{made.file} of 2026-11-26 03:00:00 UTC up to batch 3" in told
    assert told.endswith(f"nengshu store restore {made.file} --data '{data}'")
    assert "\n" not in told


def test_a_hub_does_not_start_on_a_damaged_file_and_says_the_same(tmp_path: Path) -> None:
    fill(tmp_path / "readings.duckdb")
    flip(tmp_path / "readings.duckdb", 4_100)
    with (
        pytest.raises(StoreError, match=r"is damaged .*nengshu store restore"),
        open_hub(Settings(data_dir=tmp_path)),
    ):
        pass


def test_once_duckdb_has_given_up_every_later_call_says_the_same_sentence(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    fill(path)
    database = Database(path, no_key)
    with database.reading() as cursor:
        cursor.execute("SET GLOBAL debug_checkpoint_abort = 'before_header'")
        cursor.execute("CREATE TABLE something AS SELECT 1 AS one")
    with pytest.raises(StoreError) as first, database.reading() as cursor:
        cursor.execute("CHECKPOINT")
    said = {str(first.value)}
    for _ in range(2):
        with pytest.raises(StoreError) as read, database.reading() as cursor:
            cursor.execute("SELECT 1")
        with pytest.raises(StoreError) as written, database.writing() as cursor:
            cursor.execute("SELECT 1")
        said |= {str(read.value), str(written.value)}
    database.close()
    assert len(said) == 1
    assert re.search("given up .* until the hub is started again", said.pop())
    assert batches(path) == 3
