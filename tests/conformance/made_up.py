"""Questions nobody thought of: schemathesis makes them from the schema, most of their words those of the hub's own rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.graphql import nodes
from schemathesis.specs.graphql.schemas import GraphQLSchema

from graph.schema import build_schema
from tests.hub.invented_hub import JIA, TODAY, YI, units_of

FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 11, 10)  # days that readings are of
OFTEN = 0.7  # how often a word is one of the hub's; else it is any text at all
UNIT = units_of(JIA)[1]

_WORDS: dict[str, list[Any]] = {
    "units": [UNIT.code, units_of(YI)[0].code, units_of(JIA)[2].code],
    "regions": [JIA, YI, f"{JIA[:2]}0100", f"{JIA[:2]}0102", "110000"],
    "data_codes": list(UNIT.data_codes),
    "quarters": ["2026Q3", "2026Q4", "2019Q1"],
    "numbers": [1, 2, 3, 50],
    "ids": ["1", "2", "devices", "99999999999999999999"],
}
_PLACES = {
    "units": ("*.*.unit", "*.unit.creditCode", "*.*.units[*]", "*.*.filter.unit[*]", "*.*.filter.creditCode[*]"),
    "regions": (
        "*.*.province", "*.*.region", "*.region.code", "*.province.code", "*.*.provinces[*]", "*.*.filter.province[*]",
        "*.regions.filter.code[*]", "*.*.filter.parent[*]", "*.*.filter.region",
    ),
    "data_codes": (
        "*.*.dataCode", "*.dataPoint.code", "*.reading.code", "*.dataPoints.filter.code[*]", "*.*.filter.dataCode[*]",
    ),
    "quarters": ("*.*.quarter", "*.*.filter.quarter[*]"),
    "numbers": ("*.*.first", "*.*.last", "*.*.asOf.batch", "*.*.filter.batch[*]"),
    "ids": ("*.*.id", "*.*.key"),
}  # fmt: skip
_MEMBERS = {  # of rows that a mutation writes
    "unit": "units", "creditCode": "units", "province": "regions", "region": "regions", "quarter": "quarters",
    "key": "ids",
}  # fmt: skip
_KEYS = {"Unit": ("creditCode", "units"), "Region": ("code", "regions")}  # of what a gateway asks for
_EXCLUDING: tuple[
    frozenset[str], ...
] = (  # arguments that are left out of a question together: what is left agrees, and is answered
    frozenset(),
    frozenset({"last", "before", "after"}),
    frozenset({"first", "before", "after", "asOf", "filter"}),
    frozenset({"last", "before", "after", "asOf", "filter", "units", "provinces"}),
)


def made_up() -> GraphQLSchema:
    """Our schema, and how questions to it are made; the fields of a gateway belong to it too."""
    for name, strategy in _scalars().items():
        schemathesis.graphql.scalar(name, strategy)
    told: Any = build_schema(is_open=True).introspect()
    config = SchemathesisConfig.from_dict(_configuration(graphql.build_client_schema(told)))
    schema = schemathesis.graphql.from_dict(told, config=config)
    schema.hook("flatmap_body")(_agreeing)
    return schema


def _configuration(schema: graphql.GraphQLSchema) -> dict[str, Any]:
    places = {place: name for name, places in _PLACES.items() for place in places} | dict(_written(schema))
    bound = {place: {"dictionary": name, "probability": OFTEN} for place, name in places.items()}
    return {
        "dictionaries": {name: {"values": values} for name, values in _WORDS.items()},
        "parameters": bound,
    }


def _written(schema: graphql.GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Where the rows that mutations write have words of ours."""
    for field, told in schema.mutation_type.fields.items() if schema.mutation_type else ():
        for name, argument in told.args.items():
            known = getattr(graphql.get_named_type(argument.type), "fields", {})
            for member in sorted(_MEMBERS.keys() & known.keys()):
                yield f"Mutation.{field}.{name}[*].{member}", _MEMBERS[member]


def _scalars() -> dict[str, st.SearchStrategy[graphql.ValueNode]]:
    days = st.one_of(st.dates(FIRST, LAST), st.just(TODAY), st.dates())
    moments = st.datetimes(dt.datetime(2026, 9, 30), dt.datetime(2026, 12, 1))  # noqa: DTZ001 - the offset follows
    return {
        "Date": days.map(str).map(nodes.String),
        "DateTime": moments.map(lambda moment: nodes.String(f"{moment.isoformat()}+08:00")),
        "Decimal": st.decimals(allow_nan=False).map(str).map(nodes.String),
        "Count": st.integers(0, 2**53 - 1).map(nodes.Int),
        "_Any": st.sampled_from(sorted(_KEYS)).flatmap(_representations),
    }


def _representations(name: str) -> st.SearchStrategy[graphql.ValueNode]:
    key, words = _KEYS[name]
    known = st.sampled_from(_WORDS[words]) | st.text()
    return known.map(lambda word: _object({"__typename": name, key: word}))


def _object(members: dict[str, str]) -> graphql.ObjectValueNode:
    named = [
        graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=nodes.String(text))
        for name, text in members.items()
    ]
    return graphql.ObjectValueNode(fields=tuple(named))


# ---- questions that agree with themselves -----------------------------------------------------------------


def _agreeing(_context: HookContext, body: graphql.DocumentNode) -> st.SearchStrategy[graphql.DocumentNode]:
    """A question as it was made, or without some of what excludes each other: few are answered otherwise."""
    return st.builds(
        lambda left_out, period: graphql.visit(body, _Agreeing(left_out, period)),
        st.sampled_from(_EXCLUDING),
        st.none() | _periods().map(_object),
    )


def _periods() -> st.SearchStrategy[dict[str, str]]:
    days = st.lists(st.dates(FIRST, LAST).map(str), min_size=2, max_size=2).map(sorted)
    return st.one_of(
        days.map(lambda ends: dict(zip(("from", "to"), ends, strict=True))),
        st.sampled_from([{"month": "2026-10"}, {"quarter": "2026Q4"}]),
    )


class _Agreeing(graphql.Visitor):
    """Leaves arguments of these names out, and says every period in this way where one is given."""

    def __init__(self, left_out: frozenset[str], period: graphql.ValueNode | None) -> None:
        super().__init__()
        self._left_out, self._period = left_out, period

    def enter_argument(
        self, node: graphql.ArgumentNode, *_: object
    ) -> graphql.VisitorAction | graphql.ArgumentNode:
        """Once for each argument."""
        if node.name.value in self._left_out:
            return graphql.REMOVE
        if node.name.value == "period" and self._period is not None:
            return graphql.ArgumentNode(name=node.name, value=self._period)
        if self._left_out and isinstance(node.value, graphql.ListValueNode):  # of many values one is wrong
            first = graphql.ListValueNode(values=node.value.values[:1])
            return graphql.ArgumentNode(name=node.name, value=first)
        return None
