"""One core for a page's question, all of them while anybody reads much."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from graph.model.period import Granularity, Period
from graph.model.principal import NATION
from graph.ports import ReadingAsk
from hub.stores.readings.cores import Cores
from hub.stores.readings.database import Database
from hub.stores.readings.series import is_much
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, FakeDimensions, Said, StillClock, batch_of

AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


class Engine:
    """Notes what it is told; after `give_up` it takes nothing more."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.given_up = False
        self.open = 0

    def cursor(self) -> Engine:
        """Itself, counted."""
        self.open += 1
        return self

    def execute(self, query: str) -> None:
        """Note it."""
        if self.given_up:
            raise duckdb.FatalException("the database was invalidated")
        self.told.append(query.removeprefix("SET GLOBAL threads = "))

    def close(self) -> None:
        """Count it."""
        self.open -= 1


def test_all_cores_are_given_to_the_first_and_taken_from_the_last_who_reads_much() -> None:
    engine = Engine()
    cores = Cores(engine.cursor, 8)
    with cores.all(), cores.all():
        assert engine.told == ["1", "8"]
    assert engine.told == ["1", "8", "1"]
    assert engine.open == 0


def test_they_are_taken_back_where_reading_fails() -> None:
    engine = Engine()
    cores = Cores(engine.cursor, 8)
    with pytest.raises(ValueError, match="broken"), cores.all():
        raise ValueError("broken")
    assert engine.told == ["1", "8", "1"]


def test_an_engine_that_has_given_up_is_left_to_say_so_itself() -> None:
    engine = Engine()
    cores = Cores(engine.cursor, 8)
    engine.given_up = True
    with cores.all():
        pass
    assert engine.open == 0


@pytest.fixture(name="database")
def _database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "readings.duckdb")
    yield database
    database.close()


def threads_of(database: Database) -> int:
    """What DuckDB spreads statements over just now."""
    with database.reading() as cursor:
        return int(cursor.execute("SELECT current_setting('threads')").fetchall()[0][0])


def test_a_question_has_one_core_and_a_long_one_all(database: Database) -> None:
    with duckdb.connect() as another:
        all_of_them = int(another.execute("SELECT current_setting('threads')").fetchall()[0][0])
    assert threads_of(database) == 1
    with database.reading(much=True):
        assert threads_of(database) == all_of_them
    assert threads_of(database) == 1


def test_an_answer_that_is_taken_piece_by_piece_holds_no_cores_between_two_of_them() -> None:
    engine = Engine()
    cores = Cores(engine.cursor, 8)

    def made() -> Iterator[str]:
        for _ in range(2):
            yield engine.told[-1]

    pieces = cores.each(made())
    assert next(pieces) == "8"
    assert engine.told[-1] == "1"
    assert list(pieces) == ["8"]
    assert engine.told[-1] == "1"


@pytest.mark.parametrize("answer", ["changes", "stream", "check"])
def test_who_is_slow_to_take_an_answer_or_leaves_it_half_taken_holds_no_cores(answer: str) -> None:
    store = ReadingsStore(None, FakeDimensions("day"), StillClock())
    for key in "ab":
        store.commit(
            batch_of([Said(0, 0, Decimal(ord(key)))], key, AT, Granularity.DAY, dt.timedelta(days=1))
        )
    ask = ReadingAsk(
        [POINTS[0][:2]], Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 9)), Granularity.DAY
    )
    answers: dict[str, Callable[[], Any]] = {
        "changes": lambda: store.changes(NATION, 0, 9).pieces,
        "stream": lambda: store.stream(ask),
        "check": store.check,
    }
    half = answers[answer]()
    assert next(half) is not None
    assert threads_of(store._database) == 1
    half.close()
    store.close()


@pytest.mark.parametrize(
    ("granularity", "days", "units", "much"),
    [
        (Granularity.DAY, 365, 1, False),
        (Granularity.DAY, 400, 1, True),
        (Granularity.DAY, 1, 2, True),
        (Granularity.QUARTER_HOUR, 366, 1, False),
        (Granularity.QUARTER_HOUR, 367, 1, True),
        (Granularity.HOUR, 31, 1, False),
        (Granularity.HOUR, 32, 1, True),
    ],
)
def test_a_page_of_one_unit_is_not_much(granularity: Granularity, days: int, units: int, much: bool) -> None:
    first = dt.date(2026, 1, 1)
    period = Period.of_days(first, first + dt.timedelta(days=days - 1))
    assert is_much(ReadingAsk([(unit, 1) for unit in range(units)], period, granularity)) == much


def test_cores_come_and_go_while_others_ask(database: Database) -> None:
    """Many threads read much and little at once: every answer is right, and in the end one core is left."""
    wrong: list[int] = []

    def ask(number: int) -> None:
        for turn in range(20):
            with database.reading(much=(number + turn) % 2 == 0) as cursor:
                counted = cursor.execute("SELECT sum(range) FROM range(200_000)").fetchall()[0][0]
                if counted != 199_999 * 100_000:
                    wrong.append(counted)

    with ExitStack() as ending:
        for number in range(8):
            thread = threading.Thread(target=ask, args=(number,))
            thread.start()
            ending.callback(thread.join)
    assert wrong == []
    assert threads_of(database) == 1
