"""Rows of every noun, made up: whole ones, and dirty ones that hold what no store should."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from functools import cache
from random import Random
from typing import Any

import pyarrow as pa
from graphql import GraphQLObjectType, is_non_null_type

from graph.discover import modules_in
from graph.execution.nouns import Noun
from graph.execution.rows import attributes
from graph.model.hop import RECEIVED, SlotState
from graph.types._hop_enums import MissingAt
from tests.graph.fakes import NO_MONTHS, FakeFigures, FakeRows, FakeSources, schema
from tests.graph.samples import COLUMNS, Row, code_of

PROVINCES = ("910000", "920000")
UNITS, ROWS = 6, 24
DIRTY = 0.05  # how many values are
OCTOBER = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)
TEXTS = ("虚构", "“引号”\\", 'a "b"', "line\nbreak\t\x01", "", "é\u2028", "plain")
LEDGER = ("batch", "rejection", "verdict")
TCE, QUANTITY = pa.decimal128(38, 10), pa.decimal128(38, 4)

# Columns by which rows are found, or that a type knows by heart: always whole.
KNOWN: dict[str, Callable[[int, Random], Any]] = {
    "province": lambda _, chance: chance.choice(PROVINCES),
    "region": lambda _, chance: chance.choice(PROVINCES),
    "parent": lambda _, chance: chance.choice((*PROVINCES, None)),
    "unit": lambda _, chance: code_of(chance.randrange(UNITS)),
    "unit_id": lambda place, _: place % UNITS,
    "point_id": lambda place, _: place,
    "variety": lambda _, chance: chance.choice(("023300", "010100", "999999")),
    "batch": lambda _, chance: chance.randrange(1, ROWS),
    "code": lambda place, _: f"00000000{place:02d}330011",
    "credit_code": lambda place, _: code_of(place),
    "quarter": lambda _, chance: chance.choice(("2026Q3", "2026Q4")),
    "section": lambda _, chance: chance.choice("ABCD"),
    "place": lambda place, _: place,
    **dict.fromkeys(("said", "telephones", "problems", "refused", "suspected"), lambda _place, _chance: "{}"),
}


@cache
def nouns() -> dict[str, Noun[Any]]:
    """Every noun that has lists, by the name its source knows it by."""
    found = (getattr(module, "NOUN", None) for module in modules_in("graph.types").values())
    return {noun.name: noun for noun in found if noun is not None}


def sources(seed: int, *, dirty: bool) -> FakeSources:
    """Rows of every noun and figures, always the same for a seed."""
    rows, figures = _made(seed, dirty)
    kept = {noun: rows[noun] for noun in LEDGER}
    return FakeSources(FakeRows(rows), FakeRows(kept), replace(figures, asks=[], histories=[], months=[]))


@cache
def _made(seed: int, dirty: bool) -> tuple[dict[str, list[Row]], FakeFigures]:
    chance = Random(seed)  # noqa: S311 - nothing secret
    rows = {noun: [_row(noun, place, chance, dirty=dirty) for place in range(ROWS)] for noun in COLUMNS}
    for place in range(ROWS):
        rows["region"][place]["code"] = f"9101{place:02d}"
    for place, code in enumerate(PROVINCES):
        rows["region"][place] |= {"code": code, "province": code, "level": "province", "parent": None}
    figures = FakeFigures(
        reading_rows=[_reading(place, chance) for place in range(3 * ROWS)],
        balance_table=_balance(chance),
        completeness_table=_completeness(chance),
        monthly_table=_monthly(chance),
        hops_table=_hops(chance),
        evidence_table=_evidence(chance),
    )
    return rows, figures


def _row(noun: str, place: int, chance: Random, *, dirty: bool) -> Row:
    row = {name: _value(noun, name, kind, place, chance) for name, kind in COLUMNS[noun].items()}
    if dirty:
        row |= {
            name: None if chance.random() < 0.5 else _bad(kind)
            for name, kind in COLUMNS[noun].items()
            if name not in KNOWN and chance.random() < DIRTY
        }
    return row


def _value(noun: str, name: str, kind: pa.DataType, place: int, chance: Random) -> Any:
    if name in KNOWN:
        return KNOWN[name](place, chance)
    if _is_nullable(noun, name) and chance.random() < 0.3:
        return None
    enumeration = _enumeration(noun, name)
    return chance.choice(list(enumeration)).value if enumeration else _good(kind, chance)


@cache
def _enumeration(noun: str, name: str) -> type[Enum] | None:
    of: type = nouns()[noun].of if noun in nouns() else object
    known = attributes(of) if of is not object else {}
    return known[name].enumeration if name in known else None


def _good(kind: pa.DataType, chance: Random) -> Any:
    if pa.types.is_string(kind):
        return chance.choice(TEXTS)
    if pa.types.is_date(kind):
        return dt.date(2026, 1, 1) + dt.timedelta(chance.randrange(400))
    if pa.types.is_timestamp(kind):
        return OCTOBER + dt.timedelta(hours=chance.randrange(900), microseconds=chance.choice((0, 0, 120)))
    if pa.types.is_boolean(kind):
        return chance.random() < 0.5
    return (
        chance.choice((0, 1, 7, 12)) if pa.types.is_integer(kind) else Decimal(chance.choice((0, 1, -25))) / 4
    )


def _bad(kind: pa.DataType) -> Any:
    """What no type of the schema can say, as far as the column can hold it."""
    if pa.types.is_string(kind):
        return "no such word"
    return 2**40 if kind == pa.int64() else -1 if pa.types.is_integer(kind) else None


@cache
def _is_nullable(noun: str, name: str) -> bool:
    of = schema()._schema.get_type(nouns()[noun].of.__name__) if noun in nouns() else None
    if not isinstance(of, GraphQLObjectType):
        return False
    words = name.split("_")
    field = of.fields.get(words[0] + "".join(map(str.capitalize, words[1:])))
    return field is not None and not is_non_null_type(field.type)


def _reading(place: int, chance: Random) -> Row:
    point = place % ROWS
    return {
        "unit_id": point % UNITS, "point_id": point, "start": OCTOBER + dt.timedelta(days=place // ROWS),
        "value": Decimal(chance.randrange(-10, 10**6)) / 10_000, "origin": "instrument",
        "batch": chance.randrange(1, ROWS), "suspect": chance.random() < 0.3,
    }  # fmt: skip


def _balance(chance: Random) -> pa.Table:
    def some(kind: pa.DataType, *choices: Any) -> pa.Array:
        return pa.array([chance.choice(choices) for _ in range(ROWS)], kind)

    small = Decimal("0.0000000123")
    earlier = {
        f"{when}_{name}": column
        for when in ("before", "year_before")
        for name, column in (
            ("measure", some(pa.string(), "kWh", None)),
            ("quantity", some(QUANTITY, Decimal(3), None)),
            ("tce", some(TCE, Decimal(3), small, Decimal(0), None)),
            ("readings", some(pa.int64(), 4, 7, None)),
        )
    }
    return pa.table(
        {
            "kind": some(pa.string(), "electricity", "coal"),
            "measure": some(pa.string(), "kWh", "t", None),
            "quantity": some(QUANTITY, Decimal(100), Decimal("-0.5")),
            "tce": some(TCE, Decimal(1), small, None),
            "without_coefficient": some(pa.int64(), None, 4),
            "edition": some(pa.string(), "虚构", None),
            "readings": some(pa.int64(), 4, 2**33),
            **earlier,
        }
    )


def _completeness(chance: Random) -> pa.Table:
    due = [chance.randrange(0, 30) for _ in range(ROWS)]
    return pa.table(
        {
            "province": [chance.choice(PROVINCES) for _ in due],
            "due": pa.array(due, pa.int64()),
            "received": pa.array([chance.randrange(0, each + 1) for each in due], pa.int64()),
        }
    )


def _monthly(chance: Random) -> pa.Table:
    choices: dict[str, tuple[Any, ...]] = {
        "province": PROVINCES, "unit": tuple(map(code_of, range(UNITS))), "data_code": ("0000000002330011",),
        "month": ("2026-09", "2026-10"), "monthly": (Decimal(100), Decimal("-0.5")), "daily": (Decimal(10), None),
        "days": (0, 31), "month_days": (30, 31), "batch": (1, 7), "coverage": (0.0, 1.0, 3 / 31),
        "deviation": (9.0, -0.5, None), "factor": (10.0, 0.001, None), "complete": (True, False),
        "beyond_tolerance": (True, False, None), "independent": (True, False), "source": (*TEXTS, None),
        "day_sources": ("by hand; device", None),
    }  # fmt: skip
    rows = [{name: chance.choice(given) for name, given in choices.items()} for _ in range(ROWS)]
    return pa.Table.from_pylist(rows, NO_MONTHS.schema)


def _hops(chance: Random) -> pa.Table:
    """Groups whose states add up to what was due."""
    states = {state.value: [chance.randrange(0, 9) for _ in range(ROWS)] for state in SlotState}
    due = [sum(column[place] for column in states.values()) for place in range(ROWS)]
    received = [sum(states[state][place] for state in RECEIVED) for place in range(ROWS)]
    counts = {"due": due, "received": received, **states, "estimated_on_time": [0] * ROWS}
    return pa.table(
        {
            "province": [chance.choice(PROVINCES) for _ in due],
            **{name: pa.array(column, pa.int64()) for name, column in counts.items()},
        }
    )


def _evidence(chance: Random) -> pa.Table:
    moment = pa.scalar(OCTOBER, pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "hop": [chance.choice(list(MissingAt)).value for _ in range(ROWS)],
            "data_code": pa.nulls(ROWS, pa.string()),
            "what": ["silent"] * ROWS,
            "begins": pa.repeat(moment, ROWS),
            "ends": pa.repeat(moment, ROWS),
            "source": ["probe"] * ROWS,
            "reported_at": pa.nulls(ROWS, moment.type),
        }
    )
