"""What a batch costs: fresh, resent and corrected, small and large, beside a bare append of the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np

from graph.ports import Judged
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._store_nation import POINTS, UNITS
from scripts.benchmarks._store_subject import Subject

FATES = {"fresh": "accepted", "resent": "duplicate", "corrected": "corrected"}
SMALL, MIDDLE, LARGE = "unit-day", "hundred unit-days", "province-day"
UNITS_OF_MIDDLE = 100
BARE = "bare append"

UPLOADS = 4_000  # small ones at once: long enough to be even
SCATTERED = 10_000  # corrections in one batch

SMALL_MS_MAX = 25  # a device waits for the answer
LARGE_ROWS_S_MIN = 1_800_000  # the nation's day in a second
SHARE_OF_BARE_MIN = 0.3  # what judging against all that was said may cost
GROWTH_MAX = 1.5  # a write does not read what it does not touch
UPLOADS_S_MIN = 2_000
SCATTERED_MS_MAX = 250

Times = Mapping[tuple[str, str], float]


def write_times(subject: Subject, folder: Path) -> Times:
    """Seconds of the best batch by (action, portion), and of a bare append."""
    day = subject.next_day()
    times: dict[tuple[str, str], float] = {}
    for portion, runs in _portions(subject).items():
        for action, fate in FATES.items():
            revision = next(subject.revisions) if action == "corrected" else 0
            each = (subject.commit(subject.day(units, day, revision), fate).seconds for units in runs)
            times[action, portion] = min(each)
    large = [subject.day(units, day) for units in _portions(subject)[LARGE]]
    return {**times, (BARE, LARGE): _bare_seconds(large, folder)}


def write_figures(times: Times, at: str, subject: Subject) -> Iterator[Figure]:
    """Each time in ms and rows/s, and the ratios a change is judged by."""
    rows = {portion: POINTS * len(runs[0]) for portion, runs in _portions(subject).items()}
    for (action, portion), seconds in times.items():
        most_ms = SMALL_MS_MAX if portion == SMALL else None
        least = LARGE_ROWS_S_MIN if (action, portion) == ("fresh", LARGE) else None
        yield Figure(f"{at}: {action} {portion}", seconds * 1000, "ms", most_ms, Wanted.AT_MOST)
        yield Figure(f"{at}: {action} {portion}, rate", rows[portion] / seconds, "rows/s", least)
    fresh, resent, bare = times["fresh", LARGE], times["resent", LARGE], times[BARE, LARGE]
    yield Figure(f"{at}: fresh {LARGE}, share of bare", bare / fresh, "x", SHARE_OF_BARE_MIN)
    yield Figure(f"{at}: resent {LARGE}, to fresh", resent / fresh, "x", 1, Wanted.AT_MOST)


def growth(times: Times, empty: Times, at: str) -> Figure:
    """What a fresh large batch costs against the same into an empty store."""
    ratio = times["fresh", LARGE] / empty["fresh", LARGE]
    return Figure(f"{at}: fresh {LARGE}, to empty", ratio, "x", GROWTH_MAX, Wanted.AT_MOST)


def uploads(subject: Subject, at: str) -> Figure:
    """Small uploads a second, many at once."""
    day = subject.next_day()
    units = range(1, 1 + UPLOADS * subject.nation.units // UNITS)
    seconds = subject.commit_together([subject.day(range(unit, unit + 1), day) for unit in units])
    return Figure(f"{at}: uploads of a {SMALL}", len(units) / seconds, "uploads/s", UPLOADS_S_MIN)


def scattered_corrections(subject: Subject, at: str) -> Figure:
    """One batch of corrections that lie anywhere among the filled days and units."""
    chance = np.random.default_rng(seed=1)
    days, a_day = subject.whole_days, subject.nation.units * POINTS
    picked = min(SCATTERED, len(days) * a_day)
    seconds = []
    for revision in islice(subject.revisions, subject.rounds):
        places = chance.choice(len(days) * a_day, picked, replace=False)
        units, point = np.divmod(places % a_day, POINTS)
        batch = subject.scattered(units + 1, point, [days[place] for place in places // a_day], revision)
        seconds.append(subject.commit(batch, "corrected").seconds)
    best_ms = min(seconds) * 1000
    return Figure(f"{at}: scattered corrections", best_ms, "ms", SCATTERED_MS_MAX, Wanted.AT_MOST)


def _portions(subject: Subject) -> dict[str, list[range]]:
    """Units of the batches of each size: a province each of the first seven is used once."""
    nation, rounds = subject.nation, range(subject.rounds)
    first, second = nation.province(0), nation.province(1)
    middle = min(UNITS_OF_MIDDLE, len(second) // len(rounds))
    return {
        SMALL: [first[place : place + 1] for place in rounds],
        MIDDLE: [second[place * middle : (place + 1) * middle] for place in rounds],
        LARGE: [nation.province(2 + place) for place in rounds],
    }


def _bare_seconds(batches: list[Judged], folder: Path) -> float:
    """The same rows into a plain table of a reading's columns in a file of its own, durable."""
    file = folder / "bare.duckdb"
    seconds = []
    with duckdb.connect(str(file)) as connection:
        connection.execute(_PLAIN)
        for number, batch in enumerate(batches, 1):
            connection.register("arrived", batch.table)
            began = perf_counter()
            connection.execute("BEGIN")
            connection.execute(_APPEND, {"batch": number})
            connection.execute("COMMIT")
            seconds.append(perf_counter() - began)
    file.unlink()
    return min(seconds)


_PLAIN = """CREATE TABLE plain (unit_id INTEGER, point_id INTEGER, granularity TINYINT, start TIMESTAMP,
    value DECIMAL(18, 4), version BIGINT, origin TINYINT, batch_id INTEGER)"""
_APPEND = """INSERT INTO plain
    SELECT unit_id, point_id, granularity, start, value, coalesce(version, 0), origin, $batch FROM arrived"""
