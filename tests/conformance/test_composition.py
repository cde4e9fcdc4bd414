"""Our subgraph composes with another one for three composers, and two gateways answer across both."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from graph.schema import FILE
from tests.conformance.others import Served, hub_in, said_by
from tests.hub.invented_hub import JIA, units_of
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


def answered(gateway: str, hub: Served, unit: str, question: str) -> Any:
    """What a gateway prints of a question to both subgraphs, one visit to this unit in the other one."""
    return said_by(gateway, hub.address, str(FILE), str(INSPECTIONS), unit, question, TOKEN=hub.token)


def test_two_gateways_answer_one_question_from_both(tmp_path: Path) -> None:
    unit = units_of(JIA)[1]
    question = "{ visits { day unit { creditCode name } } }"
    visited = {"day": "2026-10-01", "unit": {"creditCode": unit.code, "name": unit.name}}
    with hub_in(tmp_path) as hub:
        assert answered("gateway.mjs", hub, unit.code, question) == {"data": {"visits": [visited]}}
        said = answered("hive.mjs", hub, unit.code, question)
    assert said["answer"] == {"data": {"visits": [visited]}}
    assert set(said["asked"]) == {
        "inspections.invalid",
        urlsplit(hub.address).netloc,
    }  # and nobody is told of it


def test_two_gateways_pass_on_why_the_hub_refuses(tmp_path: Path) -> None:
    question = "{ visits { unit { name } } }"
    with hub_in(tmp_path) as hub:
        said = [
            answered("gateway.mjs", hub, "no code", question),
            answered("hive.mjs", hub, "no code", question)["answer"],
        ]
    for answer in said:
        assert answer["errors"][0]["extensions"]["code"] == "MALFORMED_CODE"
        assert answer["errors"][0]["extensions"]["requestId"]
