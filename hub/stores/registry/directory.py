"""Which units and points there are: for intake row by row, and as a whole for the readings store to mirror."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Result, Row, Select, String, and_, cast, func, select

from graph.ports import Ask
from hub.stores.registry import rows
from hub.stores.registry.tables import T

UNIT_DIMENSION = pa.schema(
    [
        ("unit_id", pa.int32()),
        *(
            (name, pa.string())
            for name in ("credit_code", "province", "city", "region", "section", "tier", "name")
        ),
    ]
)
POINT_DIMENSION = pa.schema(
    [
        ("unit_id", pa.int32()),
        ("point_id", pa.int32()),
        ("data_code", pa.string()),
        ("variety", pa.string()),
        ("kind", pa.string()),
        ("scope", pa.int8()),
        ("granularity", pa.string()),
        ("since", pa.date32()),
        ("until", pa.date32()),
        ("state", pa.string()),
        ("waived_from", pa.date32()),
        ("waived_until", pa.date32()),
    ]
)
MIRRORED = ("unit", "data_point", "coefficient", "waiver")
COEFFICIENT_COLUMNS = ("variety", "basis", "kgce", "edition", "since", "until", "unit", "source")
ROWS_AT_ONCE = 50_000  # rows that are objects for a moment: some ten megabytes
_PIECEMEAL = {"yield_per": ROWS_AT_ONCE}
_UNIT, _POINT, _WAIVER = T["unit"].c, T["data_point"].c, T["waiver"].c
_NAMED_OTHERWISE = {
    "data_code": _POINT.code,
    "waived_from": _WAIVER.granted_on,
    "waived_until": _WAIVER.until,
}


def dimensions(connection: Connection) -> tuple[int, pa.Table, pa.Table, pa.Table]:
    """The revision with all units, points and coefficients of it.

    The revision is read first: where a transaction sees what others commit meanwhile, the tables are newer than
    it says and are fetched once more, never older.
    """
    units = select(_UNIT.id, *(_UNIT[name] for name in UNIT_DIMENSION.names[1:])).order_by(_UNIT.id)
    waived = and_(_WAIVER.unit_id == _POINT.unit_id, _WAIVER.energy == _POINT.kind)
    points = T["data_point"].outerjoin(T["waiver"], waived)
    of_units: Select[Any] = select(*map(_told, POINT_DIMENSION)).select_from(points)
    of_units = of_units.order_by(_POINT.unit_id, _POINT.point_id)
    return (
        revision(connection, MIRRORED),
        _table(UNIT_DIMENSION, connection.execute(units, execution_options=_PIECEMEAL)),
        _table(POINT_DIMENSION, connection.execute(of_units, execution_options=_PIECEMEAL)),
        rows.page(connection, Ask("coefficient")).table.select(list(COEFFICIENT_COLUMNS)),
    )


def revision(connection: Connection, nouns: Iterable[str]) -> int:
    """The number of the last change of any of these nouns, from the audit; 0 where there is none."""
    audit = T["audit"].c
    last = [  # each its own, for then it is the end of an index
        select(func.max(audit.id)).where(audit.noun == noun).scalar_subquery() for noun in nouns
    ]
    return max(number or 0 for number in connection.execute(select(*last)).one())


def _told(field: pa.Field) -> ColumnElement[Any]:
    """A column of points, a day as its text: an object for each of 1.7 million would take longer than all the rest."""
    column = _NAMED_OTHERWISE[field.name] if field.name in _NAMED_OTHERWISE else _POINT[field.name]
    return cast(column, String) if pa.types.is_date(field.type) else column


def _table(schema: pa.Schema, found: Result[Any]) -> pa.Table:
    """Rows as columns, so many at a time: all of a nation's points as objects would be more than a gigabyte."""
    return pa.concat_tables(
        [schema.empty_table(), *(_columns(schema, rows) for rows in found.partitions(ROWS_AT_ONCE))]
    )


def _columns(schema: pa.Schema, rows: Sequence[Row[Any]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table([_column(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.string()).cast(kind) if pa.types.is_date(kind) else pa.array(values, kind)
