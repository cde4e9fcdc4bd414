"""A backup in the place of a file: only what its manifest says, only where no hub is, and nothing is deleted for it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from graph.errors import Conflict, NotFound, StoreError
from hub.stores.readings.backups import backup, default_folder
from hub.stores.readings.contents import contents
from hub.stores.readings.database import Database
from hub.stores.readings.manifests import Manifest, manifest_of
from hub.stores.readings.restoring import chosen, restore
from hub.stores.readings.wal import log_of
from tests.hub.stores.killing import ROOT
from tests.hub.stores.readings_files import MOMENT, crash, fill, flip, no_key, put

LATER = MOMENT + dt.timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A readings file of three batches."""
    fill(tmp_path / "readings.duckdb")
    return tmp_path / "readings.duckdb"


@pytest.fixture
def made(path: Path) -> Manifest:
    """A backup of it; a fourth batch came after."""
    database = Database(path, no_key)
    manifest = backup(database, default_folder(path), MOMENT)
    put(database, 3)
    database.close()
    return manifest


def last_batch(path: Path) -> int:
    """The last batch of a file."""
    database = Database(path, no_key)
    with database.reading() as cursor:
        found = contents(cursor).last_batch
    database.close()
    return found


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {file.name for file in folder.iterdir()}


def test_a_backup_takes_the_place_and_what_was_there_is_put_aside(path: Path, made: Manifest) -> None:
    restored = restore(path, default_folder(path) / made.file, LATER, None)
    assert (restored.manifest, last_batch(path)) == (made, 3)
    assert restored.aside == path.with_name("readings.duckdb.broken-20261126T040000Z")
    assert last_batch(restored.aside) == 4
    put_again = Database(path, no_key)
    put(put_again, 4)
    put_again.close()
    assert last_batch(path) == 4


def test_a_file_that_a_crash_left_is_put_aside_with_its_log(path: Path, made: Manifest) -> None:
    other = path.with_name("other.duckdb")
    crash(path, other, 2)
    before = (other.read_bytes(), log_of(other).read_bytes())
    other.replace(path)
    log_of(other).replace(log_of(path))
    aside = restore(path, default_folder(path) / made.file, LATER, None).aside
    assert aside is not None
    assert (aside.read_bytes(), log_of(aside).read_bytes()) == before
    assert (last_batch(path), last_batch(aside)) == (3, 6)


def test_a_damaged_file_and_even_a_lone_log_are_put_aside(path: Path, made: Manifest) -> None:
    flip(path, 4_100)
    restore(path, default_folder(path) / made.file, LATER, None)
    assert last_batch(path) == 3
    path.unlink()
    log_of(path).write_bytes(b"of nobody")
    aside = restore(path, default_folder(path) / made.file, LATER + dt.timedelta(seconds=1), None).aside
    assert aside is not None
    assert log_of(aside).read_bytes() == b"of nobody"
    assert last_batch(path) == 3


def test_where_there_is_no_file_one_appears(path: Path, made: Manifest, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "readings.duckdb"
    assert restore(target, default_folder(path) / made.file, LATER, None).aside is None
    assert names(target.parent) == {"readings.duckdb"}
    assert last_batch(target) == 3


@pytest.mark.parametrize("spoil", ["flip", "cut", "manifest", "no manifest"])
def test_a_backup_that_is_not_what_its_manifest_says_moves_nothing(
    path: Path, made: Manifest, spoil: str
) -> None:
    source = default_folder(path) / made.file
    before = (names(path.parent), path.read_bytes())
    if spoil == "flip":
        flip(source, made.bytes // 2)
    elif spoil == "cut":
        source.write_bytes(source.read_bytes()[:-1])
    elif spoil == "manifest":
        manifest_of(source).write_text("{", "utf-8")
    else:
        manifest_of(source).unlink()
    said = {"flip": "is damaged: its bytes", "cut": "bytes, its manifest says"}.get(spoil, "is no manifest")
    with pytest.raises(StoreError, match=said):
        restore(path, source, LATER, None)
    assert (names(path.parent), path.read_bytes()) == before


def test_a_manifest_that_tells_of_another_content_moves_nothing(path: Path, made: Manifest) -> None:
    source = default_folder(path) / made.file
    told = manifest_of(source).read_text("utf-8").replace('"last_batch": 3', '"last_batch": 4')
    manifest_of(source).write_text(told, "utf-8")
    before = names(path.parent)
    with pytest.raises(StoreError, match="its manifest says otherwise"):
        restore(path, source, LATER, None)
    assert names(path.parent) == before


@pytest.mark.slow
def test_while_a_hub_holds_the_file_nothing_is_restored(path: Path, made: Manifest) -> None:
    words = [sys.executable, "-m", "tests.hub.stores.committing", str(path), "1", "256MB"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            with pytest.raises(
                StoreError, match=r"readings\.duckdb: a hub holds it: stop the hub, then restore"
            ):
                restore(path, default_folder(path) / made.file, LATER, None)
        finally:
            child.kill()
    assert not [name for name in names(path.parent) if "broken" in name or "part" in name]


def test_what_was_put_aside_is_never_overwritten(path: Path, made: Manifest) -> None:
    source = default_folder(path) / made.file
    restore(path, source, LATER, None)
    with pytest.raises(Conflict, match="is there already"):
        restore(path, source, LATER, None)


def test_a_backup_is_chosen_by_name_by_path_or_as_the_last_good_one(path: Path, made: Manifest) -> None:
    folder = default_folder(path)
    database = Database(path, no_key)
    newer = backup(database, folder, LATER)
    database.close()
    assert chosen(folder, None) == folder / newer.file
    assert chosen(folder, made.file) == folder / made.file
    assert chosen(Path("nowhere"), str(folder / made.file)) == folder / made.file
    (folder / newer.file).write_bytes(b"cut")
    assert chosen(folder, None) == folder / made.file
    with pytest.raises(NotFound, match="there is no backup nothing"):
        chosen(folder, "nothing")
    with pytest.raises(NotFound, match="no good backup"):
        chosen(path.parent / "nowhere", None)
