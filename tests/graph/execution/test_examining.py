"""What a document is refused for when it is registered is what it would be refused for when it is asked, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.execution.closed_schema import NotTheWhole
from graph.execution.examining import faults_of
from tests.graph.execution.hostile import FAULTY, QUESTIONS, TEXTS
from tests.graph.execution.test_guard import OWN
from tests.graph.fakes import schema

KNOWN = schema()._schema


@pytest.mark.parametrize("file", OWN, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_projects_own_questions_can_be_registered(file: Path) -> None:
    assert faults_of(file.read_text(encoding="utf-8"), KNOWN) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("{\n  nation {", ["2:11: Syntax Error: Expected Name, found <EOF>."]),
        (
            "{\n  nation { unitsTotl }\n}",
            ["2:12: Cannot query field 'unitsTotl' on type 'Nation'. Did you mean 'unitsTotal'?"],
        ),
        (
            "query A { nation { a b } }",
            [
                f"1:{place}: Cannot query field '{name}' on type 'Nation'."
                for place, name in ((20, "a"), (22, "b"))
            ],
        ),
        ("fragment A on Query { __typename }", ["expected a query, a mutation or a subscription"]),
        ("", ["1:1: Syntax Error: Unexpected <EOF>."]),
    ],
    ids=["no GraphQL", "a misspelt field", "two fields", "a fragment", "nothing"],
)
def test_each_fault_is_told_with_its_place(text: str, faults: list[str]) -> None:
    assert faults_of(text, KNOWN) == faults


@pytest.mark.parametrize("text", [query for query, _ in (TEXTS | QUESTIONS).values()], ids=TEXTS | QUESTIONS)
def test_what_costs_too_much_is_never_registered(text: str) -> None:
    (fault,) = faults_of(text, KNOWN)
    assert fault.startswith("the question is too complex: ")


@pytest.mark.parametrize("text", [query for query, sent in FAULTY.values() if not sent])
def test_what_is_not_valid_is_never_registered(text: str) -> None:
    assert faults_of(text, KNOWN)


def test_a_schema_that_is_closed_is_closed_to_documents_too() -> None:
    text = "{ __schema { queryType { name } } }"
    assert faults_of(text, KNOWN) == []
    (fault,) = faults_of(text, KNOWN, [NotTheWhole])
    assert fault.startswith("1:3: __schema is closed here")
