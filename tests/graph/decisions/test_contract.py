"""What every mutation must keep, whichever file it stands in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from strawberry.utils.str_converters import to_camel_case

from graph.decisions._saving import ROWS_MAX
from graph.discover import modules_in
from graph.errors import StoreError
from graph.execution.guard import COST_MAX
from graph.execution.nouns import Noun
from graph.fields import DECIDED
from graph.model.principal import Role
from graph.schema import mutations, schema_text
from tests.graph.fake_writer import FakeWriter
from tests.graph.fakes import FakeSources, schema

FOUND = modules_in("graph.decisions")
OF_A_READING = {"Decimal", "DateTime"}  # its value and its moment


def _mutations(of: GraphQLSchema) -> dict[str, GraphQLField]:
    root = of.mutation_type
    assert root is not None
    return dict(root.fields)


MUTATIONS = _mutations(schema()._schema)
EACH = pytest.mark.parametrize("name", sorted(MUTATIONS))
DECIDERS = frozenset({Role.READ, Role.DECIDE})


def _argument(name: str) -> tuple[str, GraphQLArgument]:
    ((argument, found),) = MUTATIONS[name].args.items()
    return argument, found


def _input(name: str) -> GraphQLInputObjectType:
    found = get_named_type(_argument(name)[1].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


def _saved(name: str) -> GraphQLObjectType:
    found = get_named_type(MUTATIONS[name].type)
    assert isinstance(found, GraphQLObjectType)
    return found


def _noun(name: str) -> Noun[object]:
    row = get_named_type(_saved(name).fields["row"].type).name
    (noun,) = (module.NOUN for module in FOUND.values() if module.NOUN.of.__name__ == row)
    assert isinstance(noun, Noun)
    return noun


def test_every_noun_that_is_decided_has_one_mutation() -> None:
    nouns = "access_device access_end_milestone data_point instrument link platform platform_milestone"
    nouns += " quarterly_report unit waiver"
    assert sorted(mutations()) == sorted(_noun(name).name for name in MUTATIONS)
    assert set(nouns.split()) <= set(mutations())


@EACH
def test_a_mutation_takes_rows_and_answers_each(name: str) -> None:
    argument, found = _argument(name)
    kind = get_named_type(found.type).name
    assert str(found.type) == f"[{kind}!]!"
    assert str(MUTATIONS[name].type) == f"[{_saved(name).name}!]!"
    assert name == f"save{argument[0].upper()}{argument[1:]}"
    kinds = {field: str(of.type) for field, of in _saved(name).fields.items()}
    row = f"{_noun(name).of.__name__}!"
    told = {"changes": "[FieldChange!]!", "audit": "AuditEntry", "latest": "Count!"}
    assert kinds == {"row": row, **told}


@EACH
def test_the_key_of_a_row_is_needed_and_nothing_else(name: str) -> None:
    needed = {field for field, of in _input(name).fields.items() if is_non_null_type(of.type)}
    assert needed == {to_camel_case(part) for part in _noun(name).key}


@EACH
def test_a_row_that_is_not_given_a_field_says_nothing_of_it(name: str) -> None:
    assert [
        field for field, of in _input(name).fields.items() if of.ast_node and of.ast_node.default_value
    ] == []
    assert str(_input(name).fields["ifLatest"].type) == "Count"


# ---- who may --------------------------------------------------------------------------------------------


@pytest.mark.anyio
@EACH
@pytest.mark.parametrize("roles", [set(), {Role.READ}, set(Role) - {Role.DECIDE}])
async def test_who_has_not_the_role_decides_nothing(name: str, roles: set[Role]) -> None:
    sources = FakeSources(roles=frozenset(roles))
    error = await sources.error(f"mutation {{ {name}({_argument(name)[0]}: []) {{ latest }} }}")
    assert error["extensions"] == {"code": "FORBIDDEN", "noun": DECIDED[name]}
    assert error["message"] == "client tester has no role 'decide'"
    assert sources.writer.decided == []


@pytest.mark.anyio
@EACH
@pytest.mark.parametrize(("rows", "code"), [(0, "INVALID_INPUT"), (ROWS_MAX + 1, "TOO_LARGE")])
async def test_no_row_and_too_many_are_refused(name: str, rows: int, code: str) -> None:
    sources, (argument, found) = FakeSources(roles=DECIDERS), _argument(name)
    given = [dict.fromkeys(_needed(name), "x") for _ in range(rows)]
    question = f"mutation ($rows: {found.type}) {{ {name}({argument}: $rows) {{ latest }} }}"
    error = await sources.error(question, rows=[row | _stage(name) for row in given])
    assert error["extensions"] == {"code": code, "place": argument}
    assert sources.writer.decided == []


def _needed(name: str) -> list[str]:
    return [field for field, of in _input(name).fields.items() if is_non_null_type(of.type)]


def _stage(name: str) -> dict[str, str]:
    """Of the key, what is a member of an enumeration: the first."""
    kinds = {field: get_nullable_type(_input(name).fields[field].type) for field in _needed(name)}
    return {field: next(iter(kind.values)) for field, kind in kinds.items() if hasattr(kind, "values")}


HEAVY = (
    "row { owner { instruments { owner { instruments { owner { dataPoints { code } instruments { number } } } "
    "dataPoints { code instrument } waivers { unit energy } } } } }"
)
WAYS = {
    "written out": "mutation { saveInstruments(instruments: [ROWS]) { HEAVY } }",
    "a variable": "mutation ($rows: [InstrumentInput!]!) { saveInstruments(instruments: $rows) { HEAVY } }",
    "a variable's default": (
        "mutation ($other: [InstrumentInput!]! = [ROWS]) { saveInstruments(instruments: $other) { HEAVY } }"
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("rows", "is_refused"), [(1, False), (40, True)])
@pytest.mark.parametrize("way", WAYS)
async def test_the_guard_counts_the_rows_of_a_mutation_however_they_come(
    way: str, rows: int, is_refused: bool
) -> None:
    sources = FakeSources(roles=DECIDERS, writer=FakeWriter(StoreError("the guard let it through")))
    given = [{"unit": "x", "number": str(n)} for n in range(rows)]
    written = " ".join(f'{{unit: "x", number: "{n}"}}' for n in range(rows))
    question = WAYS[way].replace("ROWS", written).replace("HEAVY", HEAVY)
    error = await sources.error(question, **({"rows": given} if "$rows" in question else {}))
    assert error["extensions"]["code"] == ("QUERY_TOO_COMPLEX" if is_refused else "STORE_ERROR")
    assert (f"cost: at most {COST_MAX}" in error["message"]) is is_refused


# ---- readings -------------------------------------------------------------------------------------------


def readings_in(of: GraphQLSchema) -> list[str]:
    """Mutations whose input, however deep, holds what a reading is made of."""
    return [
        name
        for name, field in _mutations(of).items()
        for argument in field.args.values()
        if OF_A_READING & set(_below(get_named_type(argument.type), set()))
    ]


def _below(kind: object, seen: set[str]) -> Iterator[str]:
    """The names of all types an input is made of."""
    name = str(kind)
    if name in seen:
        return
    seen.add(name)
    yield name
    if isinstance(kind, GraphQLInputObjectType):
        for field in kind.fields.values():
            yield from _below(get_named_type(field.type), seen)


def test_no_mutation_takes_readings() -> None:
    assert readings_in(schema()._schema) == []


@pytest.mark.parametrize("kind", sorted(OF_A_READING))
def test_a_mutation_that_takes_readings_is_seen_however_deep_they_are(kind: str) -> None:
    more = f"input Said {{ x: {kind} }} input Batch {{ said: [Said!], again: Batch }}"
    text = schema_text().replace(
        "type Mutation {", f"{more} type Mutation {{ saveReadings(in: [Batch!]!): Int", 1
    )
    assert readings_in(build_schema(text, assume_valid_sdl=True)) == ["saveReadings"]


def test_two_nouns_never_claim_one_mutation(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mutations()
    monkeypatch.setattr("graph.schema.mutations", lambda: {**found, "again": found["unit"]})
    with pytest.raises(TypeError, match="claimed twice: save_units"):
        schema_text()
