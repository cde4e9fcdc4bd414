"""Bulletins in the registry: the nation's to write, and everybody's to read once published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.ports import Upserted
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, invented_registry, listed, of_region, of_unit, unit

APPROVED: dict[str, Any] = {
    "state": "approved",
    "as_of_batch": 7,
    "ndrc_approved_on": "2026-11-01",
    "samr_approved_on": "2026-11-03",
}
PUBLISHED: dict[str, Any] = {**APPROVED, "state": "published", "published_on": "2026-11-05"}
READERS = [of_region("970000"), of_region("970100"), of_unit(1)]


def bulletin(quarter: str = "2026Q3", edition: int = 1, **more: Any) -> dict[str, Any]:
    """A bulletin's row, a draft unless more is said."""
    return {"quarter": quarter, "edition": edition, "title": "建设进展通报", "text": "……", **more}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1)], WHO)
        yield made


def test_a_bulletin_is_drafted_approved_and_published_under_its_quarter_and_edition(
    registry: Registry,
) -> None:
    assert registry.upsert("bulletin", [bulletin(), bulletin(edition=2)], WHO) == Upserted(added=2)
    key = {"quarter": "2026Q3", "edition": 1}
    steps: list[dict[str, Any]] = [{"ndrc_approved_on": "2026-11-01"}, APPROVED, PUBLISHED]
    for step in steps:
        assert registry.upsert("bulletin", [{**key, **step}], WHO) == Upserted(changed=1)
    states = [(row["edition"], row["state"], row["as_of_batch"]) for row in listed(registry, "bulletin")]
    assert states == [(1, "published", 7), (2, "draft", None)]


@pytest.mark.parametrize("reach", READERS, ids=str)
def test_before_publication_the_nation_alone_sees_a_bulletin(registry: Registry, reach: Any) -> None:
    rows = [bulletin("2026Q1", **PUBLISHED), bulletin("2026Q2", **APPROVED), bulletin("2026Q3")]
    registry.upsert("bulletin", rows, WHO)
    assert len(listed(registry, "bulletin")) == 3
    assert [row["quarter"] for row in listed(registry, "bulletin", reach)] == ["2026Q1"]


@pytest.mark.parametrize("reach", READERS, ids=str)
def test_no_province_and_no_unit_writes_a_bulletin(registry: Registry, reach: Any) -> None:
    registry.upsert("bulletin", [bulletin(**PUBLISHED)], WHO)
    with pytest.raises(InvalidInput, match="belongs to the nation, outside"):
        registry.upsert("bulletin", [bulletin(title="改")], WHO, reach)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"state": "approved"}, "row 1: state: a bulletin approved with 0 of two approvals"),
        (APPROVED | {"samr_approved_on": None}, "row 1: state: a bulletin approved with 1 of two"),
        (APPROVED | {"state": "draft"}, "row 1: state: a bulletin draft with 2 of two approvals"),
        (APPROVED | {"as_of_batch": None}, "row 1: asOfBatch: a bulletin approved says up to which batch"),
        (
            APPROVED | {"published_on": "2026-11-05"},
            "row 1: publishedOn: a bulletin approved with publication",
        ),
        (
            PUBLISHED | {"published_on": None},
            "row 1: publishedOn: a bulletin published with publication day N",
        ),
        (PUBLISHED | {"published_on": "2026-11-02"}, "row 1: publishedOn: .*before it was approved"),
        ({"published_on": "2026-11-02"}, "row 1: publishedOn: a bulletin draft with publication day"),
        ({"as_of_batch": 0}, "row 1, as_of_batch: came '0'"),
        ({"edition": 0}, "row 1, edition: came '0'"),
        ({"edition": None}, "row 1, edition: is missing"),
        ({"quarter": "2026"}, "row 1, quarter: '2026' is not a quarter"),
        ({"state": "secret"}, "row 1, state: came 'secret', expected one of draft, approved, published"),
        ({"title": " "}, "row 1, title: is empty"),
    ],
)
def test_a_wrong_bulletin_is_refused_with_its_reason(
    registry: Registry, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        registry.upsert("bulletin", [{**bulletin(), **more}], WHO)
    assert listed(registry, "bulletin") == []
