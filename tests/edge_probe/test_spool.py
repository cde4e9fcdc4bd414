"""The spool loses nothing it said it had, sends the same batch twice rather than half of one, and stays small."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge_probe
from edge_probe.counters import CounterState, Joint, Sample, Strange
from edge_probe.readings import Event
from edge_probe.spool import Spool
from graph.errors import StoreError
from tests.edge_probe.fakes import beijing, reading

ROOT = Path(edge_probe.__file__).parents[1]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite")
    opened.add_uplinks(["province"])
    yield opened
    opened.close()


def numbers(spool: Spool, uplink: str = "province", limit: int = 100) -> list[int]:
    return [row.sequence for row in spool.unsent(uplink, limit)]


def test_what_was_written_is_read_back_whole(spool: Spool) -> None:
    written = [reading("10:00", "12.3400"), reading("10:15", "0.0001")]
    assert spool.append(written) == 2
    assert [row.reading for row in spool.unsent("province", 10)] == written


def test_a_claimed_batch_stays_the_same_until_it_is_acknowledged(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    assert numbers(spool) == [1, 2]
    spool.append([reading("10:30")])
    assert numbers(spool) == [1, 2]
    spool.acknowledge("province", 2)
    assert numbers(spool) == [3]


def test_a_claimed_batch_outlives_the_process(spool: Spool, tmp_path: Path) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    assert numbers(spool, limit=1) == [1]
    again = Spool(tmp_path / "spool.sqlite")
    assert numbers(again, limit=2) == [1]
    again.close()


def test_every_uplink_has_its_own_cursor_and_a_new_one_begins_at_the_oldest(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    spool.acknowledge("province", 2)
    spool.add_uplinks(["province", "nation"])
    assert (numbers(spool), numbers(spool, "nation")) == ([], [1, 2])


def test_acknowledging_never_goes_back(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    spool.acknowledge("province", 2)
    spool.acknowledge("province", 1)
    assert numbers(spool) == []


def test_counters_and_events_are_kept_beside_readings(spool: Spool) -> None:
    state = CounterState(
        Sample(beijing("10:16"), Decimal("7.5")), Sample(beijing("10:15"), Decimal(7)), "counter-fell"
    )
    event = Event(beijing("10:16"), "main", "counter-fell", "came 0")
    spool.append([], {"main/x": state, "new/x": CounterState()}, [event])
    assert spool.counters() == {"main/x": state, "new/x": CounterState()}
    assert spool.events(5) == (event,)


def test_a_counter_in_pieces_is_kept_with_all_that_is_known_of_it(spool: Spool) -> None:
    seen = Sample(beijing("10:16"), Decimal("7.5"))
    joint = Joint("rolled-over", beijing("10:10"), Decimal(10**6), Decimal(0), Decimal(999_990))
    strange = Strange(seen, Sample(beijing("10:17"), Decimal(8)))
    state = CounterState(seen, None, None, Decimal("10.0001"), strange, joint, doubted=True)
    spool.append([], {"main/x": state})
    assert spool.counters() == {"main/x": state}


def test_an_unwritable_value_leaves_nothing_behind(spool: Spool) -> None:
    broken = Event(beijing("10:00"), "main", "x", None)  # type: ignore[arg-type]  # the wrong side
    with pytest.raises(StoreError, match="NOT NULL"):
        spool.append([reading("10:00")], {}, [broken])
    assert numbers(spool) == []


def test_the_backlog_says_how_much_and_since_when(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    spool.acknowledge("province", 1)
    (backlog,) = spool.backlogs()
    assert (backlog.acknowledged, backlog.waiting, backlog.oldest) == (1, 1, beijing("10:31"))


def test_aged_readings_go_once_everybody_has_them_and_not_before(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15"), reading("10:30")])
    spool.acknowledge("province", 2)
    assert spool.thin(beijing("10:31") + dt.timedelta(days=185)) == 0
    assert numbers(spool) == [3]
    assert list(spool.latest()) == ["0000000002330011"]
    spool.add_uplinks(["province", "nation"])
    assert numbers(spool, "nation") == [3]


def test_a_reading_one_of_two_platforms_still_wants_is_not_aged(spool: Spool) -> None:
    spool.add_uplinks(["province", "nation"])
    spool.append([reading("10:00")])
    spool.acknowledge("province", 1)
    spool.thin(beijing("10:00") + dt.timedelta(days=400))
    assert numbers(spool, "nation") == [1]


def test_what_is_written_is_on_the_disk_and_not_only_on_its_way(spool: Spool) -> None:
    assert (spool._one("PRAGMA journal_mode"), spool._one("PRAGMA synchronous")) == ("wal", 2)


def test_numbers_are_never_used_again(spool: Spool) -> None:
    spool.append([reading("10:00")])
    spool.acknowledge("province", 1)
    spool.thin(beijing("10:00") + dt.timedelta(days=400))
    assert spool.append([reading("10:15")]) == 2


def test_six_months_are_kept_though_everybody_has_them(spool: Spool) -> None:
    spool.append([reading("10:00")])
    spool.acknowledge("province", 1)
    spool.thin(beijing("10:00") + dt.timedelta(days=184))
    spool.add_uplinks(["province", "new"])
    assert numbers(spool, "new") == [1]


def test_a_full_spool_gives_up_acknowledged_readings_before_wanted_ones(spool: Spool) -> None:
    spool.append([reading("10:00")] * 6_000)
    spool.acknowledge("province", 6_000)
    spool.append([reading("10:15")] * 6_000)
    assert spool.thin(beijing("10:30"), bytes_max=2_200_000) == 0
    assert spool.backlogs()[0].waiting == 6_000


def test_a_full_spool_of_wanted_readings_gives_up_the_oldest_and_says_how_many(spool: Spool) -> None:
    spool.append([reading("10:00")] * 12_000)
    assert numbers(spool, limit=100)[-1] == 100
    assert spool.thin(beijing("10:30"), bytes_max=2_200_000) == 5_000
    assert numbers(spool, limit=100)[0] == 5_001


def test_a_spool_that_is_missing_broken_or_foreign_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is none yet"):
        Spool(tmp_path / "gone.sqlite", create=False)
    (tmp_path / "broken.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        Spool(tmp_path / "broken.sqlite")


def test_two_spools_have_two_identities_and_one_keeps_its_own(tmp_path: Path) -> None:
    first, second = Spool(tmp_path / "a"), Spool(tmp_path / "b")
    again = Spool(tmp_path / "a")
    assert first.identity == again.identity != second.identity
    for opened in (first, second, again):
        opened.close()


def test_a_spool_of_before_gains_what_it_lacks_and_one_of_later_is_not_touched(tmp_path: Path) -> None:
    Spool(tmp_path / "before").close()
    with closing(sqlite3.connect(tmp_path / "before")) as old:
        old.executescript("DROP TABLE taken; DROP TABLE platform; PRAGMA user_version = 1")
    opened = Spool(tmp_path / "before")
    opened.keep("province", "what it said")
    assert opened.recall("province") == "what it said"
    opened.close()
    with closing(sqlite3.connect(tmp_path / "before")) as later:
        later.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreError, match="another version"):
        Spool(tmp_path / "before")


@given(st.lists(st.integers(0, 4) | st.sampled_from(["send", "ack"]), max_size=30), st.integers(1, 4))
def test_sent_and_acknowledged_in_any_order_every_reading_arrives_once(
    moves: list[int | str], limit: int
) -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    arrived: list[int] = []
    written = 0
    for move in [*moves, *["send", "ack"] * 120]:
        if isinstance(move, int):
            written = spool.append([reading("10:00")] * move)
        elif rows := numbers(spool, limit=limit):
            assert len(rows) <= limit
            if move == "ack":
                spool.acknowledge("province", rows[-1])
                arrived += rows
    spool.close()
    assert arrived == list(range(1, written + 1))


WRITER = """
import sys
from pathlib import Path
from edge_probe.spool import Spool
from tests.edge_probe.fakes import reading
spool = Spool(Path(sys.argv[1]))
while True:
    print(spool.append([reading("10:00"), reading("10:15")]), flush=True)
"""


def test_everything_reported_as_written_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "spool.sqlite"
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(25)]
        os.kill(writer.pid, signal.SIGKILL)
        reported += [int(line) for line in writer.stdout if line.endswith("\n")]
    spool = Spool(file)
    spool.add_uplinks(["province"])
    kept = numbers(spool, limit=100_000)
    spool.close()
    assert kept[: reported[-1]] == list(range(1, reported[-1] + 1))
    assert len(kept) % 2 == 0
