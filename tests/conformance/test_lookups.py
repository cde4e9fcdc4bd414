"""Fields marked `@lookup` are no business of federation's composers: they take subgraphs that have them, and say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.schema import FILE
from tests.conformance.test_composition import COMPOSERS, INSPECTIONS, composed

pytestmark = pytest.mark.slow
DEFINITION = "directive @lookup on FIELD_DEFINITION\n"
VISIT = "  visit(day: String!): Visit @lookup\n"


def _inspections(tmp_path: Path, definition: str) -> Path:
    """The invented subgraph with a lookup of its own."""
    text = INSPECTIONS.read_text(encoding="utf-8")
    found = tmp_path / "inspections.graphql"
    found.write_text(f"{text.replace('type Query {', 'type Query {' + chr(10) + VISIT, 1)}\n{definition}")
    return found


def test_every_composer_joins_two_subgraphs_with_lookups(tmp_path: Path) -> None:
    assert FILE.read_text(encoding="utf-8").count(" @lookup\n") >= 15
    expected = {"composed": True, "fields": ["creditCode", "name", "visits"], "errors": []}
    assert composed(_inspections(tmp_path, DEFINITION)) == dict.fromkeys(COMPOSERS, expected)


def test_a_lookup_that_nobody_defines_is_refused_by_every_composer(tmp_path: Path) -> None:
    for said in composed(_inspections(tmp_path, "")).values():
        assert not said["composed"]
        assert "lookup" in " ".join(said["errors"])
