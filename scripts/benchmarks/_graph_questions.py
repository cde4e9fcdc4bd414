"""What is asked: so many rows of five scalars, or a thousand points of five scalars with five such rows below each.

The hub and Apollo Server are asked with one text. PostGraphile calls its fields otherwise, so there they are renamed on
the way out; the plain route is told what it needs in a few words. All must answer the same data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from scripts.benchmarks._graph_nation import CODE, FIRST_DAY, SLOTS, SLOTS_BELOW, UNITS, credit_codes

GRAPHQL, POSTGRAPHILE, PLAIN = "graphql", "postgraphile", "plain"  # ways of asking
SLOTS_PER_DAY = 96
FIVE = "{ start end value origin suspect }"
_ROWS = f"""
query ($unit: String!, $code: String!, $to: Date!, $rows: Int!) {{
  dataPoint(unit: $unit, code: $code) {{
    readings(period: {{from: "{FIRST_DAY}", to: $to}}, granularity: QUARTER_HOUR, first: $rows) {FIVE}
  }}
}}"""
_ROWS_POSTGRAPHILE = f"""
query ($unit: String!, $code: String!, $rows: Int!) {{
  dataPoint: dataPointByUnitAndCode(unit: $unit, code: $code) {{
    readings: readingsByUnitAndCodeList(first: $rows) {FIVE}
  }}
}}"""
_NESTED = f"""
query ($to: Date!, $points: Int!, $rows: Int!) {{
  dataPoints(first: $points) {{
    nodes {{
      unit code province variety scope
      readings(period: {{from: "{FIRST_DAY}", to: $to}}, granularity: QUARTER_HOUR, first: $rows) {FIVE}
    }}
  }}
}}"""
_NESTED_POSTGRAPHILE = f"""
query ($points: Int!, $rows: Int!) {{
  dataPoints: allDataPoints(first: $points) {{
    nodes {{
      unit code province variety scope
      readings: readingsByUnitAndCodeList(first: $rows) {FIVE}
    }}
  }}
}}"""
_ENTITIES = """
query ($keys: [_Any!]!) {
  _entities(representations: $keys) { ... on Unit { creditCode name region tier section } }
}"""
NOTHING = orjson.dumps({"query": "{ __typename }"})


@dataclass(frozen=True)
class Question:
    """A question, as the body of a request for each way of asking."""

    name: str
    bodies: Mapping[str, bytes]


def of_rows(rows: int) -> Question:
    """The first rows of the one unit that told many, over as few days as hold them."""
    if not 0 < rows <= SLOTS:
        raise ValueError(f"the unit has {SLOTS} rows, came {rows}")
    asked = {"unit": credit_codes()[0], "code": CODE, "rows": rows}
    dated = {**asked, "to": _last_day(rows)}
    return Question(f"{rows:,} rows".replace(",", " "), _bodies(_ROWS, _ROWS_POSTGRAPHILE, asked, dated))


def nested() -> Question:
    """All points, and of each its first rows."""
    asked: dict[str, Any] = {"points": UNITS, "rows": SLOTS_BELOW}
    dated = {**asked, "to": _last_day(SLOTS_BELOW)}
    name = f"{UNITS:,} x {SLOTS_BELOW} nested".replace(",", " ")
    return Question(name, _bodies(_NESTED, _NESTED_POSTGRAPHILE, asked, dated))


def entities() -> Question:
    """All units by their keys, as a gateway asks for them."""
    keys = [{"__typename": "Unit", "creditCode": code} for code in credit_codes()]
    name = f"{UNITS:,} entities".replace(",", " ")
    return Question(name, {GRAPHQL: _body(_ENTITIES, {"keys": keys})})


def _last_day(rows: int) -> str:
    return str(FIRST_DAY + dt.timedelta(days=ceil(rows / SLOTS_PER_DAY) - 1))


def _bodies(ours: str, theirs: str, asked: dict[str, Any], dated: dict[str, Any]) -> dict[str, bytes]:
    return {
        GRAPHQL: _body(ours, dated),
        POSTGRAPHILE: _body(theirs, asked),
        PLAIN: orjson.dumps(dated),
    }


def _body(query: str, variables: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})
