"""An interrupted question starts no further statement: DuckDB itself stops only the one that runs."""

from __future__ import annotations

from typing import Any, cast

import duckdb
import pytest

from graph.errors import StoreError
from hub.stores.readings.database import Database
from hub.stores.readings.interrupting import Interrupt, interruptible_by
from hub.stores.readings.statements import run, text_of


class Cursor:
    """Takes statements and interrupts; whoever asks goes during the first statement."""

    def __init__(self, stop: Interrupt) -> None:
        self._stop = stop
        self.statements: list[str] = []
        self.interrupts = 0

    def execute(self, query: str, _values: Any = None) -> None:
        """Note it."""
        self.statements.append(query)
        self._stop.fire()

    def interrupt(self) -> None:
        """Count it."""
        self.interrupts += 1


def test_of_a_file_of_statements_none_is_started_after_the_asker_has_gone() -> None:
    stop = Interrupt()
    cursor = Cursor(stop)
    assert text_of("schema").count(";") > 1
    with interruptible_by(stop), pytest.raises(StoreError, match="nobody waits"):
        run(cast("duckdb.DuckDBPyConnection", cursor), "schema")
    assert len(cursor.statements) == 1


def test_a_question_goes_no_further_between_two_files_of_statements() -> None:
    database, stop = Database(None), Interrupt()

    def ask() -> None:
        with database.reading() as cursor:
            assert run(cursor, "end_of_ledger").fetchone() is not None
            stop.fire()
            run(cursor, "end_of_ledger")

    with interruptible_by(stop), pytest.raises(StoreError, match="nobody waits"):
        ask()
    with database.reading() as cursor:
        assert run(cursor, "end_of_ledger").fetchone() is not None
    database.close()


def test_a_cursor_is_not_begun_with_and_not_kept_after_the_asker_has_gone() -> None:
    stop = Interrupt()
    cursor = Cursor(stop)
    stop.fire()
    with pytest.raises(StoreError, match="nobody waits"), stop.over(cursor):
        cursor.execute("SELECT 1")
    stop.fire()
    assert (cursor.statements, cursor.interrupts) == ([], 0)


def test_what_a_question_was_writing_when_its_asker_went_is_not_written() -> None:
    database, stop = Database(None), Interrupt()

    def change() -> None:
        with database.writing() as cursor:
            cursor.execute("INSERT INTO meta VALUES ('half', 'a change')")
            stop.fire()
            run(cursor, "end_of_ledger")

    with interruptible_by(stop), pytest.raises(StoreError, match="nobody waits"):
        change()
    with database.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM meta WHERE name = 'half'").fetchall() == [(0,)]
    database.close()
