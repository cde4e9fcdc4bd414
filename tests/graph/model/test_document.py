"""A document's name is made of its text, as the appendix of GraphQL over HTTP makes it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.document import ID_CHARACTERS, PREFIX, id_of


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (
            "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}",
            "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e",
        ),
        (
            "query($id:ID!){user(id:$id){name}}",
            "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b",
        ),
    ],
)
def test_the_specifications_own_examples(text: str, digest: str) -> None:
    assert id_of(text) == PREFIX + digest


@given(st.text(), st.text())
def test_two_texts_have_two_names(one: str, other: str) -> None:
    assert (id_of(one) == id_of(other)) == (one == other)


@given(st.text())
def test_a_name_is_the_specifications(text: str) -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", id_of(text))
    assert len(id_of(text)) == ID_CHARACTERS
