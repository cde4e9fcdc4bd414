"""Variables of `nengshu query`: JSON, but text where the question declares text."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import InvalidInput
from hub.cli.query import _declared_as_text, _variable

QUESTION = "query($province: String!, $first: Int, $codes: [String!]) { x }"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("province=970000", "970000"),
        ('province="970000"', "970000"),
        ("first=5", 5),
        ('codes=["970000"]', ["970000"]),
        ("first=many", "many"),
        ("province=", ""),
    ],
)
def test_a_value_is_json_or_text_as_the_question_declares(given: str, value: Any) -> None:
    assert _variable(given, _declared_as_text(QUESTION))[1] == value


def test_a_variable_without_a_value_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected name=value"):
        _variable("province", frozenset())


def test_a_question_that_cannot_be_read_declares_nothing() -> None:
    assert _declared_as_text("query(") == frozenset()
