"""Compressed bodies are unpacked in pieces and never past a bound: 200 MB of zeros are 194 kB of gzip, 6 kB of zstd."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import pyarrow as pa

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
        _check(self._taken, self._given, self._bytes_max, self._ratio_max)
        return piece


def _check(taken: int, given: int, bytes_max: int, ratio_max: int) -> None:
    """Raise TooLarge where so many bytes came out of so many."""
    if given > bytes_max:
        raise TooLarge(f"unpacks to more than {bytes_max} bytes", "body")
    if given > ratio_max * max(taken, RATIO_FROM_BYTES):
        raise TooLarge(f"unpacks to more than {ratio_max} times its size", "body")


def gunzipped(
    chunks: Iterable[bytes], bytes_max: int = UNPACKED_BYTES_MAX, ratio_max: int = RATIO_MAX
) -> Iterator[bytes]:
    """The pieces of a whole gzip stream. Raises TooLarge, MalformedBody."""
    stream = Gunzip(bytes_max, ratio_max)
    for chunk in chunks:
        yield from stream.feed(chunk)
    stream.close()


def unzstded(
    chunks: Iterable[bytes], bytes_max: int = UNPACKED_BYTES_MAX, ratio_max: int = RATIO_MAX
) -> Iterator[bytes]:
    """The pieces of a whole zstd stream, several frames allowed. Raises TooLarge, MalformedBody."""
    packed, given = _Chunks(chunks), 0
    with pa.PythonFile(packed, mode="r") as file, pa.CompressedInputStream(file, "zstd") as stream:
        while piece := _read(stream):
            given += len(piece)
            _check(packed.taken, given, bytes_max, ratio_max)
            yield piece
    if not packed.taken:
        raise MalformedBody("the zstd stream breaks off after 0 bytes", "body")


def _read(stream: pa.CompressedInputStream) -> bytes:
    try:
        piece: bytes = stream.read(_PIECE_BYTES)
    except OSError as fault:
        what = "the stream breaks off" if "Truncated" in str(fault) else str(fault)
        raise MalformedBody(f"not zstd: {what}", "body") from fault
    return piece


class _Chunks(io.RawIOBase):
    """Chunks as the file that Arrow reads, a piece at a time: what was taken is told before it is unpacked."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._rest = iter(chunks), memoryview(b"")
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = memoryview(chunk)
        some = bytes(self._rest[: size if size >= 0 else None])
        self._rest = self._rest[len(some) :]
        self.taken += len(some)
        return some


def _as_they_are(chunks: Iterable[bytes], bytes_max: int) -> Iterator[bytes]:
    given = 0
    for chunk in chunks:
        given += len(chunk)
        _check(given, given, bytes_max, RATIO_MAX)
        yield chunk


_CODINGS: Mapping[str, Callable[[Iterable[bytes], int], Iterator[bytes]]] = MappingProxyType(
    {"": _as_they_are, "identity": _as_they_are, "gzip": gunzipped, "zstd": unzstded}
)
ENCODINGS = tuple(_CODINGS)


def unpacked_pieces(chunks: Iterable[bytes], content_encoding: str, bytes_max: int) -> Iterator[bytes]:
    """A body as it was before it was packed, in pieces. Raises MalformedBody, and TooLarge beyond `bytes_max`."""
    encoding = content_encoding.strip().lower()
    if encoding not in _CODINGS:
        raise MalformedBody(f"came {encoding[:32]!r}, expected gzip, zstd or none", "Content-Encoding")
    return _CODINGS[encoding](chunks, bytes_max)
