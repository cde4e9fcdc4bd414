"""The schema's fields as questions, for whoever walks over all of them: each with what it needs, and a row to show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from strawberry.utils.str_converters import to_camel_case

from graph.discover import modules_in
from graph.execution.nouns import Noun
from graph.fields import READ
from graph.model.principal import NATION, OrganisationKind, Principal, Reach, Role
from graph.model.rights import GIVEN, rule_of
from graph.schema import build_schema
from hub.endpoints.answers import context_of
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, of_province, of_unit, units_of
from tests.hub.members import parts_of

UNIT, OTHER = units_of(JIA)[1].code, units_of(YI)[1].code
REACHES: Mapping[OrganisationKind, Reach] = {
    OrganisationKind.NATIONAL_AGENCY: NATION,
    OrganisationKind.PROVINCIAL_DEPARTMENT: of_province(JIA),
    OrganisationKind.CONSTRUCTION_BODY: of_province(JIA),
    OrganisationKind.UNIT: of_unit(UNIT),
    OrganisationKind.AUDITOR: of_province(JIA),
}
PERIOD = '{month: "2026-10"}'
VALUES = {  # of arguments that have to be given
    "PeriodInput": PERIOD, "Granularity": "DAY", "Dimension": "[PROVINCE]", "Basis": "CALORIFIC", "quarter": '"2026Q3"',
    "HopDimension": "[PROVINCE]", "unit": f'"{UNIT}"',
}  # fmt: skip
PATHS = {  # how rows are come by that no list shows
    "DeviceDay": "accessDevices { nodes { days { %s } } }",
    "DeviceSeen": "accessDevices { nodes { seen { %s } } }",
    "Nation": "nation { %s }",
    "Completeness": f"completeness(period: {PERIOD}, groupBy: [PROVINCE]) {{ %s }}",
    "CompletenessByHop": f"completenessByHop(period: {PERIOD}, groupBy: [PROVINCE]) {{ %s }}",
    "CompletenessEvidence": f'completenessEvidence(unit: "{UNIT}", period: {PERIOD}) {{ %s }}',
    "EnergyBalance": f"energyBalance(period: {PERIOD}, groupBy: [PROVINCE]) {{ %s }}",
    "EnergyBalanceRow": f"energyBalance(period: {PERIOD}, groupBy: [PROVINCE]) {{ rows {{ %s }} }}",
    "ConstructionProgress": 'constructionProgress(quarter: "2026Q3") { %s }',
    "Reading": f"dataPoints {{ nodes {{ readings(period: {PERIOD}, granularity: DAY) {{ %s }} }} }}",
    "Person": "agencies { nodes { persons { %s } } }",
}


def somebody(kind: OrganisationKind, *roles: Role) -> Principal:
    """Somebody of such an organisation."""
    return Principal("walker", "of", REACHES[kind], frozenset(roles), kind, parts_of(kind))


FIELDS = sorted((of, name) for of, fields in READ.items() for name in fields if of != "Subscription")
WHO = [(kind, role) for kind in OrganisationKind for role in Role]
NAMES = [f"{kind.value}-{role.value}" for kind, role in WHO]
EVERYTHING = somebody(OrganisationKind.NATIONAL_AGENCY, *Role)


async def ask(hub: Hub, who: Principal, question: str) -> tuple[set[str], str]:
    """The codes of an answer's errors, and its data as text."""
    found: Any = await hub.schema.execute(question, context_value=context_of(hub, who, "walk"))
    codes = {str(error.extensions["code"]) for error in found.errors or ()}
    return codes, json.dumps(found.data, default=str, ensure_ascii=False)


@cache
def schema() -> GraphQLSchema:
    """The schema."""
    return build_schema()._schema


def type_of(name: str) -> GraphQLObjectType:
    return cast("GraphQLObjectType", schema().type_map[name])


@cache
def lists() -> Mapping[str, str]:
    """By the name of a type of rows, the root field that lists them."""
    found: dict[str, str] = {}
    for name, field in type_of("Query").fields.items():
        of = get_named_type(field.type).name
        if of.endswith("Connection"):
            found.setdefault(of.removesuffix("Connection"), name)
    return found


def leaves(of: GraphQLObjectType) -> str:
    """All fields of a type that are values of their own and take nothing; of a page, those of its rows."""
    if of.name.endswith("Connection"):
        return f"nodes {{ {leaves(cast('GraphQLObjectType', get_named_type(of.fields['nodes'].type)))} }}"
    hidden = {"phone", "missing"}
    names = [
        n
        for n, f in of.fields.items()
        if is_leaf_type(get_named_type(f.type)) and not _needed(f) and n not in hidden
    ]
    return " ".join(names) or "__typename"


def _needed(field: GraphQLField) -> Mapping[str, GraphQLArgument]:
    """The arguments that have to be given."""
    return {
        name: argument
        for name, argument in field.args.items()
        if is_non_null_type(argument.type) and argument.default_value is Undefined
    }


def selected(name: str, field: GraphQLField, keys: Mapping[str, str]) -> str:
    """A field with all it has to be given, and its values."""
    kinds = {key: get_named_type(argument.type).name for key, argument in _needed(field).items()}
    given = {**{key: VALUES.get(key) or VALUES.get(kind) for key, kind in kinds.items()}, **keys}
    arguments = f"({', '.join(f'{key}: {value}' for key, value in given.items())})" if given else ""
    of = get_named_type(field.type)
    below = f" {{ {leaves(of)} }}" if isinstance(of, GraphQLObjectType) else ""
    return f"{name}{arguments}{below}"


async def keys_of(hub: Hub) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    department = somebody(OrganisationKind.PROVINCIAL_DEPARTMENT, *Role)
    for module in modules_in("graph.types").values():
        noun: Noun[Any] | None = getattr(module, "NOUN", None)
        listed = None if noun is None else lists().get(noun.of.__name__)
        if noun is None or listed is None:
            continue
        parts = [to_camel_case(part) for part in noun.key]
        question = f"{{ {listed}(first: 50) {{ nodes {{ {' '.join(parts)} }} }} }}"
        result: Any = await hub.schema.execute(question, context_value=context_of(hub, department, "keys"))
        assert not result.errors, (question, result.errors)
        rows = result.data[listed]["nodes"]
        assert rows, f"no row of {noun.name}: nothing is shown by it"
        row = next((each for each in rows if UNIT in map(str, each.values())), rows[0])
        field = type_of("Query").fields[to_camel_case(noun.name)]
        found[to_camel_case(noun.name)] = {part: _written(row[part], field.args[part]) for part in parts}
    found["province"] = {"code": f'"{JIA}"'}
    found["reading"] = {**found["dataPoint"], "start": '"2026-10-01T00:00:00+08:00"'}
    found["_entities"] = {"representations": f'[{{__typename: "Unit", creditCode: "{UNIT}"}}]'}
    return found


def _written(value: Any, argument: GraphQLArgument) -> str:
    """A value as a question writes it."""
    kind = get_named_type(argument.type)
    return str(value) if hasattr(kind, "values") or isinstance(value, int) else json.dumps(value)


def question_of(of: str, name: str, keys: Mapping[str, Mapping[str, str]]) -> str:
    """A question that asks a field."""
    if (of, name) == ("Query", "_entities"):
        return f"{{ _entities(representations: {keys['_entities']['representations']}) {{ ... on Unit {{ name }} }} }}"
    field = type_of(of).fields[name]
    asked = selected(name, field, keys.get(name, {}) if of == "Query" else {})
    if (of, name) == ("Query", "nation"):
        return "{ nation { __typename } }"  # which reads nothing: each of its fields has a line of its own
    if of == "Query":
        return f"{{ {asked} }}"
    if "live" in name:
        return f'{{ province(code: "{JIA}") {{ {asked} }} }}'  # others' are denied, whatever the role
    path = PATHS.get(of) or f"{lists()[of]} {{ nodes {{ %s }} }}"
    return f"{{ {path % asked} }}"


def nouns_of(of: str, name: str) -> list[str]:
    """What a field reads, and what its row was read from."""
    own = READ[of][name].split()
    if of in ("Query", "Subscription"):
        return own or {"_entities": ["unit"]}.get(name, [])
    root = PATHS[of].partition("(")[0].partition(" ")[0] if of in PATHS else lists()[of]
    above = [noun for field in (root,) for noun in READ["Query"][field].split()]
    above += {"Reading": ["readings"], "Person": ["person"]}.get(of, [])
    return [*above, *own]


def may(kind: OrganisationKind, role: Role, nouns: list[str]) -> bool:
    """Whether somebody may read all of these."""
    rules = [rule_of(noun) for noun in nouns]
    return all(kind in rule.kinds and role in rule.roles & GIVEN[kind] for rule in rules)
