"""Our own batch protocol: what provinces, probes and other hubs put into `POST /sync/v1/batches`.

Source:  docs/batches.md, our own (read).
Time:    `start` is RFC 3339 with its offset; the label is the start of the period (read).
Cadence: whenever the sender has something; a resend under the same key gets the same receipt (read).
Quirks:  none; whoever needs one has a dialect of its own (read).

Five formats carry the same columns: unit, data_code, granularity, start, value, version, origin. A row's number
is its place among the readings of the body, from 1; a header is no reading.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json

from graph.errors import MalformedBody, TooLarge
from graph.model.reading import ARRIVED_COLUMNS, INSTANT, Arrived, instants
from graph.model.verdict import Rejection
from provincial_adapters._nengshu_batches.bodies import entries_of, of_arrow, of_parquet, read_by
from provincial_adapters._toolkit.bounded import unpacked_pieces
from provincial_adapters._toolkit.columns import once_each
from provincial_adapters._toolkit.dialect import Dialect, Direction
from provincial_adapters._toolkit.dictionaries import cut
from provincial_adapters._toolkit.malformed_lines import MalformedLines
from provincial_adapters._toolkit.quotes import quote_of, without_quotes
from provincial_adapters._toolkit.rejected import as_table, rejection

DIALECT = Dialect("nengshu_batches", "能枢批次协议", "Nengshu batch protocol", Direction.RECEIVE)

ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
TEXTS = (NDJSON, JSON, CSV)  # of these few bytes are few rows; 19 kB of Parquet may be a million
ROWS_MAX = 1_000_000  # of one batch; a larger upload is several
BYTES_MAX = 256 * 1024 * 1024  # unpacked
COLUMNS = ("unit", "data_code", "granularity", "start", "value", "version", "origin")
REQUIRED = COLUMNS[:5]
_LONG_NUMBER = re.compile(rb'"value"\s*:\s*[-+.0-9eE]{16}')
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"


def decode(
    body: bytes, content_type: str, content_encoding: str = "identity", bytes_max: int = BYTES_MAX
) -> Arrived:
    """A body as columns. Raises MalformedBody naming what was expected, TooLarge beyond a bound."""
    return _arrived(*read_by(_READERS, unpacked(body, content_encoding, bytes_max), media_type(content_type)))


def unpacked(body: bytes, content_encoding: str, bytes_max: int) -> bytes:
    """A body as it was before it was packed. Raises MalformedBody, and TooLarge beyond `bytes_max`."""
    return b"".join(unpacked_pieces([body], content_encoding, bytes_max))


def arrived(table: pa.Table) -> Arrived:
    """Columns that came as such, at most ROWS_MAX rows, numbered from 1. Raises MalformedBody, TooLarge."""
    return _arrived(*_numbered(table))


def _arrived(table: pa.Table, numbers: pa.Array, refused: list[Rejection]) -> Arrived:
    if table.num_rows + len(refused) > ROWS_MAX:
        raise TooLarge(f"{table.num_rows + len(refused)} rows, at most {ROWS_MAX} in one batch", "rows")
    if twice := [name for name in COLUMNS if table.column_names.count(name) > 1]:
        raise MalformedBody(f"columns stand there twice: {', '.join(twice)}", "body")
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing and table.num_rows:
        came = ", ".join(table.column_names)[:500]
        raise MalformedBody(f"columns are missing: {', '.join(missing)}; came {came}", "body")
    table = cut(table)
    columns: dict[str, Any] = {"row": numbers.cast(pa.int32())}
    for name in COLUMNS:
        column = table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.string())
        columns[name] = _instants(column, name) if ARRIVED_COLUMNS[name] == INSTANT else column
    return Arrived(pa.table({**columns, "label": _labels(table)}), as_table(refused))


def _labels(table: pa.Table) -> pa.Array | pa.ChunkedArray:
    """What stood where a label should be; a timestamp is its own label and needs no text."""
    if "start" not in table.column_names or pa.types.is_timestamp(table["start"].type):
        return pa.nulls(table.num_rows, pa.string())
    return table["start"].cast(pa.string())


def _instants(column: pa.ChunkedArray | pa.Array, name: str) -> pa.Array | pa.ChunkedArray:
    """RFC 3339 text or zoned timestamps as UTC; null for what is neither. A label without an offset is none."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            raise MalformedBody("timestamps without a zone could be any of 24, expected UTC or +08:00", name)
        return instants(column)
    if pa.types.is_null(kind):
        return column.cast(INSTANT)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)):
        raise MalformedBody(f"expected RFC 3339 text or timestamps, came {kind}", name)
    return once_each(
        column.cast(pa.string()), lambda texts: pa.array(map(_instant, texts.to_pylist()), INSTANT)
    )


def _instant(text: str | None) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


# ---- one reader a format: the columns, the rows' numbers, the rows it could not read ----------------------

_Read = tuple[pa.Table, pa.Array, list[Rejection]]


def _numbered(table: pa.Table) -> _Read:
    if table.num_rows > ROWS_MAX:
        raise TooLarge(f"{table.num_rows} rows, at most {ROWS_MAX} in one batch", "rows")
    table.validate(full=True)
    return table, pa.arange(1, table.num_rows + 1), []


def _arrow(body: bytes) -> _Read:
    return of_arrow(body, _check_size, _numbered)


def _parquet(body: bytes) -> _Read:
    return of_parquet(body, _check_size, _known, _numbered)


def _known(schema: pa.Schema) -> list[str]:
    return [name for name in COLUMNS if name in schema.names]


def _check_size(rows: int, size: int) -> None:
    if rows > ROWS_MAX:
        raise TooLarge(f"{rows} rows, at most {ROWS_MAX} in one batch", "rows")
    if size > BYTES_MAX:
        raise TooLarge(f"unpacks to {size} bytes, at most {BYTES_MAX}", "body")


def _csv(body: bytes) -> _Read:
    malformed, quote = MalformedLines(uncounted=1), quote_of(io.BytesIO(body))
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body),
            arrow_csv.ReadOptions(use_threads=False),
            arrow_csv.ParseOptions(quote_char=quote, invalid_row_handler=malformed.take),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(COLUMNS, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError) as fault:
        raise MalformedBody(f"not CSV in UTF-8: {fault}", "body") from fault
    malformed.check("body")
    numbers, _ = malformed.numbers_after(0, table.num_rows)
    table = table if quote else without_quotes(table)
    return table, numbers, list(malformed.taken_up_to(None))


def _json(body: bytes) -> _Read:
    return _ndjson(b"\n".join(bytes(entry).replace(b"\n", b" ") for entry in entries_of(body)))


def _ndjson(body: bytes) -> _Read:
    body = body.strip()
    if not _is_flat(body):
        return _lines(body.split(b"\n"))
    try:
        return _numbered(_json_table(body))
    except pa.ArrowException:
        return _lines(body.split(b"\n"))


def _is_flat(body: bytes) -> bool:
    """Whether every line is one flat object: of a line `null` Arrow's reader dies. To search every line takes too long."""
    ends = body.count(b"\n")
    once_a_line = body.count(b"{") == ends + 1 == body.count(b"}") and b"[" not in body
    begun = body.startswith(b"{") and body.count(b"\n{") == ends
    return once_a_line and begun and body.endswith(b"}") and body.count(b"}\n") + body.count(b"}\r\n") == ends


def _json_table(body: bytes) -> pa.Table:
    texts = [(name, pa.string()) for name in COLUMNS if name != "value"]
    parse = arrow_json.ParseOptions(explicit_schema=pa.schema(texts), unexpected_field_behavior="infer")
    table = arrow_json.read_json(io.BytesIO(body), arrow_json.ReadOptions(block_size=len(body) + 1), parse)
    if "value" in table.column_names and pa.types.is_boolean(table["value"].type):
        raise pa.ArrowInvalid("true and false are no values; line by line each is refused by itself")
    if _lost_digits(table, body):
        raise pa.ArrowInvalid("a number has more digits than a double; line by line each keeps its own")
    return table.select([name for name in COLUMNS if name in table.column_names])


def _lost_digits(table: pa.Table, body: bytes) -> bool:
    """Whether a value may differ from what was written: a double gives back 15 digits for certain, and no more."""
    if "value" not in table.column_names or not pa.types.is_floating(table["value"].type):
        return False
    hidden = b"\\" in body  # an escape could hide the name of the key
    return hidden or _LONG_NUMBER.search(body) is not None or not pc.all(pc.is_finite(table["value"])).as_py()


class _Line(msgspec.Struct, gc=False):
    """One reading as JSON; the slow way, taken only when some line of a body is not one."""

    unit: str
    data_code: str
    granularity: str
    start: str
    value: msgspec.Raw
    version: str | None = None
    origin: str | None = None


def _lines(lines: list[bytes]) -> _Read:
    """Line by line: whatever can be read is kept, the rest is named."""
    decoder, good, values, numbers, refused = msgspec.json.Decoder(_Line), [], [], [], []
    for number, line in enumerate((entry for entry in lines if entry.strip()), 1):
        try:
            entry = decoder.decode(line)
            values.append(_value(entry.value))
            good.append(entry)
            numbers.append(number)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
            refused.append(rejection(number, "malformed-row", str(fault), line.decode(errors="replace")))
    columns = {name: [getattr(entry, name) for entry in good] for name in COLUMNS} | {"value": values}
    table = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    return table, pa.array(numbers, pa.int32()), refused


def _value(raw: msgspec.Raw) -> str:
    """A value as it was written, digit for digit."""
    written = bytes(raw).decode()
    if written.startswith('"'):
        return msgspec.json.decode(raw, type=str)
    if not re.fullmatch(_NUMBER, written):
        raise msgspec.ValidationError(f"Expected text or a number, got `{written:.40}` - at `$.value`")
    return written


_READERS: Mapping[str, Callable[[bytes], _Read]] = {
    ARROW: _arrow, PARQUET: _parquet, NDJSON: _ndjson, JSON: _json, CSV: _csv,
}  # fmt: skip
FORMATS = tuple(_READERS)


def media_type(content_type: str) -> str:
    """The type without its parameters."""
    return content_type.partition(";")[0].strip().lower()
