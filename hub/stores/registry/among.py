"""Many texts sent to the database as one value, which it takes apart again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Among(FunctionElement[str]):
    """What stands behind IN: these texts, a row each."""

    inherit_cache = True
    type = String()

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(literal(json.dumps(texts), String()))


@compiles(Among, "sqlite")
def _of_sqlite(among: Among, compiler: SQLCompiler, **rest: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(among.clauses, **rest)}))"  # noqa: S608 - a bound value's name


@compiles(Among, "postgresql")
def _of_postgresql(among: Among, compiler: SQLCompiler, **rest: Any) -> str:
    return f"(SELECT json_array_elements_text(CAST({compiler.process(among.clauses, **rest)} AS json)))"
