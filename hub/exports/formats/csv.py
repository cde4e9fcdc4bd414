"""CSV (RFC 4180) in UTF-8: numbers with all their digits, moments with their offset, and no text a sheet would run.

A text that begins as a formula does gets an apostrophe in front; numbers are never altered.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from hub.exports._format import Format, Sink

FORMULA = r"^[=+\-@\t\r]"


class CsvWriter:
    """A heading, then a line a row."""

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = Sink()
        self._writer = arrow_csv.CSVWriter(self._sink, _readable(schema.empty_table()).schema)

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """The rows' lines."""
        self._writer.write_table(_readable(table))
        yield self._sink.taken()

    def end(self) -> Iterable[bytes]:
        """Nothing is left but the heading where there was no row."""
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        """Nothing is open outside of memory."""


def _readable(table: pa.Table) -> pa.Table:
    """Moments as text with their offset, texts without a formula."""
    columns = [_readable_column(column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _readable_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        whole = column.cast(pa.timestamp("s", column.type.tz))
        return pc.replace_substring_regex(pc.strftime(whole, "%Y-%m-%dT%H:%M:%S%z"), r"(\d\d)$", r":\1")
    if pa.types.is_string(column.type):
        guarded = pc.binary_join_element_wise("'", column, "")
        return pc.if_else(pc.match_substring_regex(column, FORMULA), guarded, column)
    return column


FORMAT = Format("csv", "text/csv; charset=utf-8", "csv", CsvWriter)
