"""Sessions: found by their secret alone, over when they are over, ended by one or by account."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from hub.stores.door.door import FILE, Door
from hub.stores.door.sessions import SESSIONS_MAX, Session
from tests.hub.stores.door.doors import HOUR, LATER, MINUTE, opened
from tests.hub.stores.registry_fakes import NOON, StillClock

FIND_US_MAX = 100  # a request's session; measured 20 to 35 on a busy machine


@pytest.fixture
def clock() -> StillClock:
    """Noon until a test sets it."""
    return StillClock()


@pytest.fixture
def door(tmp_path: Path, clock: StillClock) -> Iterator[Door]:
    """An empty door."""
    with opened(tmp_path, clock) as made:
        yield made


def test_a_session_is_found_by_its_secret(door: Door) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 3)
    assert door.sessions.find(secret) == Session("zhang", "password", 3, NOON, NOON, LATER)


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "x" * 10_000])
def test_another_secret_finds_nothing(door: Door, secret: str) -> None:
    door.sessions.begin("zhang", "password", LATER, 0)
    assert door.sessions.find(secret) is None


def test_secrets_differ_and_stand_nowhere_in_the_file(door: Door, tmp_path: Path) -> None:
    secrets = [door.sessions.begin("zhang", "password", LATER, 0) for _ in range(3)]
    assert len(set(secrets)) == 3
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"zhang" in files
    assert not [secret for secret in secrets if secret.encode() in files]


def test_a_session_is_over_at_its_moment(door: Door, clock: StillClock) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 0)
    clock.moment = LATER - MINUTE
    assert door.sessions.find(secret) is not None
    clock.moment = LATER
    assert door.sessions.find(secret) is None
    assert door.sessions.list("zhang") == []


def test_an_ended_session_is_found_no_more(door: Door) -> None:
    one, other = (door.sessions.begin("zhang", "password", LATER, 0) for _ in range(2))
    door.sessions.end(one)
    door.sessions.end(one)
    assert door.sessions.find(one) is None
    assert door.sessions.find(other) is not None


def test_all_of_an_account_end_and_nobody_elses(door: Door) -> None:
    for account in ("zhang", "zhang", "li"):
        door.sessions.begin(account, "password", LATER, 0)
    door.sessions.end_all("zhang")
    assert [len(door.sessions.list(account)) for account in ("zhang", "li")] == [0, 1]


def test_what_another_process_ended_is_over_here(door: Door, tmp_path: Path) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 0)
    assert door.sessions.find(secret) is not None
    with opened(tmp_path) as other:
        other.sessions.end_all("zhang")
    assert door.sessions.find(secret) is None


def test_when_somebody_was_seen_is_written_each_time_it_is_told(door: Door) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 0)
    told = []
    for seconds in (1, 59, 60):
        door.sessions.seen(secret, NOON + MINUTE * seconds / 60)
        found = door.sessions.find(secret)
        assert found is not None
        told.append((found.seen_at - NOON).seconds)
    assert told == [1, 59, 60]


def test_an_earlier_moment_does_not_undo_a_later_one(door: Door) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 0)
    door.sessions.seen(secret, NOON + 5 * MINUTE)
    door.sessions.seen(secret, NOON + 2 * MINUTE)
    found = door.sessions.find(secret)
    assert found is not None
    assert found.seen_at == NOON + 5 * MINUTE


def test_the_oldest_session_of_too_many_gives_way(door: Door) -> None:
    secrets = [door.sessions.begin("zhang", "password", LATER, 0) for _ in range(SESSIONS_MAX + 2)]
    other = door.sessions.begin("li", "password", LATER, 0)
    assert [door.sessions.find(secret) is None for secret in secrets[:3]] == [True, True, False]
    assert len(door.sessions.list("zhang")) == SESSIONS_MAX
    assert door.sessions.find(other) is not None


def test_an_account_that_no_database_can_keep_is_refused(door: Door) -> None:
    with pytest.raises(InvalidInput, match="account"):
        door.sessions.begin("\0", "password", LATER, 0)


def test_sweeping_drops_what_is_over_and_nothing_else(door: Door, clock: StillClock, tmp_path: Path) -> None:
    door.sessions.begin("zhang", "password", LATER, 0)
    kept = door.sessions.begin("zhang", "password", LATER + HOUR, 0)
    clock.moment = LATER
    door.sweep()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchall() == [(1,)]
    assert door.sessions.find(kept) is not None


def test_finding_a_session_takes_microseconds(door: Door) -> None:
    secret = door.sessions.begin("zhang", "password", LATER, 0)
    took = []
    for _ in range(500):
        begun = time.perf_counter()
        door.sessions.find(secret)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[len(took) // 2] * 1e6 < FIND_US_MAX
