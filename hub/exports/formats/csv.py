"""CSV (RFC 4180) in UTF-8: numbers with all their digits, moments with their offset, and no text a sheet would run.

A text that begins as a formula does gets an apostrophe in front; numbers are never altered.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from hub.exports._format import Format, Sink, Streaming

FORMULA = r"^[=+\-@\t\r]"


class Lines(Streaming):
    """A heading, then a line a row."""

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """The rows' lines."""
        return super().write(_readable(table))


def writer(schema: pa.Schema) -> Lines:
    """The heading comes even where there is no row."""
    sink = Sink()
    return Lines(sink, arrow_csv.CSVWriter(sink, _readable(schema.empty_table()).schema))


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


FORMAT = Format("csv", "text/csv; charset=utf-8", "csv", writer)
