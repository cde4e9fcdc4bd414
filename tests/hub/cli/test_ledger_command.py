"""`nengshu ledger verify`: a chain that holds is told with its head, and the first batch that does not fit is named."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from hub.settings import Settings
from hub.stores.readings.contents import ROWS_AT_ONCE, Walk, walked
from hub.stores.readings.receipts import GENESIS, chained
from tests.hub.cli.terminal import Terminal
from tests.hub.cli.test_import import BATCHES, folder_of_batches


@pytest.fixture
def folder(nengshu: Terminal, tmp_path: Path) -> Path:
    """A folder whose ledger holds three batches."""
    return folder_of_batches(nengshu, tmp_path)


def tamper(folder: Path, change: str) -> None:
    """Somebody opens the file and writes into it."""
    with duckdb.connect(str(Settings(data_dir=folder / "data").readings_path)) as opened:
        opened.execute(change)


def test_a_ledger_as_it_was_written_fits_and_its_head_is_told(nengshu: Terminal, folder: Path) -> None:
    said = nengshu("ledger", "verify", "--data", folder / "data")
    asked = nengshu("query", "{ batches(first: 100) { nodes { head } } }", "--data", folder / "data")
    heads = [node["head"] for node in json.loads(asked.out)["data"]["batches"]["nodes"]]
    assert (said.code, len(heads)) == (0, BATCHES), said.err
    count, head = said.out.split()[0], said.out.split()[-1]
    assert (count, head in heads) == (str(BATCHES), True)


@pytest.mark.parametrize(
    ("change", "fit"),
    [
        ("UPDATE batch SET accepted = accepted + 1 WHERE id = 2", 1),
        ("UPDATE batch SET received_at = received_at + INTERVAL 1 SECOND WHERE id = 1", 0),
        ("UPDATE batch SET head = repeat('0', 64) WHERE id = 3", 2),
        ("UPDATE batch SET province = NULL, source = source || ' ' WHERE id = 3", 2),
        ("DELETE FROM batch WHERE id = 1", 0),
        ("INSERT INTO batch SELECT * FROM batch WHERE id = 2", 2),
    ],
)
def test_the_first_batch_that_does_not_fit_is_named(
    nengshu: Terminal, folder: Path, change: str, fit: int
) -> None:
    tamper(folder, change)
    said = nengshu("ledger", "verify", "--data", folder / "data")
    assert (said.code, said.out.startswith(f"{fit} batches fit")) == (1, True)
    assert "does not" in said.complaint


def test_a_ledger_cut_short_fits_in_itself_but_its_head_is_another(nengshu: Terminal, folder: Path) -> None:
    whole = nengshu("ledger", "verify", "--data", folder / "data").out
    tamper(folder, "DELETE FROM batch WHERE id = 3")
    said = nengshu("ledger", "verify", "--data", folder / "data")
    assert (said.code, said.out.split()[0]) == (0, "2")
    assert said.out.split()[-1] != whole.split()[-1]


def test_an_empty_ledger_fits_and_where_there_is_none_nothing_is_made(
    nengshu: Terminal, tmp_path: Path
) -> None:
    said = nengshu("ledger", "verify", "--data", tmp_path / "none")
    assert (said.code, said.complaint.startswith("NOT_FOUND")) == (1, True)
    assert list(tmp_path.iterdir()) == []
    assert walked([]) == Walk(0, GENESIS)


def test_a_long_ledger_is_followed_to_its_end() -> None:
    rows, head = [], GENESIS
    for number in range(1, 2 * ROWS_AT_ONCE + 2):
        row = {"id": number, "source": "试验"}
        head = chained(head, row)
        rows.append({**row, "head": head})
    assert walked(rows) == Walk(len(rows), head)
    rows[-1]["source"] = "another"
    assert walked(rows) == Walk(len(rows) - 1, str(rows[-2]["head"]), len(rows))
