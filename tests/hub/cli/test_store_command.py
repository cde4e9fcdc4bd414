"""`nengshu store`: a backup is taken, restored and told of, an export is read back, and a refusal is a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
import pytest

from hub.settings import READINGS_KEY
from tests.hub.cli.terminal import Terminal, serving
from tests.hub.cli.test_import import BATCHES, folder_of_batches, imported, lay_down
from tests.hub.invented_hub import JIA, units_of
from tests.hub.stores.readings_files import flip
from tests.needs import need_encryption


@pytest.fixture
def folder(nengshu: Terminal, tmp_path: Path) -> Path:
    """A folder whose store holds three batches of a day each."""
    return folder_of_batches(nengshu, tmp_path)


def batches(nengshu: Terminal, folder: Path) -> int:
    """How many batches the ledger holds, which must fit."""
    said = nengshu("ledger", "verify", "--data", folder / "data")
    assert said.code == 0, said.err
    return int(said.out.split()[0])


def test_a_backup_is_told_restored_and_what_came_after_is_put_aside(nengshu: Terminal, folder: Path) -> None:
    made = nengshu("store", "backup", "--data", folder / "data")
    assert (made.code, "3 batches of" in made.out) == (0, True), made.err
    assert imported(nengshu, folder, lay_down(folder, "4.csv", "2026-08-04,4")).code == 0
    assert batches(nengshu, folder) == 4
    restored = nengshu("store", "restore", "--data", folder / "data")
    assert restored.code == 0, restored.err
    head = nengshu("ledger", "verify", "--data", folder / "data").out.split()[-1]
    assert head in made.out
    assert head in restored.out
    assert "readings.duckdb.broken-" in restored.out
    assert batches(nengshu, folder) == 3


def test_a_damaged_store_tells_the_command_that_mends_it(nengshu: Terminal, folder: Path) -> None:
    assert nengshu("store", "backup", "--data", folder / "data").code == 0
    flip(folder / "data" / "readings.duckdb", 4_100)
    refused = nengshu("store", "stats", "--data", folder / "data")
    assert (refused.code, refused.complaint.startswith("STORE_ERROR readings file")) == (1, True)
    words = refused.complaint.partition("nengshu store restore ")[2].split()
    assert words[1:] == ["--data", str(folder / "data")]
    assert nengshu("store", "restore", *words).code == 0
    assert batches(nengshu, folder) == 3


def test_backups_go_to_a_folder_of_choice_and_older_ones_go(nengshu: Terminal, folder: Path) -> None:
    where = folder / "elsewhere"
    where.mkdir()
    assert nengshu("store", "backup", where, "--data", folder / "data", "--keep", 1).code == 0
    (name,) = (file.name for file in where.glob("*.duckdb"))
    restored = nengshu("store", "restore", name, "--from", where, "--data", folder / "new")
    assert (restored.code, (folder / "new" / "readings.duckdb").is_file()) == (0, True), restored.err
    assert nengshu("store", "backup", "--keep", 0, "--data", folder / "data").code == 2


def test_an_export_is_read_by_any_tool(nengshu: Terminal, folder: Path) -> None:
    words = ("--from", "2026-08-02", "--data", folder / "data")
    said = nengshu("store", "export", folder / "out", *words)
    assert (said.code, "2 readings up to batch 3 in 1 files" in said.out) == (0, True), said.err
    rows = ds.dataset(folder / "out", format="parquet", exclude_invalid_files=True).to_table().to_pylist()
    assert sorted((str(row["value"]), row["batch"]) for row in rows) == [("2.0000", 2), ("3.0000", 3)]
    again = nengshu("store", "export", folder / "out", *words)
    assert (again.code, "is not empty" in again.complaint) == (1, True)
    beyond = nengshu("store", "export", folder / "other", "--as-of-batch", 4, "--data", folder / "data")
    assert (beyond.code, "there is no batch 4: the ledger ends with batch 3" in beyond.complaint) == (1, True)
    wrong = nengshu("store", "export", folder / "other", "--from", "August", "--data", folder / "data")
    assert (wrong.code, "'August' is not a day" in wrong.complaint) == (1, True)


def test_readings_that_hold_are_told_apart_from_all_that_were_written(
    nengshu: Terminal, folder: Path
) -> None:
    assert imported(nengshu, folder, lay_down(folder, "new.csv", "2026-08-02,22")).code == 0
    assert "3 hold, 4 were written" in nengshu("store", "stats", "--data", folder / "data").out
    found = json.loads(nengshu("store", "stats", "--json", "--data", folder / "data").out)
    assert (found["readings"], found["readings_written"]) == (3, 4)


def test_figures_are_told_to_people_and_as_json(nengshu: Terminal, folder: Path) -> None:
    assert nengshu("store", "backup", "--data", folder / "data").code == 0
    people = nengshu("store", "stats", "--data", folder / "data")
    assert people.code == 0, people.err
    assert all(
        word in people.out
        for word in ("reading", "free disk", "2026-08-01 to 2026-08-03", "last good backup")
    )
    found = json.loads(nengshu("store", "stats", "--json", "--data", folder / "data").out)
    assert (found["readings"], found["batches"], found["first_day"]) == (3, BATCHES, "2026-08-01")
    assert found["backup"]["last_batch"] == BATCHES
    assert {one["name"]: one["rows"] for one in found["tables"]}["batch"] == BATCHES


def test_a_store_that_holds_together_says_so_and_one_that_does_not_names_where(
    nengshu: Terminal, folder: Path
) -> None:
    whole = nengshu("store", "check", "--data", folder / "data")
    assert (whole.code, "follows from its readings" in whole.out) == (0, True), whole.err
    with duckdb.connect(str(folder / "data" / "readings.duckdb")) as forged:
        forged.execute("UPDATE card SET total = total + 1 WHERE day = DATE '2026-08-02'")
    found = nengshu("store", "check", "--data", folder / "data")
    assert found.code == 1
    assert "2026-08-02" in found.err
    assert "1 differences: restore the last good backup" in found.err


def test_a_store_is_compacted_and_stays_true(nengshu: Terminal, folder: Path) -> None:
    said = nengshu("store", "compact", "--data", folder / "data")
    assert (said.code, "rows of provinces became" in said.out) == (0, True), said.err
    assert nengshu("store", "check", "--sample", 1, "--data", folder / "data").code == 0


def test_everything_said_of_a_day_is_traced_to_its_batches(nengshu: Terminal, folder: Path) -> None:
    assert imported(nengshu, folder, lay_down(folder, "new.csv", "2026-08-02,22")).code == 0
    words = (units_of(JIA)[0].code, "00-00-0000-023300-11", "2026-08-02", "--data", folder / "data")
    said = nengshu("store", "trace", *words)
    assert (said.code, "2 values were said" in said.out) == (0, True), said.err
    assert "replaced by batch 4, a later arrival counts" in said.out
    strange = nengshu("store", "trace", words[0], "00-00-0000-011500-99", *words[2:])
    assert (strange.code, "has no point" in strange.complaint) == (1, True)


def test_a_value_said_again_is_traced_to_the_batch_that_said_it(nengshu: Terminal, folder: Path) -> None:
    with duckdb.connect(str(folder / "data" / "readings.duckdb")) as file:
        file.execute(
            "INSERT INTO confirmed SELECT unit_id, point_id, granularity, day, start, version + 1000000, batch_id, 3 "
            "FROM reading WHERE batch_id = 2"
        )
    words = (units_of(JIA)[0].code, "00-00-0000-023300-11", "2026-08-02", "--data", folder / "data")
    first, again, count = nengshu("store", "trace", *words).out.strip().splitlines()
    assert ("batch 2 of" in first, first.endswith("UTC: holds")) == (True, True)
    assert ("batch 3 of" in again, again.endswith("UTC: confirms what batch 2 said")) == (True, True)
    assert count == "1 values were said of that day, and 1 said again"


@pytest.mark.parametrize(
    "words", [("backup",), ("stats",), ("export", "out"), ("restore",), ("check",), ("compact",)]
)
def test_where_there_is_nothing_nothing_is_made(
    nengshu: Terminal, tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = nengshu("store", *words, "--data", tmp_path / "none")
    assert (said.code, said.complaint.startswith("NOT_FOUND")) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_while_a_hub_runs_every_word_is_refused_with_what_to_do(nengshu: Terminal, folder: Path) -> None:
    assert nengshu("store", "backup", "--data", folder / "data").code == 0
    with serving(folder / "data"):
        for words in (("backup",), ("stats",), ("export", folder / "out"), ("restore",), ("check",)):
            said = nengshu("store", *words, "--data", folder / "data")
            assert (said.code, "holds it: stop the hub" in said.complaint) == (1, True), said.err
    assert batches(nengshu, folder) == 3


def test_a_store_is_encrypted_by_the_way_the_page_describes(
    nengshu: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_encryption()
    assert nengshu("store", "backup", "--data", folder / "data").code == 0
    monkeypatch.setenv(READINGS_KEY, "an invented key, long enough to be taken")
    refused = nengshu("store", "stats", "--data", folder / "data")
    assert (refused.code, "it is not encrypted" in refused.complaint) == (1, True)
    assert nengshu("store", "restore", "--data", folder / "data").code == 0
    assert batches(nengshu, folder) == 3
    found = json.loads(nengshu("store", "stats", "--json", "--data", folder / "data").out)
    assert found["encrypted"]
    monkeypatch.delenv(READINGS_KEY)
    refused = nengshu("ledger", "verify", "--data", folder / "data")
    assert (refused.code, "it is encrypted: set NENGSHU_READINGS_KEY" in refused.complaint) == (1, True)
