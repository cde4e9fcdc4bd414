"""The access log: what is granted is there whatever happens next, and nothing is ever changed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput, StoreError
from hub.stores.door.denials import AGAIN
from hub.stores.door.door import FILE, Door
from hub.stores.door.log import DETAIL_MAX
from hub.stores.door.tables import ADDRESS_MAX, FIRST_LOG_ID, SUBJECT_MAX
from hub.stores.registry.known import Place
from tests.hub.stores.door.doors import TOKEN, logged, opened
from tests.hub.stores.killing import ROOT
from tests.hub.stores.registry_fakes import NOON

KILLED_AFTER = 40  # entries


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """An empty door."""
    with opened(tmp_path) as made:
        yield made


# ---- what is granted ------------------------------------------------------------------------------------


def test_an_entry_is_kept_whole(door: Door, tmp_path: Path) -> None:
    door.log.note(
        replace(TOKEN, place=Place("970000", "970100", "91970100MA00000018"), detail={"scope": "read 读"})
    )
    columns = (
        "at who organisation action subject outcome code times detail address request province region unit"
    )
    assert logged(tmp_path, *columns.split()) == [
        (
            "2026-11-23 04:00:00.000000", "trial", "office", "token", "access token", "granted", None, 1,
            '{"scope":"read 读"}', "10.0.0.1", "r1", "970000", "970100", "91970100MA00000018",
        )
    ]  # fmt: skip


def test_what_is_granted_is_written_each_time(door: Door, tmp_path: Path) -> None:
    for _ in range(3):
        door.log.note(TOKEN)
    assert logged(tmp_path, "times") == [(1,)] * 3


def test_the_logs_numbers_are_none_of_the_registrys(door: Door, tmp_path: Path) -> None:
    door.log.note(TOKEN)
    assert logged(tmp_path, "id") == [(FIRST_LOG_ID + 1,)]


@pytest.mark.parametrize(("part", "word"), [("action", "insert"), ("action", ""), ("outcome", "maybe")])
def test_a_word_that_is_none_is_refused(door: Door, tmp_path: Path, part: str, word: str) -> None:
    wrong: dict[str, Any] = {part: word}
    with pytest.raises(InvalidInput, match=part):
        door.log.note(replace(TOKEN, **wrong))
    assert logged(tmp_path, "id") == []


def test_what_is_too_long_is_cut_and_what_is_no_character_told_as_such(door: Door, tmp_path: Path) -> None:
    detail = {"a": "\ud800", **{f"word {number}": "x" * 1000 for number in range(100)}}
    door.log.note(replace(TOKEN, subject="s" * 10_000, address="\0" * 100, detail=detail))
    ((subject, address, told),) = logged(tmp_path, "subject", "address", "detail")
    assert (subject, address) == ("s" * SUBJECT_MAX, "?" * ADDRESS_MAX)
    assert len(told) <= DETAIL_MAX
    assert json.loads(told)["a"] == "?"


def test_many_threads_note_and_nothing_is_missing(door: Door, tmp_path: Path) -> None:
    names = [f"r{number}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: door.log.note(replace(TOKEN, request=name)), names))
    assert sorted(logged(tmp_path, "request")) == sorted((name,) for name in names)


@pytest.mark.slow
def test_after_a_kill_nothing_granted_is_missing(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    words = [sys.executable, "-m", "tests.hub.stores.door.noting", str(tmp_path / FILE)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(KILLED_AFTER)]
        process.kill()
        told += process.stdout.readlines()
    acknowledged = {line.decode().strip() for line in told if line.endswith(b"\n")}
    assert len(acknowledged) >= KILLED_AFTER
    kept = {name for name, outcome in logged(tmp_path, "request", "outcome") if outcome == "granted"}
    assert acknowledged - kept == set()


def test_what_cannot_be_written_is_told_to_whoever_would_grant_it(door: Door, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("DROP TABLE log")
    with pytest.raises(StoreError, match="the door refused, nothing was written: no such table"):
        door.log.note(TOKEN)
    assert door.once.use("jti", "a", NOON + AGAIN), "the rest of the door goes on"


# ---- only added to --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET who = 'another'",
        "UPDATE OR REPLACE log SET id = id + 1",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log SELECT * FROM log",
        "REPLACE INTO log (id, at, action, subject, outcome, times) SELECT id, '', '', '', '', 1 FROM log",
    ],
)
def test_no_program_changes_what_is_logged(door: Door, tmp_path: Path, statement: str) -> None:
    door.log.note(TOKEN)
    before = logged(tmp_path, "*")
    with (
        closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as another,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        another.execute(statement)
    assert logged(tmp_path, "*") == before


def test_a_row_cannot_be_put_among_the_registrys(door: Door, tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as another,
        pytest.raises(sqlite3.IntegrityError, match="CHECK"),
    ):
        another.execute(
            "INSERT INTO log (id, at, action, subject, outcome, times) VALUES (7, '', '', '', '', 1)"
        )
