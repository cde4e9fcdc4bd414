"""What is denied is counted, and neither a flood nor anybody's curiosity hides what another was denied."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import StoreError
from hub.access.log import Entry
from hub.stores.door.denials import (
    AGAIN,
    KINDS_OF_ADDRESS_MAX,
    KINDS_OF_KNOWN_MAX,
    OTHERS,
    STRANGERS_KINDS_MAX,
)
from hub.stores.door.door import FILE, Door
from tests.hub.stores.door.doors import DENIED, MINUTE, TOKEN, logged, opened
from tests.hub.stores.registry_fakes import NOON, StillClock

FLOOD = 100_000
FLOOD_US_MAX = 50  # of one denied request; measured 7 on a busy machine
SECOND = MINUTE / 60


@pytest.fixture
def clock() -> StillClock:
    """Noon until a test sets it."""
    return StillClock()


@pytest.fixture
def door(tmp_path: Path, clock: StillClock) -> Iterator[Door]:
    """An empty door."""
    with opened(tmp_path, clock) as made:
        yield made


def at(seconds: float, entry: Entry = DENIED, **more: Any) -> Entry:
    """An entry so long after noon."""
    return replace(entry, at=NOON + seconds * SECOND, **more)


def test_the_first_denial_is_written_at_once_and_the_like_are_counted(door: Door, tmp_path: Path) -> None:
    for seconds in range(5):
        door.log.note(at(seconds))
    assert logged(tmp_path, "times") == [(1,)]
    door.log.close()
    assert logged(tmp_path, "times", "at") == [
        (1, "2026-11-23 04:00:00.000000"),
        (4, "2026-11-23 04:00:04.000000"),
    ]


def test_who_subject_and_code_tell_kinds_apart_and_an_address_only_strangers(
    door: Door, tmp_path: Path
) -> None:
    kinds: list[dict[str, Any]] = [
        {},
        {"address": "10.0.0.2"},
        {"subject": "/batches"},
        {"code": "FORBIDDEN"},
        {"who": "trial"},
    ]
    for kind in kinds:
        door.log.note(replace(DENIED, **kind))
    assert len(logged(tmp_path, "id")) == len(kinds)
    door.log.note(replace(DENIED, who="trial", address="10.0.0.9"))
    assert len(logged(tmp_path, "id")) == len(kinds)


def test_after_a_minute_the_count_is_written_and_the_next_is_a_first(door: Door, tmp_path: Path) -> None:
    for seconds in (0, 30, 59.9, 60, 61):
        door.log.note(at(seconds))
    assert logged(tmp_path, "times") == [(1,), (2,), (1,)]
    door.log.close()
    assert logged(tmp_path, "times") == [(1,), (2,), (1,), (1,)]


def test_a_sweep_writes_what_comes_no_more(door: Door, clock: StillClock, tmp_path: Path) -> None:
    door.log.note(at(0))
    door.log.note(at(1))
    door.sweep()
    assert logged(tmp_path, "times") == [(1,)]
    clock.moment = NOON + AGAIN
    door.sweep()
    assert logged(tmp_path, "times") == [(1,), (1,)]
    door.log.close()
    assert len(logged(tmp_path, "times")) == 2, "it was written twice"


def test_a_flood_costs_microseconds_and_a_bounded_number_of_rows(door: Door, tmp_path: Path) -> None:
    entries = [
        at(number / FLOOD * 59, address=f"10.{number % 250}.{number // 250}.1")
        for number in range(FLOOD // 2)
    ]
    entries += [at(59)] * (FLOOD // 2)
    begun = time.perf_counter()
    for entry in entries:
        door.log.note(entry)
    took = time.perf_counter() - begun
    door.log.close()
    rows = logged(tmp_path, "subject", "times")
    assert len(rows) <= 2 * STRANGERS_KINDS_MAX + 1
    assert sum(times for _, times in rows) == FLOOD
    assert [subject for subject, _ in rows].count(OTHERS) == 1
    assert took / FLOOD * 1e6 < FLOOD_US_MAX


def test_nothing_of_anybody_is_told_of_the_strangers_beyond_all(door: Door, tmp_path: Path) -> None:
    for number in range(STRANGERS_KINDS_MAX + 2):
        door.log.note(at(1, address=f"10.0.1.{number}"))
    door.log.close()
    told = logged(
        tmp_path, "who", "organisation", "subject", "code", "address", "request", "province", "times"
    )
    assert told[-1] == (None, None, OTHERS, None, None, None, None, 2)


def test_what_one_asks_beside_so_many_kinds_is_counted_under_its_name(door: Door, tmp_path: Path) -> None:
    for number in range(KINDS_OF_KNOWN_MAX + 3):
        door.log.note(at(1, who="trial", subject=f"/graphql {number}"))
    door.log.close()
    told = logged(tmp_path, "who", "organisation", "subject", "code", "province", "times", "detail")
    assert told[-1] == ("trial", "office", OTHERS, None, "970000", 3, None)
    assert len(told) == KINDS_OF_KNOWN_MAX + 1


@pytest.mark.parametrize("flood", [1, 1_000], ids=["of one address", "of a thousand addresses"])
def test_a_flood_of_strangers_hides_nobody_who_is_known(door: Door, tmp_path: Path, flood: int) -> None:
    for number in range(1_000):
        door.log.note(at(1, subject=f"/batches/{number}", address=f"10.0.{number % flood}.1"))
    door.log.note(at(2, who="trial", code="FORBIDDEN"))
    assert logged(tmp_path, "who", "subject", "code")[-1] == ("trial", "/graphql", "FORBIDDEN")


def test_a_flood_of_one_address_hides_no_stranger_of_another(door: Door, tmp_path: Path) -> None:
    for number in range(1_000):
        door.log.note(at(1, subject=f"/batches/{number}"))
    assert len(logged(tmp_path, "id")) == KINDS_OF_ADDRESS_MAX
    door.log.note(at(2, address="10.0.0.2"))
    assert logged(tmp_path, "address", "subject")[-1] == ("10.0.0.2", "/graphql")


def test_once_a_minute_is_over_there_is_room_again(door: Door, tmp_path: Path) -> None:
    for minute in range(3):
        for number in range(KINDS_OF_ADDRESS_MAX + 1):
            door.log.note(at(minute * 60, subject=f"/batches/{number}"))
    door.log.close()
    rows = logged(tmp_path, "subject", "times", "address")
    assert len(rows) == 3 * (KINDS_OF_ADDRESS_MAX + 1)
    assert [row for row in rows if row[0] == OTHERS] == [(OTHERS, 1, "10.0.0.1")] * 3


def test_a_denial_that_could_not_be_written_is_a_first_again(door: Door, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE log RENAME TO away")
        with pytest.raises(StoreError):
            door.log.note(at(0))
        connection.execute("ALTER TABLE away RENAME TO log")
    door.log.note(at(1))
    assert logged(tmp_path, "times") == [(1,)]


def test_what_is_postponed_is_written_when_its_minute_is_over(
    door: Door, clock: StillClock, tmp_path: Path
) -> None:
    for seconds in range(3):
        door.log.postpone(at(seconds))
    door.log.note(at(4))
    assert logged(tmp_path, "times") == []
    clock.moment = NOON + AGAIN
    door.sweep()
    assert logged(tmp_path, "address", "times") == [("10.0.0.1", 4)]


def test_a_count_that_could_not_be_written_is_not_lost(door: Door, clock: StillClock, tmp_path: Path) -> None:
    for seconds in range(4):
        door.log.note(at(seconds))
    clock.moment = NOON + AGAIN
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE log RENAME TO away")
        with pytest.raises(StoreError):
            door.sweep()
        connection.execute("ALTER TABLE away RENAME TO log")
    door.log.close()
    assert logged(tmp_path, "times") == [(1,), (3,)]


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 4), st.booleans()),
        max_size=40,
    )
)
def test_however_requests_come_each_is_counted_in_one_row(
    tmp_path_factory: pytest.TempPathFactory, came: list[tuple[int, int, bool]]
) -> None:
    folder, now = tmp_path_factory.mktemp("law"), 0
    with opened(folder) as door:
        for pause, kind, is_granted in came:
            now += pause
            door.log.note(at(now, TOKEN if is_granted else DENIED, address=str(kind)))
    rows = logged(folder, "outcome", "address", "times")
    for outcome in ("granted", "denied"):
        for kind in range(5):
            wanted = sum(1 for _, each, granted in came if (each, granted) == (kind, outcome == "granted"))
            assert sum(times for *told, times in rows if told == [outcome, str(kind)]) == wanted
