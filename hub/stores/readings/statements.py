"""The SQL of the readings store: one file a question, its values bound or written as literals that can be nothing else.

Python's DuckDB plans a statement twice when it binds anything, and looks in vain for pandas with each value it binds, which
together took as long as the answer (docs/adr/0018). So moments, days, numbers and words are written into the text, and
whatever else is bound.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa

from hub.stores.readings.interrupting import current

ROWS_AT_ONCE = 2**17  # in one piece: more than a page has
_INTEGERS = 2**63  # beyond it a literal would be of another kind than the value bound
_NAMED = re.compile(r"\$([a-z_][a-z_0-9]*)")
_WORD = re.compile(r"[0-9A-Za-z_]*", re.ASCII)


@cache
def text_of(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@cache
def steps_of(name: str) -> tuple[tuple[str, ...], ...]:
    """The statements of a file, each cut where it names a value: text, name, text, name, text."""
    with _parser().cursor() as cursor:
        return tuple(tuple(_NAMED.split(found.query)) for found in cursor.extract_statements(text_of(name)))


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An engine that only reads statements, one for all of them: to start one takes as long as a commit."""
    return duckdb.connect(config={"threads": 1})


def run(
    cursor: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Execute `sql/<name>.sql` with of `values` just what each statement names; the last one's rows are there.

    Raises StoreError before a statement for which nobody waits any more.
    """
    stop = current()
    for step in steps_of(name):
        stop.check()
        query, bound = filled(step, values or {})
        if bound:
            cursor.execute(query, bound)
        else:
            cursor.execute(query)
    return cursor


def columns(cursor: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, Any]) -> pa.Table:
    """The rows of a short answer outside a transaction, a fifth of a millisecond sooner than DuckDB's own table of them."""
    try:
        return run(cursor, name, values).to_arrow_reader(ROWS_AT_ONCE).read_all()
    except OSError:  # what fails on the way says no more than its text: asked so, DuckDB says what it was
        return run(cursor, name, values).to_arrow_table()


def filled(step: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text of a statement with its literals, and what is left to be bound."""
    pieces, bound = list(step), {}
    for place in range(1, len(step), 2):
        name = step[place]
        written = literal(values[name])
        if written is None:
            bound[name] = values[name]
            written = f"${name}"
        pieces[place] = written
    return "".join(pieces), bound


def literal(value: Any) -> str | None:
    """A value as SQL, or None where it has to be bound: a text is written only if it is one word of ASCII."""
    kind = type(value)
    if value is None:
        return "NULL"
    if kind is bool or (kind is int and abs(value) < _INTEGERS):
        return f"({value})"
    if kind is dt.date:
        return f"DATE '{value.isoformat()}'"
    if kind is dt.datetime and value.tzinfo is None:
        return f"TIMESTAMP '{value.isoformat(' ')}'"
    if kind is str:
        return f"'{value}'" if _WORD.fullmatch(value) else None
    if kind is list and value:
        written = [literal(each) for each in value if type(each) is str]
        return None if None in written or len(written) < len(value) else f"[{', '.join(map(str, written))}]"
    return None
