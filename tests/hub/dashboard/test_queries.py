"""The pages' questions are valid against the committed schema, and few."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, validate
from graphql.language import OperationDefinitionNode

from hub.dashboard.shells import FOLDER
from tests.hub.dashboard.nation import schema

QUERIES = sorted((FOLDER / "static" / "queries").glob("*.graphql"))
OPERATIONS_MAX = 4  # of one page


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.stem)
def test_a_question_is_one_named_operation_the_schema_knows(file: Path) -> None:
    document = parse(file.read_text(encoding="utf-8"))
    assert validate(schema(), document) == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value.lower() == file.stem


def test_the_dashboard_asks_at_most_four_questions() -> None:
    script = (FOLDER / "static" / "dashboard.js").read_text(encoding="utf-8")
    asked = [file.stem for file in QUERIES if f'ask("{file.stem}"' in script]
    assert 0 < len(asked) <= OPERATIONS_MAX


def test_no_question_is_left_unasked() -> None:
    scripts = "".join(file.read_text(encoding="utf-8") for file in (FOLDER / "static").glob("*.js"))
    assert [
        file.stem for file in QUERIES if f'"{file.stem}"' not in scripts and f"{file.name}" not in scripts
    ] == []
