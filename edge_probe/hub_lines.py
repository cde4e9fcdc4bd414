"""Readings as the NDJSON of the batch protocol, packed: the same bytes whenever they are made.

Rows of the spool go as the texts they are. A quarter-hour's moments are told of many points, so that each text of one is
turned into Beijing time once for all of a batch. Packing is at zlib's own level: gzip's best takes six times as long, longer
than all the rest of a batch, to save a seventh.
"""

from __future__ import annotations

import datetime as dt
import functools
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from edge_probe.readings import DOUBTFUL, ESTIMATED, GRANULARITY, Spooled
from edge_probe.spool_rows import moment_text
from edge_probe.spooled_rows import SpooledRows
from graph.model.period import BEIJING

PACKED_LEVEL = 6  # of 9
ROWS_AT_ONCE = 1_000  # as objects for the encoder: half a megabyte
_GZIP = 31  # zlib's word for a window of 32 KiB with gzip's header, in which zlib writes no time
_ENCODER = msgspec.json.Encoder()


def packed(rows: Sequence[Spooled]) -> bytes:
    """The lines of these rows, as gzip has them."""
    packing, found = zlib.compressobj(PACKED_LEVEL, zlib.DEFLATED, _GZIP), bytearray()
    for piece in _pieces(rows):
        found += packing.compress(piece)
    found += packing.flush()
    return bytes(found)


def ndjson(rows: Sequence[Spooled]) -> bytes:
    """One JSON object a line. Values are text, so that none is a double."""
    return b"".join(_pieces(rows))


def _pieces(rows: Sequence[Spooled]) -> Iterator[bytes]:
    beijing = functools.cache(_beijing)
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        yield _ENCODER.encode_lines(
            [
                {
                    "unit": unit,
                    "data_code": data_code,
                    "granularity": GRANULARITY,
                    "start": beijing(start),
                    "value": value,
                    "version": beijing(written_at),
                    "origin": ESTIMATED if origin == DOUBTFUL else origin,
                }
                for unit, data_code, start, value, origin, written_at in _texts(rows, begin)
            ]
        )


def _texts(rows: Sequence[Spooled], begin: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    if isinstance(rows, SpooledRows):
        return (cells[1:] for cells in rows.cells[begin : begin + ROWS_AT_ONCE])
    return (_cells(row) for row in rows[begin : begin + ROWS_AT_ONCE])


def _cells(row: Spooled) -> tuple[str, str, str, str, str, str]:
    told = row.reading
    start, written_at = moment_text(told.start), moment_text(told.written_at)
    return told.unit, told.data_code, start, f"{told.value:f}", told.origin, written_at


def _beijing(text: str) -> str:
    return dt.datetime.fromisoformat(text).astimezone(BEIJING).isoformat()
