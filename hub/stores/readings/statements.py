"""The SQL of the readings store: one file a question, always bound, never built from text."""

from __future__ import annotations

import re
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
def _names_in(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\$([a-z_]+)", text_of(name)))


def run(
    cursor: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Execute `sql/<name>.sql`, binding of `values` just what it names."""
    names = _names_in(name)
    bound = {key: value for key, value in (values or {}).items() if key in names}
    return cursor.execute(text_of(name), bound) if names else cursor.execute(text_of(name))
