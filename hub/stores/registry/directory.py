"""Which units and points there are: for intake row by row, and as a whole for the readings store to mirror."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Row, Select, func, select

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
    ]
)
MIRRORED = ("unit", "data_point", "coefficient")
COEFFICIENT_COLUMNS = ("variety", "basis", "kgce", "edition", "since", "until", "unit", "source")
_UNIT, _POINT = T["unit"].c, T["data_point"].c


def dimensions(connection: Connection) -> tuple[int, pa.Table, pa.Table, pa.Table]:
    """The revision with all units, points and coefficients of it.

    The revision is read first: where a transaction sees what others commit meanwhile, the tables are newer than
    it says and are fetched once more, never older.
    """
    units = select(_UNIT.id, *(_UNIT[name] for name in UNIT_DIMENSION.names[1:])).order_by(_UNIT.id)
    names = ("code" if name == "data_code" else name for name in POINT_DIMENSION.names)
    of_units: Select[Any] = select(*(_POINT[name] for name in names)).order_by(
        _POINT.unit_id, _POINT.point_id
    )
    return (
        revision(connection, MIRRORED),
        _table(UNIT_DIMENSION, connection.execute(units).all()),
        _table(POINT_DIMENSION, connection.execute(of_units).all()),
        rows.page(connection, Ask("coefficient")).table.select(list(COEFFICIENT_COLUMNS)),
    )


def revision(connection: Connection, nouns: Iterable[str]) -> int:
    """The number of the last change of any of these nouns, from the audit; 0 where there is none."""
    audit = T["audit"].c
    last = [  # each its own, for then it is the end of an index
        select(func.max(audit.id)).where(audit.noun == noun).scalar_subquery() for noun in nouns
    ]
    return max(number or 0 for number in connection.execute(select(*last)).one())


def _table(schema: pa.Schema, found: Sequence[Row[Any]]) -> pa.Table:
    columns: Sequence[Sequence[Any]] = list(zip(*found, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
