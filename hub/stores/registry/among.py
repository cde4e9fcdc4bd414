"""Many texts sent to the database as one value, which it takes apart again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# How each database takes the list apart; what is put in is the place of a bound value.
OF_SQLITE = "(SELECT value FROM json_each({}))"
OF_POSTGRESQL = "(SELECT json_array_elements_text(CAST({} AS json)))"


class Among(FunctionElement[str]):
    """What stands behind IN: these texts, a row each."""

    inherit_cache = True
    type = String()

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(literal(json.dumps(texts), String()))


@compiles(Among, "sqlite")
def _of_sqlite(among: Among, compiler: SQLCompiler, **rest: Any) -> str:
    return OF_SQLITE.format(compiler.process(among.clauses, **rest))


@compiles(Among, "postgresql")
def _of_postgresql(among: Among, compiler: SQLCompiler, **rest: Any) -> str:
    return OF_POSTGRESQL.format(compiler.process(among.clauses, **rest))
