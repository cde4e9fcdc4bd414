"""Statements get their values as literals where those can be nothing else, and bound otherwise."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.period import UTC, Period
from graph.ports import BalanceAsk
from hub.stores.readings.database import Database
from hub.stores.readings.statements import columns, literal, run, steps_of, text_of
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import START, UNITS, FakeDimensions, Said, StillClock, batch_of

words = st.text("0123456789_abcXYZ", max_size=20)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(1 - 2**63, 2**63 - 1),
    st.dates(),
    st.datetimes(),
    words,
    st.lists(words, min_size=1, max_size=5),
)
NOT_WORDS = (
    "'",
    "a'; DROP TABLE reading; --",
    'a"b',
    "a b",
    "a;b",
    "$x",
    "\\",
    "-",
    "虚构",
    "é",
    "١",
    "a\n",
    "\0",
)


@pytest.fixture(name="cursor", scope="module")
def _cursor() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(values)
def test_a_literal_says_what_binding_the_value_says(cursor: duckdb.DuckDBPyConnection, value: Any) -> None:
    written = literal(value)
    assert cursor.execute(f"SELECT {written}").fetchall() == cursor.execute("SELECT $1", [value]).fetchall()


@given(st.text())
def test_any_text_arrives_as_it_is_or_is_bound(cursor: duckdb.DuckDBPyConnection, text: str) -> None:
    written = literal(text)
    assert written is None or cursor.execute(f"SELECT {written}").fetchall() == [(text,)]


@pytest.mark.parametrize("text", NOT_WORDS)
def test_what_is_not_one_word_of_ascii_is_bound(text: str) -> None:
    assert literal(text) is None
    assert literal(["word", text]) is None


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2026, 1, 1, tzinfo=UTC),
        2**63,
        -(2**63),
        2**128,
        1.5,
        b"x",
        [],
        [1],
        ["a", None],
        {"a": 1},
        ("a",),
    ],
)
def test_values_of_other_kinds_are_bound(value: Any) -> None:
    assert literal(value) is None


@pytest.mark.parametrize("text", [*NOT_WORDS, "nobody"])
def test_whatever_is_asked_for_by_name_is_only_looked_for(text: str) -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    store.commit(batch_of([Said(0, 40, Decimal(1))], "key", START))
    period = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
    assert store.balance(BalanceAsk(period, (), units=(text,))).num_rows == 0
    assert store.balance(BalanceAsk(period, (), units=(text, UNITS[0]))).num_rows == 1
    store.close()


@pytest.mark.parametrize(
    "name",
    sorted(
        file.name.removesuffix(".sql")
        for file in resources.files("hub.stores.readings").joinpath("sql").iterdir()
        if file.name.endswith(".sql")
    ),
)
def test_every_statement_is_cut_at_just_the_values_it_names(name: str) -> None:
    named = [set(found.named_parameters) for found in duckdb.extract_statements(text_of(name))]
    assert [set(step[1::2]) for step in steps_of(name)] == named


def _broken(_: int) -> pa.RecordBatch:
    raise OSError("could not be read")


class BreaksOnTheWay:
    """A cursor whose rows stop coming, and which says why only where it is asked for all of them at once."""

    def execute(self, _: str) -> None:
        """Begin."""

    def to_arrow_reader(self, _: int) -> pa.RecordBatchReader:
        """Rows until one fails."""

        return pa.RecordBatchReader.from_batches(pa.schema([]), map(_broken, range(1)))

    def to_arrow_table(self) -> pa.Table:
        """The cause."""
        raise duckdb.SerializationException("the cause")


def test_what_fails_while_rows_come_is_told_as_duckdb_tells_it() -> None:
    broken: Any = BreaksOnTheWay()
    with pytest.raises(duckdb.SerializationException, match="the cause"):
        columns(broken, "last_moment", {})


def test_rows_of_a_short_answer_are_duckdbs_own(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "readings.duckdb")) as database, database.reading() as cursor:
        assert columns(cursor, "last_moment", {}) == run(cursor, "last_moment").to_arrow_table()
