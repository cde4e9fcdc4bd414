"""Content of any length as pieces that are each a batch: the memory it takes is that of one piece.

Where a piece ends follows from the bytes alone, so that the n-th piece is the same whenever it is read. A row keeps its
number in the whole.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.errors import InvalidInput, MalformedBody, TooLarge
from graph.model.reading import Arrived
from provincial_adapters import nengshu_batches
from provincial_adapters._nengshu_batches.bodies import THRIFT
from provincial_adapters._toolkit.bounded import UNPACKED_BYTES_MAX, unpacked_pieces
from provincial_adapters._toolkit.dictionaries import texts_of
from provincial_adapters.nengshu_batches import ARROW, COLUMNS, CSV, NDJSON, PARQUET

ROWS_PER_PIECE_MAX = 200_000  # what the writer takes in one transaction
TEXT_BYTES = 8 * 1024 * 1024  # of NDJSON or CSV decoded at once: some 60 000 readings
COLUMN_BYTES_MAX = 64 * 1024 * 1024  # of one record batch: 200 000 readings are some 30 MB
BATCHES_PER_PIECE_MAX = (
    10_000  # of record batches: each takes some 6 kB beside its cells, and one of no rows has none
)
ROWS_MAX = 2**31 - 1  # of the whole: a row's number is an int32
_READ_BYTES = 1024 * 1024
_PARQUET_ROWS = 65_536  # of a row group decoded at once
_NEWLINE = re.compile(rb"\n")


def any_room(_size: int) -> None:
    """There is always room for so many bytes more."""


@dataclass(frozen=True)
class Content:
    """Bytes at rest: where, as what they were sent, how many they may be unpacked; `scratch` is a file for that.

    `check_room` is asked before so many bytes more are written there, and raises where there is none.
    """

    path: Path
    content_type: str
    encoding: str
    bytes_max: int
    scratch: Path
    check_room: Callable[[int], None] = any_room


def pieces_of(content: Content) -> Generator[Arrived]:
    """The readings of a content, at most ROWS_PER_PIECE_MAX at a time. Raises MalformedBody, TooLarge."""
    past = 0
    try:
        for arrived in _READERS[nengshu_batches.media_type(content.content_type)](content):
            if arrived.rows:
                numbered = _numbered_from(past, arrived)
                past += arrived.rows
                yield numbered
    except InvalidInput as fault:
        raise type(fault)(f"after row {past}: {fault}") from fault
    if not past:
        raise MalformedBody("is empty, expected readings", "body")


def _numbered_from(past: int, arrived: Arrived) -> Arrived:
    """The same rows behind `past` others."""
    if past + arrived.rows > ROWS_MAX:
        raise TooLarge(f"more than {ROWS_MAX} rows", "rows")

    def moved(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index("row")
        numbers = pc.add(table["row"], pa.scalar(past, pa.int32()))
        return table.set_column(place, table.schema.field(place), numbers)

    return Arrived(moved(arrived.table), moved(arrived.rejections))


def _plain(content: Content) -> Iterator[bytes]:
    with content.path.open("rb") as file:
        yield from unpacked_pieces(
            iter(lambda: file.read(_READ_BYTES), b""), content.encoding, content.bytes_max
        )


# ---- lines of text ----------------------------------------------------------------------------------------


def _ndjson(content: Content) -> Iterator[Arrived]:
    for block in _blocks(_plain(content)):
        yield nengshu_batches.decode(block, NDJSON)


def _csv(content: Content) -> Iterator[Arrived]:
    header: bytes | None = None
    for block in _blocks(_plain(content)):
        if header is None:
            begin = block.lstrip(b"\r\n")
            end = begin.find(b"\n") + 1 or len(begin)
            header, lines = begin[:end], begin[end:]
        else:
            lines = block
        yield nengshu_batches.decode(header + lines, CSV)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, as many as fit into TEXT_BYTES and ROWS_PER_PIECE_MAX, whatever the pieces they came in."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > TEXT_BYTES:
            end = _end_of(waiting)
            yield bytes(waiting[:end])
            del waiting[:end]
    while waiting:
        end = _end_of(waiting)
        yield bytes(waiting[:end])
        del waiting[:end]


def _end_of(waiting: bytearray) -> int:
    """Where the lines end that are taken now."""
    if len(waiting) <= TEXT_BYTES and waiting.count(b"\n") < ROWS_PER_PIECE_MAX:
        return len(waiting)
    if waiting.count(b"\n", 0, TEXT_BYTES) >= ROWS_PER_PIECE_MAX:
        return next(islice(_NEWLINE.finditer(waiting), ROWS_PER_PIECE_MAX - 1, None)).end()
    end = waiting.rfind(b"\n", 0, TEXT_BYTES) + 1
    if not end:
        raise MalformedBody(f"a line is longer than {TEXT_BYTES} bytes", "body")
    return end


# ---- columns ----------------------------------------------------------------------------------------------


def _arrow(content: Content) -> Iterator[Arrived]:
    try:
        with (
            pa.PythonFile(_Sips(_plain(content)), mode="r") as file,
            pa.ipc.open_stream(file) as stream,
        ):
            yield from _grouped(stream, stream.schema)
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Arrow stream: {fault}", "body") from fault


def _parquet(content: Content) -> Iterator[Arrived]:
    """A packed file is unpacked beside itself first, for it is read from its end."""
    path = content.path
    if content.encoding not in ("", "identity"):
        path = content.scratch
        _unpack(content)
    try:
        with pa.OSFile(str(path)) as file:
            yield from _of_file(file)
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Parquet file: {fault}", "body") from fault


def _unpack(content: Content) -> None:
    """Into the scratch file, of which nothing is left where there is no room for all."""
    try:
        with content.scratch.open("wb") as unpacked:
            for piece in _plain(content):
                content.check_room(len(piece))
                unpacked.write(piece)
    except BaseException:
        content.scratch.unlink(missing_ok=True)
        raise


def _of_file(file: pa.NativeFile) -> Iterator[Arrived]:
    about = pq.ParquetFile(file, **THRIFT)
    for place in range(about.metadata.num_row_groups):
        size = about.metadata.row_group(place).total_byte_size
        if size > UNPACKED_BYTES_MAX:
            raise TooLarge(f"a row group of {size} bytes, at most {UNPACKED_BYTES_MAX}", "body")
    schema = about.schema_arrow
    known = [name for name in COLUMNS if name in schema.names]
    texts = texts_of(schema, known)
    whole = pq.ParquetFile(file, read_dictionary=texts, buffer_size=_READ_BYTES, **THRIFT)
    batches = whole.iter_batches(_PARQUET_ROWS, columns=known, use_threads=False)
    yield from _grouped(batches, None)


def _grouped(batches: Iterable[pa.RecordBatch], schema: pa.Schema | None) -> Iterator[Arrived]:
    """Batches together until there are enough rows or bytes of them, or enough of them."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        is_full = rows >= ROWS_PER_PIECE_MAX or size >= COLUMN_BYTES_MAX
        if is_full or len(waiting) >= BATCHES_PER_PIECE_MAX:
            yield from _cut(pa.Table.from_batches(waiting, schema))
            waiting, rows, size = [], 0, 0
    if waiting:
        yield from _cut(pa.Table.from_batches(waiting, schema))


def _cut(table: pa.Table) -> Iterator[Arrived]:
    for begin in range(0, table.num_rows, ROWS_PER_PIECE_MAX):
        yield nengshu_batches.arrived(table.slice(begin, ROWS_PER_PIECE_MAX))


class _Sips(io.RawIOBase):
    """Pieces as the file Arrow reads a stream from; what would be one large record batch is refused before it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._waiting = pieces, bytearray()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= COLUMN_BYTES_MAX:
            raise TooLarge(f"a record batch of {size} bytes, at most {COLUMN_BYTES_MAX}", "body")
        while len(self._waiting) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._waiting += piece
        some = bytes(self._waiting[:size])
        del self._waiting[:size]
        return some


_READERS: Mapping[str, Callable[[Content], Iterator[Arrived]]] = {
    ARROW: _arrow, PARQUET: _parquet, NDJSON: _ndjson, CSV: _csv,
}  # fmt: skip
FORMATS = tuple(_READERS)
