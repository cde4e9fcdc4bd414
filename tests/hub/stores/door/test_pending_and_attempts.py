"""What waits is taken once, by its secret, and cannot be read without it; failures add up until they are forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph.errors import InvalidInput, TooLarge
from hub.stores.door import door as doors_own
from hub.stores.door import pending
from hub.stores.door.attempts import KEPT
from hub.stores.door.door import FILE, Door
from tests.hub.stores.door.doors import LATER, MINUTE, opened
from tests.hub.stores.registry_fakes import NOON, StillClock

DATA = {"verifier": "a secret of the login", "back": "/units", "步骤": [1, None]}


@pytest.fixture
def clock() -> StillClock:
    """Noon until a test sets it."""
    return StillClock()


@pytest.fixture
def door(tmp_path: Path, clock: StillClock) -> Iterator[Door]:
    """An empty door."""
    with opened(tmp_path, clock) as made:
        yield made


def rows_of(folder: Path, table: str) -> int:
    """How many rows stand in a table."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        ((number,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
        return int(number)


def test_what_waits_is_taken_once(door: Door) -> None:
    secret = door.pending.put("login", DATA, LATER)
    assert door.pending.take("login", secret) == DATA
    assert door.pending.take("login", secret) is None


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "x" * 10_000])
def test_another_secret_takes_nothing(door: Door, secret: str) -> None:
    kept = door.pending.put("login", DATA, LATER)
    assert door.pending.take("login", secret) is None
    assert door.pending.take("login", kept) == DATA


def test_another_kind_takes_nothing_and_leaves_it(door: Door) -> None:
    secret = door.pending.put("login", DATA, LATER)
    assert door.pending.take("invitation", secret) is None
    assert door.pending.take("login", secret) == DATA


def test_what_is_over_is_taken_by_nobody(door: Door, clock: StillClock) -> None:
    secret = door.pending.put("login", DATA, LATER)
    clock.moment = LATER
    assert door.pending.take("login", secret) is None


def test_what_waits_cannot_be_read_in_the_file(door: Door, tmp_path: Path) -> None:
    secret = door.pending.put("login", DATA, LATER)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret.encode() not in files
    assert b"a secret of the login" not in files


def test_what_somebody_else_wrote_into_the_file_is_taken_by_nobody(door: Door, tmp_path: Path) -> None:
    secret = door.pending.put("login", DATA, LATER)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.execute("UPDATE pending SET sealed = zeroblob(40)")
    assert door.pending.take("login", secret) is None


def test_too_much_to_wait_is_refused(door: Door) -> None:
    with pytest.raises(TooLarge, match=f"at most {pending.DATA_BYTES_MAX}"):
        door.pending.put("login", {"back": "x" * pending.DATA_BYTES_MAX}, LATER)
    with pytest.raises(InvalidInput, match="JSON"):
        door.pending.put("login", {"what": object()}, LATER)


def test_the_oldest_of_too_many_gives_way(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "PENDING_MAX", 3)
    secrets = [door.pending.put("login", {"number": number}, LATER) for number in range(5)]
    assert rows_of(tmp_path, "pending") == 3
    taken = [door.pending.take("login", secret) for secret in secrets]
    assert taken == [None, None, {"number": 2}, {"number": 3}, {"number": 4}]


def test_none_of_one_kind_pushes_out_another(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "PENDING_MAX", 3)
    invited = door.pending.put("welcome", DATA, LATER)
    for number in range(5):
        door.pending.put("identity", {"number": number}, LATER)
    assert rows_of(tmp_path, "pending") == 4
    assert door.pending.take("welcome", invited) == DATA


def test_failures_add_up_and_tell_the_last_moment(door: Door, clock: StillClock) -> None:
    assert door.attempts.count("zhang") == (0, None)
    assert [door.attempts.failed("zhang") for _ in range(3)] == [1, 2, 3]
    clock.moment = NOON + MINUTE
    assert door.attempts.failed("zhang") == 4
    assert door.attempts.count("zhang") == (4, NOON + MINUTE)
    assert door.attempts.count("li") == (0, None)


def test_what_is_forgotten_begins_anew(door: Door) -> None:
    door.attempts.failed("zhang")
    door.attempts.forget("zhang")
    assert door.attempts.count("zhang") == (0, None)
    assert door.attempts.failed("zhang") == 1


def test_after_a_day_without_a_failure_nothing_is_held_against_anybody(
    door: Door, clock: StillClock, tmp_path: Path
) -> None:
    door.attempts.failed("zhang")
    door.attempts.failed("li")
    clock.moment = NOON + KEPT
    assert door.attempts.count("zhang") == (0, None)
    assert door.attempts.failed("zhang") == 1
    door.sweep()
    assert rows_of(tmp_path, "attempt") == 1


def test_the_oldest_subjects_of_too_many_are_swept(
    door: Door, clock: StillClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors_own, "ATTEMPTS_MAX", 2)
    for number in range(4):
        clock.moment = NOON + number * MINUTE
        door.attempts.failed(f"subject {number}")
    door.sweep()
    assert [door.attempts.count(f"subject {number}")[0] for number in range(4)] == [0, 0, 1, 1]
    assert rows_of(tmp_path, "attempt") == 2


def test_a_subject_stands_nowhere_in_the_file(door: Door, tmp_path: Path) -> None:
    door.attempts.failed("a password typed as a name")
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"a password typed" not in files
