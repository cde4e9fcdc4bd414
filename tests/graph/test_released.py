"""Who built on the released schema (graph/released.graphql) is not broken unsaid: each change that breaks is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    print_ast,
)
from graphql.utilities import (
    DangerousChange,
    DangerousChangeType,
    find_breaking_changes,
    find_dangerous_changes,
)

from graph.schema import FILE
from tests.house.tree import ROOT

RELEASED = FILE.with_name("released.graphql")
BREAKING = "Breaking: "
ENTITIES = "_Entity"  # the gateway's own union: an entity more is a type more


def schema_of(text: str) -> GraphQLSchema:
    """A schema of its definition; federation's own directives are nowhere defined."""
    return build_schema(text, assume_valid_sdl=True)


def untold(released: str, now: str, changelog: str) -> list[str]:
    """Lines the CHANGELOG needs and does not have among what is not released yet."""
    told = lines_of(changelog.partition("## Unreleased")[2].partition("\n## ")[0])
    needed = [f"{BREAKING}{change}" for change in changes(schema_of(released), schema_of(now))]
    return [line for line in needed if not any(f"{each} ".startswith(f"{line} ") for each in told)]


def lines_of(text: str) -> list[str]:
    """The entries of a list, and what begins with `Breaking:` on a line of its own in them, each on one line."""
    parts = re.split(rf"^(?:- |  (?={BREAKING}))", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in parts[1:]]


def changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """What changed and may break who asks, or a gateway that composes the schema with others."""
    yield from (change.description for change in find_breaking_changes(old, new))
    yield from (change.description for change in find_dangerous_changes(old, new) if breaks(change, new))
    for name, before in old.type_map.items():
        after = new.type_map.get(name)
        yield from (f"{lost} was removed from {name}." for lost in lost_directives(before, after))
        for field, kept, now in both(before, after):
            yield from (f"{lost} was removed from {name}.{field}." for lost in lost_directives(kept, now))
            if isinstance(before, GraphQLInputObjectType) and default_of(kept) != default_of(now):
                yield f"{name}.{field} has changed its default value."


def breaks(change: DangerousChange, new: GraphQLSchema) -> bool:
    """Whether answers differ for who asks as before: by a default, or by a value or type they do not know."""
    if change.type is DangerousChangeType.VALUE_ADDED_TO_ENUM:
        return any(f"Enum value {name}." in change.description for name in enums_told(new))
    if change.type is DangerousChangeType.TYPE_ADDED_TO_UNION:
        return ENTITIES not in change.description
    return change.type is DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE


def enums_told(schema: GraphQLSchema) -> set[str]:
    """Enumerations that are answered somewhere; a value more of one that is only asked with breaks nothing."""
    types = [t for t in schema.type_map.values() if isinstance(t, GraphQLObjectType | GraphQLInterfaceType)]
    told = [get_named_type(field.type) for each in types for field in each.fields.values()]
    return {each.name for each in told if isinstance(each, GraphQLEnumType)}


def both(before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """The fields of a type that stand in both schemas."""
    kept, now = getattr(before, "fields", {}), getattr(after, "fields", {})
    return ((name, kept[name], now[name]) for name in kept if name in now)


def default_of(field: Any) -> str | None:
    """An input field's default as it is written."""
    written = field.ast_node and field.ast_node.default_value
    return print_ast(written) if written else None


def lost_directives(before: Any, after: Any) -> list[str]:
    """What gateways compose by, and which is not there any more; that something is no longer deprecated harms nobody."""
    if before.ast_node is None or after is None or after.ast_node is None:
        return []
    kept = {print_ast(directive) for directive in after.ast_node.directives or ()}
    said = [print_ast(each) for each in before.ast_node.directives or () if each.name.value != "deprecated"]
    return [directive for directive in said if directive not in kept]


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (("saveUnits(", "putUnits("), "Field Mutation.saveUnits was removed."),
        (("  rosterBatch: Int\n", "  roster: Int\n"), "Field UnitInput.rosterBatch was removed."),
        (
            ("  industry: String\n", "  industry: String!\n"),
            "Field UnitInput.industry changed type from String to String!.",
        ),
    ],
)
def test_what_breaks_a_mutation_is_asked_for_too(now: tuple[str, str], line: str) -> None:
    text = FILE.read_text("utf-8")
    assert now[0] in text
    assert untold(text, text.replace(*now), "## Unreleased\n") == [f"{BREAKING}{line}"]


def test_every_breaking_change_since_the_release_is_told() -> None:
    missing = untold(
        RELEASED.read_text("utf-8"), FILE.read_text("utf-8"), (ROOT / "CHANGELOG.md").read_text("utf-8")
    )
    assert missing == [], f"CHANGELOG.md, Unreleased, needs: {missing}"


OLD = """type Query { unit(code: String): Unit }
type Unit { name: String! kind: Kind }
enum Kind { A B }"""


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (OLD.replace("name: String! ", ""), "Field Unit.name was removed."),
        (
            OLD.replace("name: String!", "name: String"),
            "Field Unit.name changed type from String! to String.",
        ),
        (
            OLD.replace("code: String", "code: String, day: Int!"),
            "A required argument Query.unit(day:) was added.",
        ),
        (OLD.replace("A B", "A"), "Enum value Kind.B was removed."),
        (OLD.replace("name: String!", "name: String! city: String"), None),
        (OLD.replace("A B", "A B C"), "Enum value Kind.C was added."),
    ],
)
def test_what_breaks_is_asked_for_and_what_adds_is_not(new: str, line: str | None) -> None:
    lines: Sequence[str] = [] if line is None else [f"{BREAKING}{line}"]
    assert untold(OLD, new, "## Unreleased\n") == lines
    told = f"## Unreleased\n- {BREAKING}{line} Take another.\n"
    assert untold(OLD, new, told) == []
    assert untold(OLD, new, f"## Unreleased\n\n## 1.0\n- {BREAKING}{line}\n") == lines


FEDERATED = """type Query { units(first: Int = 50, order: Order = X): [U] old: Int @deprecated }
type Unit @key(fields: "code") { code: ID! @shareable }
type Part @shareable { x: Int }
type More { x: Int }
input In { a: Int = 1 b: Int }
enum Order { X }
union U = Unit | Part
union _Entity = Unit"""


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ((' @key(fields: "code")', ""), '@key(fields: "code") was removed from Unit.'),
        (('"code")', '"code x")'), '@key(fields: "code") was removed from Unit.'),
        (('"code")', '"code") @key(fields: "x")'), None),
        (("Part @shareable", "Part"), "@shareable was removed from Part."),
        (("ID! @shareable", "ID!"), "@shareable was removed from Unit.code."),
        (("Int @deprecated", "Int"), None),
        (("= 50", "= 10"), "Query.units(first:) has changed defaultValue from 50 to 10."),
        (
            ("first: Int = 50", "first: Int"),
            "Query.units(first:) defaultValue was removed.",
        ),
        (("a: Int = 1", "a: Int = 2"), "In.a has changed its default value."),
        (("a: Int = 1", "a: Int"), "In.a has changed its default value."),
        (("b: Int", "b: Int c: Int"), None),
        (("Order { X }", "Order { X Y }"), None),
        (("Unit | Part", "Unit | Part | More"), "More was added to union type U."),
        (("_Entity = Unit", "_Entity = Unit | Part"), None),
    ],
)
def test_what_breaks_a_gateway_or_a_default_is_asked_for_too(now: tuple[str, str], line: str | None) -> None:
    assert now[0] in FEDERATED
    lines = [] if line is None else [f"{BREAKING}{line}"]
    assert untold(FEDERATED, FEDERATED.replace(*now), "## Unreleased\n") == lines


@pytest.mark.parametrize(
    ("told", "is_told"),
    [
        ("- Breaking: Field Unit.name was removed.", True),
        ("- Names are gone.\n  Breaking: Field Unit.name\n  was removed.", True),
        ("- We say `Breaking: Field Unit.name was removed.` in such a case.", False),
        ("- A sentence on\n  `Breaking: Field Unit.name was removed.`", False),
        ("- Breaking: Field Unit.name was removed.x", False),
        ("Breaking: Field Unit.name was removed.", False),
    ],
)
def test_only_a_line_that_begins_with_it_tells_a_break(told: str, is_told: bool) -> None:  # a case
    now = OLD.replace("name: String! ", "")
    assert (untold(OLD, now, f"## Unreleased\n\n{told}\n") == []) is is_told
