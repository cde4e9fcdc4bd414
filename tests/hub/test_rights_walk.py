"""Every field, subscription and address of a hub, as every role of every kind of organisation.

What is expected is what docs/rights.md is written from. Whoever is denied is told FORBIDDEN and shown nothing; whoever is
not is shown rows of their own part of the country, and nothing of anybody else's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from typing import Any, cast

import pytest
from graphql import GraphQLObjectType, get_named_type

from graph.fields import DECIDED, READ, leading
from graph.model.principal import OrganisationKind, Principal, Role
from graph.model.rights import GIVEN
from hub.app import build_app
from hub.doors import DOORS, names_of
from hub.endpoints.answers import context_of
from hub.wiring import Hub
from tests.hub.every_noun import PHONE, hub_of_every_noun
from tests.hub.invented_hub import YI, asking, issued
from tests.hub.members import parts_of
from tests.hub.walking import (
    EVERYTHING,
    FIELDS,
    NAMES,
    OTHER,
    REACHES,
    WHO,
    ask,
    keys_of,
    leaves,
    may,
    nouns_of,
    question_of,
    schema,
    somebody,
    type_of,
)

pytestmark = pytest.mark.anyio
EACH = pytest.mark.parametrize(("kind", "role"), WHO, ids=NAMES)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Rows of every noun."""
    with hub_of_every_noun(tmp_path_factory.mktemp("walk")) as made:
        yield made


@pytest.fixture(scope="module")
def keys(hub: Hub) -> Mapping[str, Mapping[str, str]]:
    """By the by-key field of a noun, the key of a row that lies in the unit or the province of everybody who asks."""
    return asyncio.run(keys_of(hub))


def test_every_field_that_leads_to_rows_has_a_line() -> None:
    lines = {(of, name) for of, fields in READ.items() for name in fields}
    assert set(leading(schema())) - lines == set()
    gone = {(of, name) for of, name in lines if name not in type_of(of).fields}
    assert gone == set()


def test_every_mutation_has_a_line() -> None:
    assert set(type_of("Mutation").fields) == set(DECIDED)


def test_a_new_field_without_a_line_would_be_seen() -> None:
    lines = {(of, name) for of, fields in READ.items() for name in fields} - {("Unit", "waivers")}
    assert set(leading(schema())) - lines == {("Unit", "waivers")}


@EACH
async def test_who_asks_a_field_is_shown_their_own_or_denied(
    hub: Hub, keys: Mapping[str, Mapping[str, str]], kind: OrganisationKind, role: Role
) -> None:
    who, wrong = somebody(kind, role), []
    for of, name in FIELDS:
        question = question_of(of, name, keys)
        codes, told = await ask(hub, who, question)
        is_allowed = may(kind, role, nouns_of(of, name))
        if codes - {"FORBIDDEN", "NOT_FOUND"}:
            wrong.append(f"{of}.{name}: {codes} of {question}")
        elif is_allowed and "FORBIDDEN" in codes:
            wrong.append(f"{of}.{name}: denied, and the page allows it")
        elif not is_allowed and "FORBIDDEN" not in codes and _shows(told):
            wrong.append(f"{of}.{name}: shown, and the page denies it: {told[:200]}")
        if (
            not REACHES[kind].is_national
            and (YI in told or OTHER in told)
            and of not in PUBLIC
            and name not in PUBLIC
        ):
            wrong.append(f"{of}.{name}: shows another province's: {told[:300]}")
    assert wrong == []


# Divisions are everybody's; a coefficient of no unit is; and fields that say where a public row lies.
PUBLIC = {
    "regions",
    "provinces",
    "region",
    "province",
    "divisions",
    "Region",
    "regionDetail",
    "provinceDetail",
}


def _shows(told: str) -> bool:
    """Whether an answer shows anything but that there is nothing."""
    return any(value not in (None, [], {}) for value in _values(json.loads(told)))


def _values(told: Any) -> Iterator[Any]:
    if isinstance(told, dict):
        for value in told.values():
            yield from _values(value)
    elif isinstance(told, list):
        for value in told:
            yield from _values(value)
    else:
        yield told


@EACH
async def test_a_subscription_is_heard_by_who_may_read(hub: Hub, kind: OrganisationKind, role: Role) -> None:
    who, wrong = somebody(kind, role), []
    for name, nouns in READ["Subscription"].items():
        field = type_of("Subscription").fields[name]
        of = cast("GraphQLObjectType", get_named_type(field.type))
        question = f"subscription {{ {name} {{ {leaves(of)} }} }}"
        is_denied = await _is_denied(hub, who, question)
        if is_denied is may(kind, role, nouns.split()):
            wrong.append(f"{name}: {'denied' if is_denied else 'heard'}")
    assert wrong == []


async def _is_denied(hub: Hub, who: Principal, question: str) -> bool:
    """Whether a subscription ends at once with a denial; one that is heard waits for what happens."""
    results = await hub.schema.stream(question, context_value=context_of(hub, who, "walk"))
    async with aclosing(cast("Any", results)) as told:
        try:
            async with asyncio.timeout(0.05):
                async for result in told:
                    return any(error.extensions["code"] == "FORBIDDEN" for error in result.errors or ())
        except TimeoutError:
            return False
    return False


# ---- persons --------------------------------------------------------------------------------------------


@EACH
async def test_a_telephone_number_is_shown_with_the_one_role(
    hub: Hub, kind: OrganisationKind, role: Role
) -> None:
    who = somebody(kind, Role.READ, role)
    _, told = await ask(hub, who, "{ agencies { nodes { persons { name phone } } } }")
    may_see = role is Role.CONTACTS and role in GIVEN[kind]
    assert (PHONE in told) is may_see
    _, told = await ask(hub, who, "{ accessDevices { nodes { said { said } telephones { field said } } } }")
    assert (PHONE in told) is may_see


# ---- addresses ------------------------------------------------------------------------------------------


def test_every_address_has_a_line_and_every_line_an_address(hub: Hub) -> None:
    assert set(names_of(build_app(hub).routes)) == set(DOORS)


PATH_OF = {
    path: path.replace("{id:int}", "1")
    for path in ("/sync/v1/batches/{id:int}", "/sync/v1/batches/registry/{id:int}")
}


@EACH
async def test_an_address_opens_for_its_roles_alone(hub: Hub, kind: OrganisationKind, role: Role) -> None:
    if role not in GIVEN[kind]:
        return  # nobody can have it
    key, wrong = f"at-{kind.value}-{role.value}", []
    if hub.registry.clients.find(key) is None:
        _client(hub, key, kind, role)
    async with asking(hub, issued(hub, key, [role])) as client:
        for name, door in DOORS.items():
            method, _, path = name.partition(" ")
            if not door.roles or method == "WS":
                continue
            reply = await client.request(method, PATH_OF.get(path, path))
            if (reply.status_code == 403) is bool({role} & door.opening(kind)):
                wrong.append(f"{name}: {reply.status_code}")
    assert wrong == []


def _client(hub: Hub, key: str, kind: OrganisationKind, role: Role) -> None:
    reach, of = REACHES[kind], f"org-{kind.value}"
    row: dict[str, Any] = {"key": of, "name": "试", "kind": kind.value, "parts": list(parts_of(kind))}
    row |= {"region": reach.region and str(reach.region), "unit": reach.unit and str(reach.unit)}
    hub.registry.upsert("organisation", [row], "test")
    hub.registry.clients.add(key, of, [role], "test")


async def test_strangers_come_in_nowhere_but_where_it_says_so(hub: Hub) -> None:
    wrong = []
    async with asking(hub) as client:
        for name, door in DOORS.items():
            method, _, path = name.partition(" ")
            if method == "WS" or ("{" in path and path not in PATH_OF):
                continue
            reply = await client.request(method, PATH_OF.get(path, path))
            if door.roles and reply.status_code != 401:
                wrong.append(f"{name}: {reply.status_code}")
    assert wrong == []


async def test_the_one_who_may_everything_is_denied_nothing(
    hub: Hub, keys: Mapping[str, Mapping[str, str]]
) -> None:
    for of, name in FIELDS:
        codes, told = await ask(hub, EVERYTHING, question_of(of, name, keys))
        assert codes <= {"NOT_FOUND"}, (of, name, codes)
        assert _shows(told) or name in (
            "before",
            "yearBefore",
            "live",
            "liveCoverage",
            "order",
            "instrumentDetail",
        ), f"{of}.{name} shows nothing, so that this walk proves nothing of it: {told[:200]}"
