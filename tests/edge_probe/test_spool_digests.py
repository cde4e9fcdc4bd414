"""The digests a spool keeps are those of what it holds, whatever was kept, corrected, thinned away or cut off."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge_probe
from edge_probe.readings import Reading
from edge_probe.spool import Spool
from edge_probe.spool_digests import digest_in, drop_readings
from graph.model.digest import Digest, of_value
from graph.model.period import Granularity, beijing_day
from tests.edge_probe.fakes import ELECTRICITY, UNIT, beijing, reading

ROOT = Path(edge_probe.__file__).parents[1]
QUARTER_HOUR = dt.timedelta(minutes=15)
GAS = "0000000003110011"
VALUES = st.decimals(-(10**10), 10**10, places=4)
WRITTEN = st.lists(st.tuples(st.sampled_from([ELECTRICITY, GAS]), st.integers(0, 7), VALUES), max_size=5)
MOVES = st.lists(
    WRITTEN
    | st.tuples(st.sampled_from(["thin_oldest", "thin_acknowledged", "thin_aged"]), st.integers(0, 4)),
    max_size=20,
)


def kept(spool: Spool) -> dict[tuple[str, str, str], Digest]:
    """As the spool keeps them."""
    with spool.writing() as db:
        rows = db.execute("SELECT * FROM digest").fetchall()
    return {(row["unit"], row["data_code"], row["day"]): digest_in(row) for row in rows}


def made_anew(spool: Spool) -> dict[tuple[str, str, str], Digest]:
    """Of the rows themselves: of each quarter-hour the one that was written last."""
    with spool.writing() as db:
        rows = db.execute("SELECT * FROM reading ORDER BY sequence").fetchall()
    last = {(row["unit"], row["data_code"], row["start"]): row for row in rows}
    found: dict[tuple[str, str, str], Digest] = {}
    for (unit, data_code, start), row in last.items():
        moment = dt.datetime.fromisoformat(start)
        one = of_value(data_code, moment, Granularity.QUARTER_HOUR, Decimal(row["value"]))
        bucket = unit, data_code, str(beijing_day(moment))
        found[bucket] = found.get(bucket, Digest()) + one
    return found


@given(MOVES)
def test_whatever_is_kept_corrected_and_thinned_the_kept_digests_are_those_made_anew(
    moves: list[list[tuple[str, int, Decimal]] | tuple[str, int]],
) -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    for number, move in enumerate(moves):
        if isinstance(move, tuple):
            with spool.writing() as db:
                drop_readings(db, move[0], {"limit": move[1], "before": "2026-11-23T16:40:00"})
        else:
            at = beijing("23:00") + number * QUARTER_HOUR
            last = spool.append(
                [
                    Reading(UNIT, code, beijing("23:00") + place * QUARTER_HOUR, value, "instrument", at)
                    for code, place, value in move
                ]
            )
            spool.acknowledge("province", last - 2)
        assert kept(spool) == made_anew(spool)
    spool.close()


def test_of_one_quarter_hour_written_twice_the_last_counts_also_when_the_first_is_thinned() -> None:
    spool = Spool(Path(":memory:"))
    spool.append([reading("10:00", "1"), reading("10:00", "2")])
    (only,) = kept(spool).values()
    assert (only.readings, only.total) == (1, 20_000)
    with spool.writing() as db:
        drop_readings(db, "thin_oldest", {"limit": 1})
    assert list(kept(spool).values()) == [only]
    spool.close()


def test_a_day_whose_sum_passes_64_bits_is_kept_to_the_last_digit() -> None:
    spool = Spool(Path(":memory:"))
    for place in range(20):
        spool.append([reading(f"{place:02d}:00", "99999999999999.9999")])
    (only,) = kept(spool).values()
    assert only.total == 20 * 999999999999999999
    spool.close()


def test_a_value_finer_than_a_hub_takes_is_kept_and_counts_in_no_digest() -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    spool.append([reading("10:00", "0.00001"), reading("10:15", "1")])
    assert len(spool.unsent("province", 9)) == 2
    assert [digest.readings for digest in kept(spool).values()] == [1]
    spool.close()


@pytest.mark.parametrize("form", [1, 2])
def test_a_spool_of_before_gets_the_digests_of_its_rows(tmp_path: Path, form: int) -> None:
    spool = Spool(tmp_path / "before")
    spool.append([reading("10:00", "1.5"), reading("10:15", "2"), reading("10:00", "3")])
    expected = kept(spool)
    spool.close()
    with closing(sqlite3.connect(tmp_path / "before")) as old:
        old.executescript(f"DROP TABLE digest; DROP INDEX reading_by_start; PRAGMA user_version = {form}")
    opened = Spool(tmp_path / "before")
    assert kept(opened) == expected == made_anew(opened) != {}
    opened.close()


WRITER = """
import sys
from pathlib import Path
from edge_probe.spool import Spool
from edge_probe.spool_digests import drop_readings
from tests.edge_probe.fakes import reading
spool = Spool(Path(sys.argv[1]))
for n in range(10**6):
    spool.append([reading(f"{n % 24:02d}:00", str(n)), reading(f"{n % 24:02d}:15", str(n))])
    with spool.writing() as db:
        drop_readings(db, "thin_oldest", {"limit": n % 3})
    print(n, flush=True)
"""


@pytest.mark.parametrize("lines", [7, 23, 40])
def test_a_kill_amid_writing_and_thinning_leaves_both_as_one_transaction_did(
    tmp_path: Path, lines: int
) -> None:
    file = tmp_path / "spool.sqlite"
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
    spool = Spool(file)
    assert kept(spool) == made_anew(spool) != {}
    spool.close()
