"""CSV as columns of text: values stay what was written, and a line with too few or too many fields costs itself.

A row's number is its line in the file, counted from 1 with the header as the first, as an editor shows it.
Lines with nothing in any mapped column are no rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from graph.errors import MalformedBody
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._toolkit.malformed_lines import MalformedLines
from provincial_adapters._toolkit.quotes import quote_of, without_quotes

HEADER_BYTES_MAX = 1024 * 1024  # a thousand columns of a thousand bytes
BLOCK_BYTES = 4 * 1024 * 1024  # what is read at once; a line cannot be longer


def csv_lines(file: BinaryIO, mapping: FileMapping, place: str) -> Iterator[Lines]:
    """The rows of a CSV file. Raises MalformedBody when it is none, or another than the mapping means."""
    columns, others = columns_to_read(_header(file, mapping, place), mapping)
    malformed, quote = MalformedLines(), quote_of(file)
    past = 1
    try:
        with arrow_csv.open_csv(file, *_options(mapping, columns, malformed, quote)) as reader:
            for batch in reader:
                numbers, past = malformed.numbers_after(past, batch.num_rows)
                refused = malformed.taken_up_to(past)
                table = pa.Table.from_batches([batch])
                table = table if quote else without_quotes(table)
                yield _without_blank(Lines(numbers, table, refused, others))
                malformed.check(place)
    except (pa.ArrowInvalid, UnicodeDecodeError) as fault:
        why = (
            f"after line {past}: {fault}; expected {mapping.encoding} text with {mapping.delimiter!r} between"
        )
        raise MalformedBody(why, place) from fault
    malformed.check(place)
    nothing = pa.schema([(name, pa.string()) for name in columns]).empty_table()
    yield Lines(pa.array([], pa.int32()), nothing, malformed.taken_up_to(None), others)


def _options(
    mapping: FileMapping, columns: list[str], malformed: MalformedLines, quote: str | Literal[False]
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    # Blank lines are kept so that lines are counted as an editor counts them; one thread, because only then
    # Arrow says which line was malformed.
    read = arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, encoding=mapping.encoding)
    parse = arrow_csv.ParseOptions(
        delimiter=mapping.delimiter,
        quote_char=quote,
        ignore_empty_lines=False,
        invalid_row_handler=malformed.take,
    )
    convert = arrow_csv.ConvertOptions(
        include_columns=columns, column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
    )
    return read, parse, convert


def _header(file: BinaryIO, mapping: FileMapping, place: str) -> list[str]:
    """The columns' names. Raises MalformedBody where there are none, or none of those the mapping means."""
    line, more = file.readline(HEADER_BYTES_MAX), file.read(1)
    file.seek(0)
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").decode(mapping.encoding)
        names = next(csv.reader([text], delimiter=mapping.delimiter), [])
    except (UnicodeDecodeError, csv.Error) as fault:
        raise MalformedBody(f"line 1 is no header in {mapping.encoding}: {fault}", place) from fault
    if not any(names):
        raise MalformedBody("line 1 is blank, expected a header", place)
    check_is_meant(names, mapping, place)
    if not more:
        raise MalformedBody("holds a header and no row", place)
    return names


def _without_blank(lines: Lines) -> Lines:
    blank = None
    for column in lines.table.columns:
        empty = pc.equal(pc.utf8_trim_whitespace(column), "")
        blank = empty if blank is None else pc.and_(blank, empty)
    if blank is None or not pc.any(blank).as_py():
        return lines
    kept = pc.invert(blank).combine_chunks()
    return replace(lines, numbers=lines.numbers.filter(kept), table=lines.table.filter(kept))
