"""Our subgraph composes with another one, for every composer of federation there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.schema import FILE
from tests.conformance.others import said_by
from tests.needs import CONFORMANCE

COMPOSERS = {"apollo", "guild", "wundergraph"}
INSPECTIONS = CONFORMANCE / "inspections.graphql"

pytestmark = pytest.mark.slow


def composed(inspections: Path) -> dict[str, dict[str, Any]]:
    """What each composer makes of the hub and the visits of inspectors to its units."""
    found: dict[str, dict[str, Any]] = said_by("compose.mjs", f"hub={FILE}", f"inspections={inspections}")
    assert set(found) == COMPOSERS
    return found


def test_every_composer_joins_the_hub_with_a_subgraph_that_extends_its_units() -> None:
    expected = {"composed": True, "fields": ["creditCode", "name", "visits"], "errors": []}
    assert composed(INSPECTIONS) == dict.fromkeys(COMPOSERS, expected)


def test_every_composer_refuses_a_subgraph_that_speaks_of_units_otherwise(tmp_path: Path) -> None:
    wrong = tmp_path / "inspections.graphql"
    wrong.write_text(
        INSPECTIONS.read_text(encoding="utf-8").replace("creditCode: String!", "creditCode: Int!")
    )
    for said in composed(wrong).values():
        assert not said["composed"]
        assert "creditCode" in " ".join(said["errors"])
