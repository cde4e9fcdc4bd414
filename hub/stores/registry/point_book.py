"""The points of units as intake asks for them, batch after batch: kept in memory, and mended where the audit says so.

Looked up anew, the points of a province's day cost six times what everything else about it costs. A unit is looked up
when it is first asked for, and again once the audit has a row of it or of one of its points; who asks is told what stood
when they asked, or later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import BigInteger, Connection, Engine, select, type_coerce

from graph.model.reading import VALUE, VALUE_SCALE
from hub.stores.registry.database import reading
from hub.stores.registry.directory import revision
from hub.stores.registry.known import in_chunks
from hub.stores.registry.tables import T
from national_sync.words import WORD

POINTS = pa.schema(
    [
        ("unit", WORD),
        ("unit_id", pa.int32()),
        ("province", WORD),
        ("region", WORD),
        ("data_code", WORD),
        ("point_id", pa.int32()),
        ("due", WORD),
        ("low", VALUE),
        ("high", VALUE),
        ("state", WORD),
        ("until", pa.date32()),
    ]
)
NOUNS = ("unit", "data_point")  # what their rows are made of
KEPT_MAX = 4_000_000  # points: twice a nation's, 44 bytes each; beyond it everything is looked up anew
MENDED_MAX = 2_000  # units: so many changed are not picked out one by one
NONE = np.iinfo(np.int64).min  # what is not there
UNITS_AT_ONCE = 500  # looked up by one statement: of a nation 50 000 rows, which are objects for a moment
POINT = np.dtype(
    [
        ("code", "i4"),
        ("point_id", "i8"),
        ("due", "i4"),
        ("low", "i8"),
        ("high", "i8"),
        ("state", "i4"),
        ("until", "i8"),
    ]
)
_LAST_PLACE = Decimal(1).scaleb(-VALUE_SCALE)
_UNIT, _POINT, _AUDIT = T["unit"].c, T["data_point"].c, T["audit"].c

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class _Unit:
    """A unit and its points; one without any has a row that says so."""

    id: int
    province: int
    region: int
    points: bytes  # of POINT each; as bytes they are put together at once


@dataclass
class _Words:
    """Words by the numbers they got as they came; no word has -1."""

    numbers: dict[str, int] = field(default_factory=dict)
    column: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    def number(self, word: str) -> int:
        """The number of a word."""
        return self.numbers.setdefault(word, len(self.numbers))

    def numbers_of(self, words: Sequence[str | None]) -> Numbers:
        """The numbers of a column of words."""
        encoded = pa.array(words, pa.string()).dictionary_encode()
        each = np.array([*(self.number(word) for word in encoded.dictionary.to_pylist()), -1], np.int32)
        found: Numbers = each[pc.fill_null(encoded.indices, -1).to_numpy()]  # the last one stands for no word
        return found

    def of(self, numbers: Numbers) -> pa.Array:
        """The words of these numbers."""
        if len(self.column) < len(self.numbers):
            self.column = pa.array(self.numbers, pa.string())
        places = pa.array(numbers.astype(np.int32, copy=False), mask=numbers < 0)
        return pa.DictionaryArray.from_arrays(places, self.column)


class PointBook:
    """The points of a registry's units; any thread may ask. `revision` moves with the nouns they are made of."""

    def __init__(self, engine: Engine, revision: Callable[[], int], kept_max: int = KEPT_MAX) -> None:
        self._engine, self._revision, self._kept_max = engine, revision, kept_max
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._seen = 0  # the audit's last row that is accounted for
        self._kept: dict[str, _Unit] = {}
        self._points = 0
        self._places, self._codes, self._states, self._granularities = (_Words() for _ in range(4))

    def points(self, units: Sequence[str]) -> pa.Table:
        """As PointDirectory promises, in the order of the units and of their points' numbers."""
        asked = list(dict.fromkeys(units))
        with self._lock:
            if self._points > self._kept_max:
                self._forget()
            missing = [code for code in asked if code not in self._kept]
            if missing or self._revision() != self._seen:
                with reading(self._engine) as connection:
                    self._mend(connection)
                    self._look_up(connection, [code for code in asked if code not in self._kept])
            return self._table([code for code in asked if code in self._kept])

    def _mend(self, connection: Connection) -> None:
        """Let go of the units that the audit has new rows of; what it says is of this connection's moment."""
        now = revision(connection, NOUNS)
        if self._kept and now != self._seen:
            new = select(_AUDIT.unit).where(_AUDIT.id > self._seen, _AUDIT.noun.in_(NOUNS)).distinct()
            changed = list(connection.execute(new.limit(MENDED_MAX + 1)).scalars())
            if len(changed) > MENDED_MAX:
                self._forget()
            for code in changed:
                if gone := self._kept.pop(code, None):
                    self._points -= len(gone.points) // POINT.itemsize
        self._seen = now

    def _look_up(self, connection: Connection, units: Sequence[str]) -> None:
        """Keep these units; one that nobody knows is not kept, for its like are without end."""
        for codes in in_chunks(sorted(units), UNITS_AT_ONCE):
            rows = connection.execute(_ROWS.where(_UNIT.credit_code.in_(codes))).fetchall()
            if rows:
                self._keep(list(zip(*rows, strict=True)))
                self._points += len(rows)

    def _keep(self, columns: Sequence[Sequence[Any]]) -> None:
        codes, ids, provinces, regions, *rest = columns
        points = self._packed(rest)
        begins = np.flatnonzero(np.diff(np.array(ids), prepend=-1)).tolist()
        for first, end in pairwise([*begins, len(ids)]):
            places = self._places.number(provinces[first]), self._places.number(regions[first])
            self._kept[codes[first]] = _Unit(ids[first], *places, points[first:end].tobytes())

    def _packed(self, columns: Sequence[Sequence[Any]]) -> Numbers:
        code, point_id, due, low, high, state, until = columns
        points = np.empty(len(code), POINT)
        points["code"], points["state"] = self._codes.numbers_of(code), self._states.numbers_of(state)
        points["due"] = self._granularities.numbers_of(due)
        points["until"] = _filled(pa.array(until, pa.date32()).cast(pa.int32()))
        for name, column in (("point_id", point_id), ("low", low), ("high", high)):
            points[name] = _filled(pa.array(column, pa.int64()))
        return points

    def _table(self, codes: Sequence[str]) -> pa.Table:
        units = [self._kept[code] for code in codes]
        rows = np.frombuffer(b"".join([unit.points for unit in units]), POINT)
        sizes = [len(unit.points) // POINT.itemsize for unit in units]

        def each(numbers: Iterable[int]) -> Numbers:
            return np.repeat(np.fromiter(numbers, np.int32, len(units)), sizes)

        columns = {
            "unit": pa.DictionaryArray.from_arrays(each(range(len(units))), pa.array(codes, pa.string())),
            "unit_id": each(unit.id for unit in units),
            "province": self._places.of(each(unit.province for unit in units)),
            "region": self._places.of(each(unit.region for unit in units)),
            "data_code": self._codes.of(rows["code"]),
            "point_id": _known(rows["point_id"]).cast(pa.int32()),
            "due": self._granularities.of(rows["due"]),
            "low": _bounds(rows["low"]),
            "high": _bounds(rows["high"]),
            "state": self._states.of(rows["state"]),
            "until": _known(rows["until"]).cast(pa.int32()).cast(pa.date32()),
        }
        return pa.table(columns, schema=POINTS)


# Bounds as the table has them, whole numbers of the last place: a Decimal each would cost more than all the rest.
_ROWS = (
    select(
        _UNIT.credit_code,
        _UNIT.id,
        _UNIT.province,
        _UNIT.region,
        _POINT.code,
        _POINT.point_id,
        _POINT.granularity,
        type_coerce(_POINT.low, BigInteger),
        type_coerce(_POINT.high, BigInteger),
        _POINT.state,
        _POINT.until,
    )
    .select_from(T["unit"].outerjoin(T["data_point"]))
    .order_by(_UNIT.credit_code, _POINT.point_id)
)


def _filled(column: pa.Array) -> Numbers:
    found: Numbers = pc.fill_null(column.cast(pa.int64()), NONE).to_numpy()
    return found


def _known(found: Numbers) -> pa.Array:
    """What `_filled` made, back."""
    return pa.array(np.ascontiguousarray(found), pa.int64(), mask=found == NONE)


def _bounds(found: Numbers) -> pa.Array:
    """Whole numbers of the fourth place as decimals; most points declare none."""
    whole = _known(found)
    if whole.null_count == len(whole):
        return pa.nulls(len(whole), VALUE)
    return pc.multiply(whole.cast(pa.decimal128(19, 0)), pa.scalar(_LAST_PLACE)).cast(VALUE)
