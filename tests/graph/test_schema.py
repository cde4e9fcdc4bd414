"""The schema as a whole: committed, described, one claim a root field, whatever fails said with a code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
    validate,
)

from graph.schema import FILE, Schema, queries, schema_text
from tests.graph.fakes import FakeSources, schema

FEDERATIONS_OWN = {"_entities", "_service", "FieldSet"}

# What the adapter of another hub asks for, word for word.
OTHER_HUB = """
query ($first: Int!, $after: String) {
  units(first: $first, after: $after) {
    nodes { creditCode name region industry tier rosterBatch } pageInfo { hasNextPage endCursor }
  }
  dataPoints(first: $first, after: $after) {
    nodes { unit code granularity since until low high instrument state } pageInfo { hasNextPage endCursor }
  }
  instruments { nodes { unit number typeCode level accuracyClass calibratedOn calibrationUntil } }
  platforms { nodes { province name mode operationAssured filedOn } }
  platformMilestones { nodes { province stage planned actual } }
  accessEndMilestones { nodes { unit stage planned actual } }
  quarterlyReports { nodes { province quarter state submittedOn problems suggestions } }
}
"""


def _core(of: Schema) -> GraphQLSchema:
    return of._schema


def _types() -> Iterator[GraphQLNamedType]:
    for name, kind in _core(schema()).type_map.items():
        if not name.startswith("_") and "__" not in name and name not in FEDERATIONS_OWN:
            yield kind


def _said() -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and member with its description."""
    for kind in _types():
        yield kind.name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", value.description) for name, value in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{kind.name}.{name}", field.description) for name, field in kind.fields.items())
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if name not in FEDERATIONS_OWN:
                    yield from _said_of(f"{kind.name}.{name}", field)


def _said_of(place: str, field: GraphQLField) -> Iterator[tuple[str, str | None]]:
    yield place, field.description
    yield from ((f"{place}({name}:)", argument.description) for name, argument in field.args.items())


def test_the_committed_schema_is_the_one_that_is_built() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run python -m graph.schema"


def test_every_type_field_argument_and_member_has_a_description() -> None:
    said = dict(_said())
    assert len(said) > 500
    assert [place for place, description in said.items() if not description] == []


def test_a_description_is_a_sentence() -> None:
    ours = {place: words for place, words in _said() if words and "." in place}
    assert [place for place, words in ours.items() if not words.endswith(".")] == []


def test_the_schema_composes_as_a_federation_subgraph_of_version_2_9() -> None:
    text = schema_text()
    assert 'url: "https://specs.apollo.dev/federation/v2.9"' in text
    for key in ("creditCode", "code", "province", "unit number", "unit code"):
        assert f'@key(fields: "{key}")' in text


@pytest.mark.anyio
async def test_a_gateway_is_told_the_text_that_was_printed_at_the_start() -> None:
    told = await schema().execute("{ _service { sdl } }", context_value=FakeSources().context())
    assert told.data is not None
    assert told.data["_service"]["sdl"] is schema().text, "it was printed anew"
    assert schema().text.rstrip() + "\n" == schema_text()


def test_what_the_adapter_of_another_hub_asks_for_is_valid() -> None:
    assert validate(_core(schema()), parse(OTHER_HUB)) == []


def test_two_nouns_never_claim_one_root_field(monkeypatch: pytest.MonkeyPatch) -> None:
    found = queries()
    monkeypatch.setattr("graph.schema.queries", lambda: {**found, "again": found["unit"]})
    with pytest.raises(TypeError, match="claimed twice: unit, units"):
        schema_text()
