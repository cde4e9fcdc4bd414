"""Scores in the registry: exact, one a key, an edition beside another, each province's own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import Quarter
from graph.model.region import RegionCode
from graph.model.score import Score
from graph.ports import Ask, Order, Upserted
from hub.stores.registry.columns import Points
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, invented_registry, listed, of_region, of_unit, unit

HERE = of_region("970000")


def score(province: str = "970000", **more: Any) -> dict[str, Any]:
    """A province's score of one index."""
    row = {"province": province, "quarter": "2026Q3", "formula": "trial", "edition": "2026 年版"}
    return {**row, "index_name": "完整率", "value": "0.912345", **more}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1)], WHO)
        yield made


def test_a_score_is_exact_and_another_edition_stands_beside_it(registry: Registry) -> None:
    assert registry.upsert("score", [score(), score(edition="2027 年版", value="0.9")], WHO).added == 2
    assert registry.upsert("score", [score(value=Decimal("0.912345"))], WHO) == Upserted(same=1)
    assert registry.upsert("score", [score(value="0.912346", rank=3)], WHO) == Upserted(changed=1)
    found = [(row["edition"], row["value"], row["rank"]) for row in listed(registry, "score")]
    assert found == [("2026 年版", Decimal("0.912346"), 3), ("2027 年版", Decimal("0.900000"), None)]


def test_scores_are_ordered_as_numbers(registry: Registry) -> None:
    values = ["9.5", "10", "-0.5", "100"]
    registry.upsert("score", [score(index_name=f"指标{value}", value=value) for value in values], WHO)
    page = registry.rows(Ask("score", order=Order("value"))).table
    assert page["value"].to_pylist() == sorted(map(Decimal, values))


def test_a_province_sees_and_writes_its_own_scores_alone(registry: Registry) -> None:
    registry.upsert("score", [score(), score("980000")], WHO)
    assert [row["province"] for row in listed(registry, "score", HERE)] == ["970000"]
    for outside in (of_region("970100"), of_unit(1)):
        assert listed(registry, "score", outside) == []
    assert registry.upsert("score", [score(value="0.5")], WHO, HERE) == Upserted(changed=1)
    for row, reach in ((score("980000"), HERE), (score(), of_unit(1)), (score(), of_region("970100"))):
        with pytest.raises(InvalidInput, match="outside"):
            registry.upsert("score", [row], WHO, reach)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"value": "0.1234567"}, "row 1, value: .*6 of them places"),
        ({"value": "NaN"}, "row 1, value: came 'NaN'"),
        ({"value": None}, "row 1, value: is missing"),
        ({"rank": 0}, "row 1, rank: came '0', expected a whole number from 1"),
        ({"quarter": "2026"}, "row 1, quarter: '2026' is not a quarter"),
        ({"formula": "一号"}, "row 1, formula: came '一号'"),
        ({"edition": None}, "row 1, edition: is missing"),
        ({"province": "970100"}, "row 1, province: came the city"),
        ({"province": "110000"}, "row 1: province: province 110000 is no region"),
    ],
)
def test_a_wrong_score_is_refused_with_its_reason(
    registry: Registry, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        registry.upsert("score", [score(**more)], WHO)
    assert listed(registry, "score") == []


@given(st.decimals(-(10**11), 10**11, places=6))
def test_a_value_is_kept_exactly(value: Decimal) -> None:
    column = Points()
    kept = column.process_bind_param(value, None)  # type: ignore[arg-type]  # no dialect is asked
    assert column.process_result_value(kept, None) == value  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize(("value", "rank"), [(Decimal("Infinity"), None), (Decimal(1), 0)])
def test_a_score_that_is_none_is_no_score(value: Decimal, rank: int | None) -> None:
    with pytest.raises(InvalidInput):
        Score(RegionCode("970000"), Quarter(2026, 3), "trial", "1", "完整率", value, rank)
