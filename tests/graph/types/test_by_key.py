"""One row by its natural key: there, unknown, out of reach, malformed; whichever noun it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from graphql import GraphQLArgument, GraphQLEnumType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from graph.discover import modules_in
from graph.errors import InvalidInput
from graph.execution.arguments import NAME_MAX
from graph.execution.by_key import by_key
from graph.execution.nouns import Noun
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import COLUMNS, Row, code_of, unit_row

pytestmark = pytest.mark.anyio

NOUNS: dict[str, Noun[Any]] = {
    module.NOUN.name: module.NOUN for module in modules_in("graph.types").values() if hasattr(module, "NOUN")
}
EVERYBODYS = {"region", "bulletin"}  # a bulletin as soon as it is published
HERE, THERE = (Reach(region=RegionCode(code)) for code in ("910000", "920000"))
TEXTS = (code_of(1), "910000", "0000000002330011", "2026Q4", "some words")  # the first a key takes is one


def _arguments(noun: Noun[Any]) -> dict[str, GraphQLArgument]:
    root = schema()._schema.query_type
    assert root is not None
    return dict(root.fields[to_camel_case(noun.name)].args)


def _text_for(parse: Callable[[str], Any]) -> str:
    for text in TEXTS:
        with suppress(InvalidInput):
            parse(text)
            return text
    raise AssertionError(parse)


def _key_of(noun: Noun[Any]) -> dict[str, Any]:
    """A key of the noun, by the names of its columns, as a row has it."""
    found: dict[str, Any] = {}
    for name, parse in noun.key.items():
        kind = get_named_type(_arguments(noun)[to_camel_case(name)].type)
        if isinstance(kind, GraphQLEnumType):
            member = next(iter(kind.values.values())).value
            found[name] = member.value if isinstance(member, Enum) else member
        else:
            found[name] = {"Int": 1, "Count": 1, "Date": dt.date(2026, 1, 1)}.get(kind.name) or _text_for(
                parse
            )
    return found


def _said(noun: Noun[Any], key: Row) -> str:
    """The key as a question says it."""
    return ", ".join(
        f"{to_camel_case(name)}: {_literal(_arguments(noun)[to_camel_case(name)], value)}"
        for name, value in key.items()
    )


def _literal(argument: GraphQLArgument, value: Any) -> str:
    kind = get_named_type(argument.type)
    if isinstance(kind, GraphQLEnumType):
        return next(str(name) for name, member in kind.values.items() if member.value == value)
    return str(value) if isinstance(value, int) else f'"{value}"'


def _sources(noun: Noun[Any]) -> FakeSources:
    """One row of the noun with nothing in it but its key and what it cannot be without, of province 91."""
    needed = {"unit": unit_row(1), "region": {"level": "province"}, "access_device": {"place": 0}}.get(
        noun.name, {}
    )
    place = {"province": "910000"} if "province" in COLUMNS[noun.name] else {}
    rows = FakeRows({noun.name: [{**needed, **_key_of(noun), **place}]})
    return FakeSources(ledger=rows) if noun.in_ledger else FakeSources(rows)


async def _found(noun: Noun[Any], key: Row, reach: Reach | None = None) -> Any:
    sources = _sources(noun)
    if reach is not None:
        sources.reach = reach
    field = to_camel_case(noun.name)
    return (await sources.data(f"{{ {field}({_said(noun, key)}) {{ __typename }} }}"))[field]


@pytest.mark.parametrize("name", sorted(NOUNS))
async def test_a_row_is_found_by_its_key(name: str) -> None:
    noun = NOUNS[name]
    assert await _found(noun, _key_of(noun)) == {"__typename": noun.of.__name__}
    assert await _found(noun, _key_of(noun), HERE) == {"__typename": noun.of.__name__}


@pytest.mark.parametrize("name", sorted(set(NOUNS) - EVERYBODYS))
async def test_a_row_out_of_reach_looks_as_if_there_were_none(name: str) -> None:
    noun = NOUNS[name]
    assert await _found(noun, _key_of(noun), THERE) is None


async def test_a_division_is_everybodys() -> None:
    assert await _found(NOUNS["region"], {"code": "910000"}, THERE) == {"__typename": "Region"}


def _said_in_text(noun: Noun[Any], *more: str) -> list[str]:
    """The parts of its key that are texts or numbers; a wrong enumeration, day or Count is GraphQL's to refuse."""
    kinds = {part: get_named_type(_arguments(noun)[to_camel_case(part)].type).name for part in noun.key}
    return [part for part, kind in kinds.items() if kind in ("String", "Int", *more)]


OTHER_TEXTS = (code_of(2), "920000", "0000000001150011", "2026Q3", "other words")


@pytest.mark.parametrize("name", sorted(NOUNS))
async def test_a_key_of_nothing_is_null(name: str) -> None:
    noun, key = NOUNS[name], _key_of(NOUNS[name])
    part = _said_in_text(noun, "Count")[-1]
    key[part] = 2 if key[part] == 1 else OTHER_TEXTS[TEXTS.index(key[part])]
    assert await _found(noun, key) is None


TOO_LONG = "x" * (NAME_MAX + 1)  # which is no code, no quarter and no word either
PARTS = [(name, part) for name, noun in sorted(NOUNS.items()) for part in _said_in_text(noun)]


@pytest.mark.parametrize(("name", "part"), PARTS)
async def test_a_malformed_part_of_a_key_is_named(name: str, part: str) -> None:
    noun, key, field = NOUNS[name], _key_of(NOUNS[name]), to_camel_case(name)
    key[part] = -1 if key[part] == 1 else TOO_LONG
    sources = _sources(noun)
    extensions = (await sources.error(f"{{ {field}({_said(noun, key)}) {{ __typename }} }}"))["extensions"]
    assert extensions["place"] == to_camel_case(part)
    assert extensions["code"] in {"MALFORMED_CODE", "INVALID_INPUT", "TOO_LARGE"}
    assert sources.registry.asks == sources.ledger.asks == []


async def test_keys_asked_for_at_once_are_one_question() -> None:
    sources = FakeSources(FakeRows({"unit": [unit_row(1), unit_row(2)]}))
    units = " ".join(f'u{n}: unit(creditCode: "{code_of(n)}") {{ name }}' for n in (1, 2, 3))
    data = await sources.data(f"{{ {units} }}")
    assert [found and found["name"] for found in data.values()] == ["虚构钢铁1厂", "虚构钢铁2厂", None]
    assert sources.registry.asked("unit") == 1


async def test_a_coefficient_without_a_unit_is_another_than_a_units_own() -> None:
    noun = NOUNS["coefficient"]
    own, of_all = _key_of(noun), {**_key_of(noun), "unit": None}
    rows = [{**of_all, "kgce": Decimal("1.5")}, {**own, "kgce": Decimal("1.25"), "province": "910000"}]
    sources = FakeSources(FakeRows({"coefficient": rows}))
    unsaid = _said(noun, {part: value for part, value in own.items() if part != "unit"})
    asked = f"a: coefficient({unsaid}) {{ kgce unit }} b: coefficient({_said(noun, own)}) {{ kgce unit }}"
    data = await sources.data(f"{{ {asked} }}")
    assert data == {"a": {"kgce": "1.5", "unit": None}, "b": {"kgce": "1.25", "unit": code_of(1)}}
    assert sources.registry.asked("coefficient") == 1


async def test_a_province_is_asked_for_as_every_division_is() -> None:
    error = await FakeSources().error('{ province(code: "91") { name } }')
    assert error["extensions"] == {"code": "MALFORMED_CODE", "segment": "whole", "place": "code"}


def test_a_field_that_leaves_a_part_of_the_key_undescribed_is_not_made() -> None:
    with pytest.raises(
        TypeError, match=r"the key of data_point is \['unit', 'code'\], described are \['code'\]"
    ):
        by_key(NOUNS["data_point"], "The data point", code="Its code.")


async def test_an_edition_is_asked_for_as_long_as_it_is_kept() -> None:
    key = f'variety: "0101", basis: EQUIVALENT, source: DICTIONARY, edition: "{"长" * NAME_MAX}", since: "2026-01-01"'
    assert await FakeSources().data(f"{{ coefficient({key}) {{ kgce }} }}") == {"coefficient": None}


async def test_a_name_is_asked_for_as_it_is_kept() -> None:
    sources = FakeSources(FakeRows({"coefficient": []}))
    await sources.data('{ coefficients(filter: {edition: [" Cafe\u0301 "]}) { totalCount } }')
    assert [where.value for ask in sources.registry.asks for where in ask.where] == [("Caf\u00e9",)]
