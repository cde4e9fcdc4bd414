"""Readings (能耗数据) as Arrow tables: as they arrive, as they are judged, as they are stored.

A reading is what one data point used in one period: (unit, data code, granularity, start) -> value. Readings
travel as columns; there is no class of one reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import InvalidInput
from graph.model.period import Granularity

VALUE_DIGITS, VALUE_SCALE = 18, 4
VALUE = pa.decimal128(VALUE_DIGITS, VALUE_SCALE)
VALUE_MAX = Decimal(10**VALUE_DIGITS - 1).scaleb(-VALUE_SCALE)
INSTANT = pa.timestamp("us", tz="UTC")
_WRITABLE_S = (-62_135_510_400, 253_402_214_400)  # 0001-01-02 and 9999-12-31: a day's room for every zone

# As a decoder hands it over. `value` is text, decimal, float or integer, just as the source wrote it; `start` is
# null where the label could not be read, and `label` then holds what stood there; `version` is when the source
# says it wrote the value (null: arrival decides); `valid` is the source's own flag after its polarity; `relabelled`
# says by which declaration of its link a row is not where its label puts it (null: it is).
ARRIVED_COLUMNS = {
    "row": pa.int32(),
    "unit": pa.string(),
    "data_code": pa.string(),
    "granularity": pa.string(),
    "start": INSTANT,
    "value": None,
    "version": INSTANT,
    "origin": pa.string(),
    "valid": pa.bool_(),
    "label": pa.string(),
    "relabelled": pa.string(),
}
REQUIRED_COLUMNS = ("row", "unit", "data_code", "granularity", "start", "value")

# As intake hands it to the store: resolved to small integers, exact, one row a key is not promised.
JUDGED = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("unit_id", pa.int32(), nullable=False),
        pa.field("point_id", pa.int32(), nullable=False),
        pa.field("granularity", pa.int8(), nullable=False),
        pa.field("start", pa.timestamp("us"), nullable=False),
        pa.field("value", VALUE, nullable=False),
        pa.field("version", pa.int64()),
        pa.field("origin", pa.int8(), nullable=False),
    ]
)

REJECTIONS = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("why", pa.string(), nullable=False),
        pa.field("raw", pa.string(), nullable=False),
    ]
)

VERDICTS = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("unit_id", pa.int32(), nullable=False),
        pa.field("point_id", pa.int32(), nullable=False),
        pa.field("granularity", pa.int8(), nullable=False),
        pa.field("start", pa.timestamp("us"), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)

# As one hub hands it to another, or a probe to a hub: what `GET /sync/v1/changes` streams.
EXCHANGED = pa.schema(
    [
        pa.field("unit", pa.string(), nullable=False),
        pa.field("data_code", pa.string(), nullable=False),
        pa.field("granularity", pa.string(), nullable=False),
        pa.field("start", INSTANT, nullable=False),
        pa.field("value", VALUE, nullable=False),
        pa.field("version", INSTANT),
        pa.field("origin", pa.string(), nullable=False),
    ]
)


class Origin(StrEnum):
    """How a value came about (采集方式 inputType 1 to 7, NHJC-04; the last two are ours). Never renumbered."""

    MANAGEMENT_SYSTEM = "management_system"
    PRODUCTION_CONTROL = "production_control"
    DCS = "dcs"
    INSTRUMENT = "instrument"
    MANUAL = "manual"
    SUPPLIER = "supplier"
    OTHER = "other"
    ESTIMATED = "estimated"
    DERIVED = "derived"

    @property
    def number(self) -> int:
        """The small integer the store keeps; 1 to 7 are inputType's own numbers."""
        return list(Origin).index(self) + 1

    @classmethod
    def of_number(cls, number: int) -> Origin:
        """The origin the store or the wire calls `number`. Raises InvalidInput."""
        members = list(cls)
        if not 1 <= number <= len(members):
            raise InvalidInput(f"{number} is no input type, expected 1 to {len(members)}", "inputType")
        return members[number - 1]


class Fate(StrEnum):
    """What became of a value that was said (值的去向)."""

    HOLDS = "holds"
    REPLACED = "replaced"
    OUTDATED = "outdated"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


def instants(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Zoned timestamps of any unit as INSTANT; null before year 1 and after 9999, which no calendar can write."""
    a_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[moments.type.unit]
    low, high = (min(max(edge_s * a_second, -(2**63)), 2**63 - 1) for edge_s in _WRITABLE_S)
    counted = moments.cast(pa.int64())
    writable = pc.and_(pc.greater_equal(counted, low), pc.less(counted, high))
    return pc.if_else(writable, moments, pa.scalar(None, moments.type)).cast(INSTANT, safe=False)


def numbered(words: pa.ChunkedArray, kind: type[Granularity] | type[Origin]) -> pa.ChunkedArray:
    """Words of a column as the store's small integers (int8); null where a word is unknown."""
    numbers = {member.value: member.number for member in kind}
    place = pc.index_in(words, value_set=pa.array(numbers, pa.string())).combine_chunks()
    return pa.chunked_array([pa.array(numbers.values(), pa.int8()).take(place)])


@dataclass(frozen=True)
class Arrived:
    """What a decoder made of a body: the rows it could read, and those it could not (REJECTIONS)."""

    table: pa.Table
    rejections: pa.Table

    @property
    def rows(self) -> int:
        """Rows of the source, good and bad."""
        return int(self.table.num_rows + self.rejections.num_rows)


def origin_names(numbers: pa.ChunkedArray) -> pa.Array:
    """The store's small integers as the origins' words: what `numbered` makes, back."""
    return _named(numbers, Origin)


def granularity_names(numbers: pa.ChunkedArray) -> pa.Array:
    """The store's small integers as the granularities' words."""
    return _named(numbers, Granularity)


def _named(numbers: pa.ChunkedArray, kind: type[Granularity] | type[Origin]) -> pa.Array:
    return _words(kind).take(numbers.combine_chunks())


@cache
def _words(kind: type[Granularity] | type[Origin]) -> pa.Array:
    """By their numbers, which begin with one."""
    return pa.array([None, *(member.value for member in kind)])


def no_rejections() -> pa.Table:
    """An empty table of rejections."""
    return REJECTIONS.empty_table()
