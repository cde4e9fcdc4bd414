"""Who built on the released schema (graph/released.graphql) is not broken unsaid: each change that breaks is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

from graph.schema import FILE
from tests.house.tree import ROOT

RELEASED = FILE.with_name("released.graphql")
BREAKING = "Breaking: "


def schema_of(text: str) -> GraphQLSchema:
    """A schema of its definition; federation's own directives are nowhere defined."""
    return build_schema(text, assume_valid_sdl=True)


def untold(released: str, now: str, changelog: str) -> list[str]:
    """Lines the CHANGELOG needs and does not have among what is not released yet."""
    unreleased = " ".join(changelog.partition("## Unreleased")[2].partition("\n## ")[0].split())
    changes = find_breaking_changes(schema_of(released), schema_of(now))
    needed = [f"{BREAKING}{change.description}" for change in changes]
    return [line for line in needed if line not in unreleased]


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (("saveUnits(", "putUnits("), "Field Mutation.saveUnits was removed."),
        (("  rosterBatch: Int\n", "  roster: Int\n"), "Field UnitInput.rosterBatch was removed."),
        (
            ("  industry: String\n", "  industry: String!\n"),
            "Field UnitInput.industry changed type from String to String!.",
        ),
    ],
)
def test_what_breaks_a_mutation_is_asked_for_too(now: tuple[str, str], line: str) -> None:
    text = FILE.read_text("utf-8")
    assert now[0] in text
    assert untold(text, text.replace(*now), "## Unreleased\n") == [f"{BREAKING}{line}"]


def test_every_breaking_change_since_the_release_is_told() -> None:
    missing = untold(
        RELEASED.read_text("utf-8"), FILE.read_text("utf-8"), (ROOT / "CHANGELOG.md").read_text("utf-8")
    )
    assert missing == [], f"CHANGELOG.md, Unreleased, needs: {missing}"


OLD = """type Query { unit(code: String): Unit }
type Unit { name: String! kind: Kind }
enum Kind { A B }"""


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (OLD.replace("name: String! ", ""), "Field Unit.name was removed."),
        (
            OLD.replace("name: String!", "name: String"),
            "Field Unit.name changed type from String! to String.",
        ),
        (
            OLD.replace("code: String", "code: String, day: Int!"),
            "A required argument Query.unit(day:) was added.",
        ),
        (OLD.replace("A B", "A"), "Enum value Kind.B was removed."),
        (OLD.replace("name: String!", "name: String! city: String"), None),
        (OLD.replace("A B", "A B C"), None),
    ],
)
def test_what_breaks_is_asked_for_and_what_adds_is_not(new: str, line: str | None) -> None:
    lines: Sequence[str] = [] if line is None else [f"{BREAKING}{line}"]
    assert untold(OLD, new, "## Unreleased\n") == lines
    told = f"## Unreleased\n- {BREAKING}{line} Take another.\n"
    assert untold(OLD, new, told) == []
    assert untold(OLD, new, f"## Unreleased\n\n## 1.0\n- {BREAKING}{line}\n") == lines
