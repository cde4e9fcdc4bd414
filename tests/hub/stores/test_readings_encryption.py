"""An encrypted readings file shows nothing without its key, nobody says the key, and a wrong one gets one sentence."""

from __future__ import annotations

import io
import logging
import random
import traceback
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from graph.errors import ConfigurationError, StoreError
from hub.settings import READINGS_KEY, Settings, readings_key
from hub.stores.readings import opening
from hub.stores.readings.backups import backup
from hub.stores.readings.contents import contents, ledger_rows, walked
from hub.stores.readings.database import Database
from hub.stores.readings.manifests import manifest_of
from hub.stores.readings.opening import KEY_LETTERS_MIN, Key, key_of_environment
from hub.stores.readings.restoring import restore
from hub.stores.readings.wal import log_of, lost_in
from hub.wiring import open_hub
from tests.hub.stores.killing import Driver
from tests.hub.stores.readings_fakes import UNITS
from tests.hub.stores.readings_files import KEY, MOMENT, batches, crash, fill, flip, no_key, the_key
from tests.needs import need_encryption

OTHER = Key("another invented key, as long as the first")


@pytest.fixture(autouse=True)
def _encryption() -> None:
    need_encryption()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An encrypted file of three batches."""
    fill(tmp_path / "readings.duckdb", key_of=the_key)
    return tmp_path / "readings.duckdb"


def head_of(path: Path, key: Key | None) -> str:
    """The head of a file's ledger."""
    database = Database(path, lambda: key)
    with database.reading() as cursor:
        head = contents(cursor).head
    database.close()
    return head


def test_an_encrypted_file_answers_with_its_key_and_shows_nothing_on_the_disk(
    tmp_path: Path, path: Path
) -> None:
    plain, left = tmp_path / "plain.duckdb", tmp_path / "left.duckdb"
    fill(plain)
    assert head_of(path, KEY) == head_of(plain, None)
    crash(path, left, 2, the_key)
    for word in (UNITS[0].encode(), b"digest of key", KEY.text.encode()):
        assert word not in path.read_bytes() + left.read_bytes() + log_of(left).read_bytes()
    assert UNITS[0].encode() in plain.read_bytes()


def test_every_cursor_and_every_thread_speaks_of_the_file(path: Path) -> None:
    database = Database(path, the_key)
    for _ in range(3):
        with database.writing() as cursor:
            cursor.execute("CREATE OR REPLACE TEMP TABLE passing AS SELECT 1 AS one")
            cursor.execute("INSERT INTO rejection VALUES (1, 1, 1, 'a', 'b', 'c')")
        with database.reading() as cursor:
            assert cursor.execute("SELECT count(*) FROM said(9, '1990-01-01', '2100-01-01', 0, 9)").fetchall()
    database.close()
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(path))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (OTHER, f"it is encrypted with another key than {READINGS_KEY} holds"),
        (None, f"it is encrypted: set {READINGS_KEY} to its key"),
    ],
)
def test_a_wrong_key_or_none_gets_one_sentence(path: Path, key: Key | None, sentence: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        Database(path, lambda: key)
    assert str(refused.value) == f"readings file {path}: {sentence}"
    assert path.read_bytes() == before


def test_a_key_for_a_file_that_is_not_encrypted_gets_one_sentence(tmp_path: Path) -> None:
    fill(tmp_path / "readings.duckdb")
    with pytest.raises(
        StoreError, match=f"it is not encrypted, and {READINGS_KEY} is set: unset it, or encrypt"
    ):
        Database(tmp_path / "readings.duckdb", the_key)
    assert head_of(tmp_path / "readings.duckdb", None)


def test_the_key_is_in_no_error_no_log_and_nothing_printed(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = io.StringIO()
    with caplog.at_level(logging.DEBUG), redirect_stderr(said), redirect_stdout(said):
        database = Database(path, the_key)
        manifest = backup(database, tmp_path / "backups", MOMENT)
        faults: list[BaseException] = []
        for statement in ("SELECT nothing", f"ATTACH '{path}' AS again (ENCRYPTION_KEY $key)"):
            try:
                with database.reading() as cursor:
                    cursor.execute(statement, {"key": KEY.text} if "$key" in statement else None)
            except StoreError as fault:
                faults.append(fault)
        with database.reading() as cursor:
            shown = str(cursor.execute("SELECT * FROM duckdb_settings()").fetchall())
            shown += str(cursor.execute("SELECT * FROM duckdb_databases()").fetchall())
        database.close()
        for key in (OTHER, None):
            with pytest.raises(StoreError) as refused:
                Database(path, lambda key=key: key)  # type: ignore[misc]
            faults.append(refused.value)
    told = "".join("".join(traceback.format_exception(fault)) for fault in faults)
    everything = told + said.getvalue() + caplog.text + shown + repr(KEY) + str(KEY)
    everything += manifest_of(tmp_path / "backups" / manifest.file).read_text("utf-8")
    assert len(faults) == 4
    assert KEY.text not in everything
    assert OTHER.text not in everything


def test_temporary_files_are_encrypted_and_lie_beside_the_file(path: Path) -> None:
    database = Database(path, the_key)
    with database.reading() as cursor:
        asked = "SELECT name, value FROM duckdb_settings() WHERE name IN ('temp_directory', 'temp_file_encryption')"
        found = dict(cursor.execute(asked).fetchall())
    database.close()
    assert found == {"temp_directory": f"{path}.tmp", "temp_file_encryption": "true"}


def test_the_extension_opens_no_way_to_the_network(path: Path) -> None:
    database = Database(path, the_key)
    with pytest.raises(StoreError, match="HTTPFileSystem has been disabled"), database.reading() as cursor:
        cursor.execute("SELECT * FROM read_text('http://127.0.0.1:9/nothing')")
    database.close()


def test_a_backup_is_encrypted_with_the_same_key_and_restored_with_it(path: Path, tmp_path: Path) -> None:
    database = Database(path, the_key)
    manifest = backup(database, tmp_path / "backups", MOMENT)
    database.close()
    file = tmp_path / "backups" / manifest.file
    assert manifest.encrypted
    assert UNITS[0].encode() not in file.read_bytes()
    restored = restore(path, file, MOMENT, KEY)
    assert restored.manifest == manifest
    assert head_of(path, KEY) == manifest.head
    with pytest.raises(StoreError, match="another key"):
        restore(path, file, MOMENT, OTHER)
    with pytest.raises(StoreError, match="it is encrypted: set"):
        restore(path, file, MOMENT, None)
    assert head_of(path, KEY) == manifest.head


def test_a_store_becomes_encrypted_by_restoring_a_plain_backup_under_a_key(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    fill(path)
    database = Database(path, no_key)
    manifest = backup(database, tmp_path / "backups", MOMENT)
    database.close()
    restored = restore(path, tmp_path / "backups" / manifest.file, MOMENT, KEY)
    assert head_of(path, KEY) == manifest.head
    assert UNITS[0].encode() not in path.read_bytes()
    assert restored.aside is not None
    assert head_of(restored.aside, None) == manifest.head


@pytest.mark.parametrize("number", range(12))
def test_a_flipped_byte_of_an_encrypted_file_or_log_is_damage_and_no_wrong_key(
    tmp_path: Path, path: Path, number: int
) -> None:
    left = tmp_path / "left.duckdb"
    crash(path, left, 3, the_key)
    spoilt = log_of(left) if number % 2 else left
    first = 0 if number % 2 else 4_096  # the first header holds what tells a wrong key
    at = random.Random(number).randrange(first, spoilt.stat().st_size)  # noqa: S311 - nothing secret
    flip(spoilt, at)
    with pytest.raises(StoreError, match="is damaged"):
        batches(left, the_key)


def test_a_wrong_length_or_opening_of_an_encrypted_log_is_noticed(tmp_path: Path, path: Path) -> None:
    left = tmp_path / "left.duckdb"
    crash(path, left, 3, the_key)
    whole, log = left.read_bytes(), log_of(left).read_bytes()
    assert lost_in(left, sealed=True) is None
    opening_bytes = log.index(b"\xff\xff", 30) + 2
    for at in [*range(opening_bytes), *(opening_bytes + n for n in range(8)), len(log) - 48, len(log) - 49]:
        left.write_bytes(whole)
        log_of(left).write_bytes(log)
        flip(log_of(left), at)
        with pytest.raises(StoreError, match="is damaged"):
            Database(left, the_key)
    for size in (3, 40, len(log) // 3, len(log) // 2, len(log) - 1, len(log) - 60):
        left.write_bytes(whole)
        log_of(left).write_bytes(log[:size])
        Database(left, the_key).close()


def test_a_hub_given_a_key_by_its_environment_keeps_its_readings_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READINGS_KEY, KEY.text)
    with open_hub(Settings(data_dir=tmp_path)):
        pass
    assert head_of(tmp_path / "readings.duckdb", KEY) == "0" * 64
    monkeypatch.delenv(READINGS_KEY)
    with pytest.raises(StoreError, match="it is encrypted: set"), open_hub(Settings(data_dir=tmp_path)):
        pass


@pytest.mark.slow
def test_an_encrypted_store_killed_at_any_moment_loses_nothing_it_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READINGS_KEY, KEY.text)
    path = tmp_path / "readings.duckdb"
    acknowledged: dict[int, str] = {}
    with closing(Driver(path)) as driver:
        for seed in range(6):
            acknowledged |= {int(line.split()[0]): line.split()[-1] for line in driver.killed(seed)}
            with closing(Database(path, the_key)) as database, database.reading() as cursor:
                heads = {row["id"]: row["head"] for row in ledger_rows(cursor)}
                assert walked(ledger_rows(cursor)).misfit is None
            assert {number: heads.get(number) for number in acknowledged} == acknowledged
    assert acknowledged


def test_a_key_is_long_enough_or_refused_and_an_empty_one_is_no_leave_to_write_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(READINGS_KEY, raising=False)
    assert key_of_environment() is None
    monkeypatch.setenv(READINGS_KEY, "short")
    with pytest.raises(ConfigurationError, match=f"at least {KEY_LETTERS_MIN} letters, came 5") as refused:
        key_of_environment()
    assert "short" not in str(refused.value)
    monkeypatch.setenv(READINGS_KEY, "")
    with pytest.raises(ConfigurationError, match="is empty"):
        readings_key()


def test_without_the_extension_nothing_is_written_and_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_EXTENSION", "no_such_package_of_duckdb")
    with pytest.raises(ConfigurationError, match=r"pip install 'nengshu\[encryption\]'"):
        Database(tmp_path / "readings.duckdb", the_key)
    assert list(tmp_path.iterdir()) == []
