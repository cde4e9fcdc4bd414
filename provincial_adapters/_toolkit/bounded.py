"""Compressed bodies are unpacked in pieces and never past a bound: 200 MB of zeros fit into 194 kB of gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from graph.errors import MalformedBody, TooLarge

UNPACKED_BYTES_MAX = 256 * 1024 * 1024  # a day of a large province is 60 MB as JSON
RATIO_MAX = 200  # readings as JSON or CSV compress 5 to 20 times
RATIO_FROM_BYTES = 1024  # below it a header alone distorts the ratio
_PIECE_BYTES = 65_536
_GZIP = 31  # zlib's word for: with a gzip header, window of any size


class Gunzip:
    """A gzip stream fed chunk by chunk, several members allowed. Raises TooLarge, MalformedBody."""

    def __init__(self, bytes_max: int = UNPACKED_BYTES_MAX, ratio_max: int = RATIO_MAX) -> None:
        self._bytes_max, self._ratio_max = bytes_max, ratio_max
        self._member = zlib.decompressobj(_GZIP)
        self._taken = self._given = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What this chunk unpacks to, in pieces."""
        self._taken += len(chunk)
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            piece = self._unpacked(chunk)
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def close(self) -> None:
        """Say that no more comes. Raises MalformedBody when the stream broke off."""
        if not self._member.eof:
            raise MalformedBody(f"the gzip stream breaks off after {self._taken} bytes", "body")

    def _unpacked(self, chunk: bytes) -> bytes:
        try:
            piece = self._member.decompress(chunk, _PIECE_BYTES)
        except zlib.error as fault:
            raise MalformedBody(f"not gzip: {fault}", "body") from fault
        self._given += len(piece)
        if self._given > self._bytes_max:
            raise TooLarge(f"unpacks to more than {self._bytes_max} bytes", "body")
        if self._given > self._ratio_max * max(self._taken, RATIO_FROM_BYTES):
            raise TooLarge(f"unpacks to more than {self._ratio_max} times its size", "body")
        return piece


def gunzipped(
    chunks: Iterable[bytes], bytes_max: int = UNPACKED_BYTES_MAX, ratio_max: int = RATIO_MAX
) -> Iterator[bytes]:
    """The pieces of a whole gzip stream. Raises TooLarge, MalformedBody."""
    stream = Gunzip(bytes_max, ratio_max)
    for chunk in chunks:
        yield from stream.feed(chunk)
    stream.close()
