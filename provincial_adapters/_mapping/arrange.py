"""Rows of a source become readings: one reading for each row and column of values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.reading import ARRIVED_COLUMNS, Arrived
from graph.model.verdict import Rejection
from provincial_adapters._mapping.drift import fitting, refused_whole
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping, ValueColumn, unfitting
from provincial_adapters._mapping.measures import Measure, scaled
from provincial_adapters._toolkit.codes import as_digits, readable
from provincial_adapters._toolkit.columns import instants, once_each
from provincial_adapters._toolkit.rejected import as_table, rejection

NOTHING = pa.schema(
    [
        (name, pa.string() if kind is None else kind)
        for name, kind in ARRIVED_COLUMNS.items()
        if name not in ("valid", "relabelled")
    ]
).empty_table()
_COLUMNS = ("row", "unit", "data_code", "granularity", "start", "value", "version", "origin", "label")


def arranged(lines: Lines, mapping: ColumnMapping) -> Arrived:
    """The readings of some rows, column of values after column of values, and the rows refused.

    Where a column is missing the readings that need it are left out; where all need it the rows are refused.
    """
    came, lines = lines, fitting(lines, mapping)
    there = set(lines.table.column_names)
    shared_by_all = {mapping.label_column, mapping.unit_column} - {None}
    values = [value for value in mapping.values if {value.column, value.data_code_column} - {None} <= there]
    if not shared_by_all <= there or not values:
        missing = ", ".join(repr(name) for name in mapping.columns if name not in there)
        why = f"mapped columns are missing: {missing}"
        whole = pa.concat_tables([as_table(lines.refused), refused_whole(came, "missing-column", why)])
        return Arrived(NOTHING, whole.sort_by("row"))
    return _read(lines, mapping, values)


def _read(lines: Lines, mapping: ColumnMapping, values: list[ValueColumn]) -> Arrived:
    """The readings of these columns of values."""
    shared = _shared(lines, mapping)
    refused = list(lines.refused)
    tables = []
    for value in values:
        table = pa.table({**shared, **_own(lines.table, value)}).select(_COLUMNS)
        if value.measure is not None and value.data_code is None:
            table, unmeasured = _fitting(table, value.measure)
            refused += unmeasured
        tables.append(table)
    return Arrived(pa.concat_tables(_alike(tables)), as_table(refused))


def _shared(lines: Lines, mapping: ColumnMapping) -> dict[str, pa.Array]:
    """What every reading of a row has in common."""
    rows = lines.table.num_rows
    labels = lines.table.column(mapping.label_column)
    shared = {
        "row": lines.numbers,
        "granularity": _same(mapping.labels.granularity.value, rows),
        "start": mapping.labels.starts(labels),
        "origin": _same(mapping.origin.value, rows),
        "label": _column(labels).cast(pa.string()),
    }
    if mapping.unit is not None:
        shared["unit"] = _same(mapping.unit.text, rows)
    else:
        shared["unit"] = pc.utf8_trim_whitespace(_column(lines.table.column(mapping.unit_column)))
    if mapping.version_column is None or mapping.version_column not in lines.table.column_names:
        shared["version"] = pa.nulls(rows, ARRIVED_COLUMNS["version"])
    else:
        shared["version"] = instants(lines.table.column(mapping.version_column), mapping.version_format)
    return shared


def _own(table: pa.Table, value: ValueColumn) -> dict[str, pa.Array]:
    """What belongs to one column of values."""
    values = _column(table.column(value.column))
    untouched = value.times == 1 and not pa.types.is_string(values.type)
    if value.data_code is not None:
        codes = _same(value.data_code.digits, table.num_rows)
    else:
        codes = as_digits(table.column(value.data_code_column))
    return {"data_code": codes, "value": values if untouched else scaled(values, value.times)}


def _fitting(table: pa.Table, measure: Measure) -> tuple[pa.Table, list[Rejection]]:
    """Rows whose data code is summed in this measure's unit; a MWh of natural gas is refused."""
    faults: dict[str | None, str] = {}

    def judge(distinct: pa.Array) -> pa.Array:
        for text in distinct.to_pylist():
            code = None if text is None else readable(text)
            if code is not None and (fault := unfitting(code, measure)):
                faults[text] = fault
        return pa.array([text not in faults for text in distinct.to_pylist()], pa.bool_())

    fits = pc.fill_null(once_each(table.column("data_code"), judge), True)
    if not faults:
        return table, []
    unfit = table.filter(pc.invert(fits)).select(["row", "data_code", "value"]).to_pylist()
    refused = [
        rejection(found["row"], "measure-mismatch", faults[found["data_code"]], str(found["value"]))
        for found in unfit
    ]
    return table.filter(fits), refused


def _alike(tables: list[pa.Table]) -> list[pa.Table]:
    """Columns of values of several types meet as text, which loses nothing."""
    kinds = {table.schema.field("value").type for table in tables}
    if len(kinds) == 1:
        return tables
    place = _COLUMNS.index("value")
    return [table.set_column(place, "value", table.column("value").cast(pa.string())) for table in tables]


def _column(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _same(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), rows)
