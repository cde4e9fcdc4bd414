"""What is known of a field before it is asked: how many rows it may have, what it costs, whom it asks. Each found once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graph.execution.batched import BATCH
from graph.execution.measure import Measure
from graph.execution.selection import TYPENAME

LIST_ROWS = 10  # assumed of a list without a page: a unit's points, a region's divisions
SCHEMA_ROWS = 8  # of a list in the schema's description of itself: fields of a type that has some
ARGUMENTS_ROWS = 2  # arguments of a field there, values of an enumeration: most have none
BATCHED_COST = 15  # a value found for many parents at once is awaited: fifteen plain values' work and more
TYPES_KNOWN_MAX = 1_000  # the schema has two hundred
OF_ANY_TYPE = (TYPENAME, "__schema", "__type")  # the last two of Query alone

# Keys of a strawberry field's metadata, for what its type does not tell.
ROWS = "rows"  # rows assumed of this list instead of LIST_ROWS
LIVE = "live"  # it asks another hub
COST = "cost"  # what answering this field costs before any of its values is said
PAST_COST = "past cost"  # what it costs more when a past state is asked for
COUNTED_BY = "counted by"  # the argument whose every value is answered with a row, each looked up or written


@dataclass(frozen=True, slots=True)
class Price:
    """Of one field of one type. `rows` are those of a list without a page, `counted_by` an argument with one a value."""

    below: GraphQLNamedType
    own: int
    past: int
    rows: int
    counted_by: str | None
    is_paged: bool
    is_paged_below: bool
    is_live: bool
    is_beside_rows: bool
    by_itself: Measure | None  # with nothing said to it or selected below; None where that says not all


@lru_cache(TYPES_KNOWN_MAX)
def prices_of(schema: GraphQLSchema, kind: GraphQLNamedType) -> Mapping[str, Price]:
    """Of every field of a type, those of any type included; none where it has no fields."""
    if not is_composite_type(kind):
        return {}
    names = (*getattr(kind, "fields", ()), *OF_ANY_TYPE)
    fields = {name: schema.get_field(kind, name) for name in names}
    return {name: _price(schema, kind, name, field) for name, field in fields.items() if field is not None}


def _price(schema: GraphQLSchema, kind: GraphQLNamedType, name: str, field: GraphQLField) -> Price:
    metadata, below = _metadata(field), get_named_type(field.type)
    is_list, is_batched = is_list_type(get_nullable_type(field.type)), BATCH in metadata
    is_beside_rows = bool(metadata.keys() & {ROWS, COST}) and _is_connection(kind)
    counted_with_page = _is_connection(kind) and not is_beside_rows
    has_rows = is_list and not counted_with_page
    own = BATCHED_COST if is_batched else metadata.get(COST, 1)
    counted_by = "representations" if "representations" in field.args else metadata.get(COUNTED_BY)
    is_plain = counted_by is None and LIVE not in metadata and not (is_batched and "first" in field.args)
    alone = Measure(1, 1, once=own) if is_beside_rows else Measure(1, 1, cost=own, values=1)
    return Price(
        below=below,
        own=own,
        past=0 if is_batched else metadata.get(PAST_COST, 0),
        rows=_rows(schema, kind, name, metadata) if has_rows else 1,
        counted_by=counted_by,
        is_paged="first" in field.args and (is_list or _is_connection(below)),
        is_paged_below=is_batched and "first" in field.args and not is_list,
        is_live=LIVE in metadata,
        is_beside_rows=is_beside_rows,
        by_itself=alone if is_plain else None,
    )


def _rows(schema: GraphQLSchema, kind: GraphQLNamedType, name: str, metadata: Mapping[Any, Any]) -> int:
    """How many rows are assumed of a list without a page."""
    if not kind.name.startswith("__"):
        rows: int = metadata.get(ROWS, LIST_ROWS)
        return rows
    if name == "types":
        return len(schema.type_map) // 2  # every other one has fields
    return ARGUMENTS_ROWS if name in {"args", "enumValues", "inputFields"} else SCHEMA_ROWS


def _metadata(field: GraphQLField) -> Mapping[Any, Any]:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found: Mapping[Any, Any] = getattr(definition, "metadata", {})
    return found


def _is_connection(kind: GraphQLNamedType | None) -> bool:
    return isinstance(kind, GraphQLObjectType) and "pageInfo" in kind.fields
