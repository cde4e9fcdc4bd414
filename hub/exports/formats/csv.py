"""CSV (RFC 4180) in UTF-8: numbers with all their digits, moments with their offset, and no text a sheet would run.

A text that begins as a formula does gets an apostrophe in front; numbers are never altered.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from hub.exports._format import Format, Sink, Streaming, Tables

# Sheets trim what cannot be seen before they look for a formula, and some take the full-width signs for the plain ones.
FORMULA = r"^(?:[\t\r\n]|[\pZ\pC]*[=+\-@＝＋－＠])"


class Lines:
    """Lines of what can be read, before Arrow's writer of lines."""

    def __init__(self, behind: Tables) -> None:
        self._behind = behind

    def write_table(self, table: pa.Table) -> None:
        """Write the rows' lines."""
        self._behind.write_table(_readable(table))

    def close(self) -> None:
        """Nothing comes last."""
        self._behind.close()


def writer(schema: pa.Schema, _folder: Path) -> Streaming:
    """A heading, which comes even where there is no row, then a line a row."""
    sink = Sink()
    return Streaming(sink, Lines(arrow_csv.CSVWriter(sink, _readable(schema.empty_table()).schema)))


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
