"""The SQL of the readings store: one file a question, always bound, never built from text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import duckdb


@cache
def text_of(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@cache
def _steps_of(name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The statements of a file with the names each binds; DuckDB binds one statement at a time."""
    with _parser().cursor() as cursor:
        return tuple(
            (found.query, frozenset(found.named_parameters))
            for found in cursor.extract_statements(text_of(name))
        )


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An engine that only reads statements, one for all of them: to start one takes as long as a commit."""
    return duckdb.connect(config={"threads": 1})


def run(
    cursor: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Execute `sql/<name>.sql`, binding of `values` just what each statement names; the last one's rows are there."""
    for query, names in _steps_of(name):
        if names:
            cursor.execute(query, {key: value for key, value in (values or {}).items() if key in names})
        else:
            cursor.execute(query)
    return cursor
