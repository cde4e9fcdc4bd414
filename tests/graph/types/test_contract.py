"""What every noun must keep, whichever file it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from graph.discover import modules_in
from graph.execution.batched import BATCH
from graph.execution.by_key import Lookup
from graph.execution.nouns import Noun
from graph.ports import ROWS_PER_PAGE_MAX
from graph.schema import queries, subscriptions
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import COLUMNS, province_row

NOUNS = sorted(queries())
ROWS = {name: module.NOUN for name, module in modules_in("graph.types").items() if hasattr(module, "NOUN")}
BOUNDS = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
OTHERS = {"live", "live_coverage"}  # asked of another hub, which has no columns
PAGE_ARGUMENTS = {"filter", "orderBy", "descending", *BOUNDS}


def _roots(noun: str) -> dict[str, GraphQLField]:
    root = schema()._schema.query_type
    assert root is not None
    names = schema().config.name_converter
    definition = get_object_definition(queries()[noun], strict=True)
    return {names.from_field(field): root.fields[names.from_field(field)] for field in definition.fields}


def _connections() -> dict[str, GraphQLField]:
    """Every field that leads to a page, below other rows too."""
    kinds = [kind for kind in schema()._schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    fields = {f"{kind.name}.{name}": field for kind in kinds for name, field in kind.fields.items()}
    return {place: f for place, f in fields.items() if get_named_type(f.type).name.endswith("Connection")}


def _lists() -> dict[str, GraphQLField]:
    roots = {name: field for noun in NOUNS for name, field in _roots(noun).items()}
    return {name: field for name, field in roots.items() if "after" in field.args}


def _lookups() -> dict[str, GraphQLField]:
    """The root fields that gateways may find an entity through."""
    fields = {name: field for noun in NOUNS for name, field in _roots(noun).items()}
    definitions = {name: f.extensions[GraphQLCoreConverter.DEFINITION_BACKREF] for name, f in fields.items()}
    return {name: fields[name] for name, found in definitions.items() if Lookup() in found.directives}


def _not_found_by_key(nouns: Iterable[Noun[Any]]) -> list[str]:
    """Nouns without a root field that is called so, takes their key as it stands in a row, and gives one or null."""
    found = {name: (str(field.type), _taken(field)) for name, field in _lookups().items()}
    return [noun.name for noun in nouns if found.get(to_camel_case(noun.name)) != _asked_of(noun)]


def _taken(field: GraphQLField) -> dict[str, str]:
    return {name: str(argument.type) for name, argument in field.args.items()}


def _asked_of(noun: Noun[Any]) -> tuple[str, dict[str, str]]:
    of = schema()._schema.type_map[noun.of.__name__]
    assert isinstance(of, GraphQLObjectType)
    return of.name, {name: str(of.fields[name].type) for name in map(to_camel_case, noun.key)}


def test_every_noun_with_a_key_is_found_by_it() -> None:
    assert len(ROWS) >= 15
    assert _not_found_by_key(ROWS.values()) == []


def test_a_noun_that_is_not_found_by_its_key_is_seen() -> None:
    nameless = replace(ROWS["unit"], name="bulletin")
    keyed_otherwise = replace(ROWS["unit"], key={"name": str})
    assert _not_found_by_key([nameless, keyed_otherwise]) == ["bulletin", "unit"]


def test_a_gateway_finds_an_entity_through_one_field_and_no_other() -> None:
    assert sorted(_lookups()) == sorted(to_camel_case(noun.name) for noun in ROWS.values())


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_has_root_fields(noun: str) -> None:
    assert _roots(noun)


@pytest.mark.parametrize("noun", NOUNS)
def test_no_root_field_of_a_noun_is_a_bare_list(noun: str) -> None:
    bare = [name for name, field in _roots(noun).items() if is_list_type(get_nullable_type(field.type))]
    assert bare == []


@pytest.mark.parametrize("noun", sorted(subscriptions()))
def test_what_a_noun_tells_is_one_row_of_it_and_described(noun: str) -> None:
    root = schema()._schema.subscription_type
    assert root is not None
    names = schema().config.name_converter
    for field in get_object_definition(subscriptions()[noun], strict=True).fields:
        found = root.fields[names.from_field(field)]
        assert is_non_null_type(found.type)
        assert get_named_type(found.type).name == ROWS[noun].of.__name__
        assert found.description
        assert all(argument.description for argument in found.args.values())


@pytest.mark.parametrize("name", sorted(_lists()))
def test_a_list_is_a_connection_with_filter_order_and_page(name: str) -> None:
    field = _lists()[name]
    page = get_named_type(field.type)
    assert isinstance(page, GraphQLObjectType)
    assert page.name.endswith("Connection")
    assert {"nodes", "edges", "pageInfo", "totalCount", "coverage"} == set(page.fields)
    assert set(field.args) >= PAGE_ARGUMENTS


def test_there_are_connections_below_rows_too() -> None:
    assert {"Region.units", "Batch.rejections"} <= set(_connections())


@pytest.mark.parametrize("place", sorted(_connections()))
def test_every_connection_is_paged_from_both_ends(place: str) -> None:
    arguments = _connections()[place].args
    assert {name: str(arguments[name].type) for name in BOUNDS if name in arguments} == BOUNDS


@pytest.mark.anyio
@pytest.mark.parametrize("bounds", ["", "(last: 3)"])
@pytest.mark.parametrize("name", sorted(_lists()))
async def test_an_empty_list_is_an_empty_page(name: str, bounds: str) -> None:
    ends = "hasNextPage hasPreviousPage startCursor endCursor"
    page = f"nodes {{ __typename }} edges {{ cursor }} totalCount pageInfo {{ {ends} }}"
    data = await FakeSources().data(f"{{ {name}{bounds} {{ {page} }} }}")
    empty = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert data[name] == {"nodes": [], "edges": [], "totalCount": 0, "pageInfo": empty}


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(_lists()))
async def test_every_list_says_what_it_rests_on_in_each_province(name: str) -> None:
    sources = FakeSources(FakeRows({"region": [province_row(91)]}))
    data = await sources.data(f"{{ {name} {{ coverage {{ province rows }} }} }}")
    row = {"province": "910000", "rows": int(name in ("regions", "provinces"))}
    assert data[name]["coverage"] == ([] if name == "bulletins" else [row])


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(_lists()))
async def test_every_order_of_a_list_is_a_column_the_source_has(name: str) -> None:
    orders = get_named_type(_lists()[name].args["orderBy"].type)
    assert isinstance(orders, GraphQLEnumType)
    for member in orders.values:
        await FakeSources().data(
            f"{{ {name}(orderBy: {member}, descending: true) {{ nodes {{ __typename }} }} }}"
        )


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(_lists()))
async def test_a_page_past_the_limit_is_refused(name: str) -> None:
    for end in ("first", "last"):
        for rows in (0, ROWS_PER_PAGE_MAX + 1):
            error = await FakeSources().error(f"{{ {name}({end}: {rows}) {{ totalCount }} }}")
            assert error["extensions"] == {"code": "INVALID_INPUT", "place": end}
            assert error["path"] == [name]


@pytest.mark.anyio
@pytest.mark.parametrize("name", sorted(_lists()))
async def test_a_page_from_both_ends_at_once_is_refused(name: str) -> None:
    error = await FakeSources().error(f"{{ {name}(first: 2, last: 2) {{ totalCount }} }}")
    assert error["extensions"] == {"code": "INVALID_INPUT", "place": "last"}
    assert error["message"] == "last: came beside first; a page is counted from one end of the list"


@pytest.mark.parametrize("noun", sorted(ROWS))
def test_a_noun_reads_columns_its_source_has(noun: str) -> None:
    found = ROWS[noun]
    assert isinstance(found, Noun)
    assert found.order in {"id", *COLUMNS[found.name]}
    assert set(found.key) <= {"id", *COLUMNS[found.name]}


@pytest.mark.parametrize("noun", sorted(ROWS))
def test_a_field_of_a_row_is_a_column_or_batched(noun: str) -> None:
    for field in get_object_definition(ROWS[noun].of, strict=True).fields:
        assert isinstance(field, StrawberryField)
        assert field.is_basic_field or BATCH in field.metadata or field.python_name in OTHERS, (
            field.python_name
        )


@pytest.mark.parametrize("noun", sorted(ROWS))
def test_a_keyed_type_is_an_entity(noun: str) -> None:
    of = ROWS[noun].of
    directives = get_object_definition(of, strict=True).directives
    assert bool(directives) == (of.__name__ in schema().entities)
