"""What a write-ahead log ends with: a torn tail is what a crash leaves, finished transactions behind a break are not.

DuckDB 1.5.5 checks what every entry holds, but takes an entry whose length runs past the end of the file, or a log
whose opening it does not know, for a torn one: it forgets in silence all that stands behind, batches included that
were acknowledged. So the log is walked before DuckDB sees it. *Read* off files of 1.5.5, whose version is pinned:

    opening   plain   64 00 62 65 00 02 ff ff
              marked  64 00 62 65 00 03 66 00 10 <16 numbers, LEB128> 67 00 <number> ff ff; the 16 are the file's own
    entry     its length in 8 bytes; a checksum in 8 or, encrypted, nonce, checksum and tag in 36; as many bytes
    commit    the entry whose 5 bytes are 64 00 64 ff ff
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import BinaryIO

OPENING_BYTES_MAX = 64  # a log that is no longer than this has no entry
BYTES_AT_ONCE = 1 << 20
HEADERS_BYTES = 3 * 4096  # of the main file; its identity stands in the first of three headers
_OPENING = re.compile(
    rb"\x64\x00\x62\x65\x00(?:\x02|\x03\x66\x00\x10(?P<identity>(?:[\x80-\xff]*[\x00-\x7f]){16})\x67\x00[\x80-\xff]*[\x00-\x7f])\xff\xff"
)
_LENGTH = struct.Struct("<Q")
_COMMIT = _LENGTH.pack(5) + bytes.fromhex("e7fe7d722fed3d5e") + bytes.fromhex("640064ffff")
_SUM, _SEALED_SUM = 8, 36  # what stands between an entry's length and its bytes


def log_of(path: Path) -> Path:
    """The write-ahead log of a readings file."""
    return path.with_name(f"{path.name}.wal")


def logs_of(path: Path) -> list[Path]:
    """The logs that are there: a checkpoint has a second one beside, and mending both after a crash makes a third."""
    log = log_of(path)
    return [found for found in (log, _second(path), log.with_name(f"{log.name}.recovery")) if found.exists()]


def lost_in(path: Path, *, sealed: bool) -> str | None:
    """Why opening this file would forget finished transactions; None where its logs are whole, torn or absent."""
    for log in (log_of(path), _second(path)):
        try:
            with log.open("rb") as opened:
                lost = _lost(opened, path, sealed)
        except FileNotFoundError:
            continue
        if lost is not None:
            return f"{log.name}: {lost}"
    return None


def _second(path: Path) -> Path:
    """Where batches go that are written while a checkpoint runs."""
    return log_of(path).with_name(f"{log_of(path).name}.checkpoint")


def _lost(log: BinaryIO, path: Path, sealed: bool) -> str | None:
    size = log.seek(0, 2)
    if size <= OPENING_BYTES_MAX:
        return None
    log.seek(0)
    opening = _OPENING.match(log.read(OPENING_BYTES_MAX))
    if opening is None:
        return "its first bytes are not those of a write-ahead log"
    if opening["identity"] and not _is_of(path, opening["identity"]):
        return "it belongs to another file"
    end = _walked(log, opening.end(), size, _SEALED_SUM if sealed else _SUM)
    if end == size or not _has_commit(log, end, size, sealed):
        return None
    return f"the length of an entry at byte {end} is wrong, and finished transactions stand behind it"


def _is_of(path: Path, numbers: bytes) -> bool:
    """Whether the identity in a log is that of the main file."""
    with path.open("rb") as main:
        return _decoded(numbers) in main.read(HEADERS_BYTES)


def _decoded(numbers: bytes) -> bytes:
    """Small numbers out of LEB128, a byte each."""
    found, value, shift = bytearray(), 0, 0
    for byte in numbers:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value & 0xFF)
            value = shift = 0
    return bytes(found)


def _walked(log: BinaryIO, start: int, size: int, between: int) -> int:
    """Where the walk ends: the end of the log, or the entry that does not fit into it."""
    at = start
    while at + _LENGTH.size <= size:
        log.seek(at)
        said = log.read(_LENGTH.size)
        if len(said) < _LENGTH.size:
            return size  # whoever holds the file has just emptied the log
        (length,) = _LENGTH.unpack(said)
        if at + _LENGTH.size + between + length > size:
            break
        at += _LENGTH.size + between + length
    return at


def _has_commit(log: BinaryIO, start: int, size: int, sealed: bool) -> bool:
    """Whether a commit stands behind the length of the entry at `start`, or is that entry.

    Of an encrypted commit only the length can be read; among encrypted bytes nothing looks like it.
    """
    mark = _LENGTH.pack(5) if sealed else _COMMIT[_LENGTH.size :]
    if sealed and size - start == _LENGTH.size + _SEALED_SUM + 5:
        log.seek(start)
        return _differ_in_one_byte(log.read(_LENGTH.size), mark)
    log.seek(start + _LENGTH.size)
    kept = b""
    while some := log.read(BYTES_AT_ONCE):
        if mark in kept + some:
            return True
        kept = some[-len(mark) :]
    return False


def _differ_in_one_byte(one: bytes, other: bytes) -> bool:
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1
