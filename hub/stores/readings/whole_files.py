"""Files that are there whole or not at all: written beside, synced to the disk, then renamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

BYTES_AT_ONCE = 1 << 20

# Hears what is being done, how many bytes or rows of it are done, and how many there are.
Told: TypeAlias = Callable[[str, int, int], object]


def unheard(_step: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""


def part_of(path: Path) -> Path:
    """Where a file stands while it is being written."""
    return path.with_name(f"{path.name}.part")


def settle(part: Path, path: Path) -> None:
    """Give a finished file its name. After this a power cut finds it there, whole."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in the folder durable, where the system lets folders be synced."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sha256_of(path: Path, told: Told = unheard) -> str:
    """The digest of a file's bytes."""
    digest = hashlib.sha256()
    for piece in _pieces(path, told, "digest"):
        digest.update(piece)
    return digest.hexdigest()


def copy(source: Path, target: Path, told: Told = unheard) -> None:
    """The bytes of one file into another."""
    with target.open("wb") as out:
        for piece in _pieces(source, told, "copy"):
            out.write(piece)


def _pieces(path: Path, told: Told, step: str) -> Iterator[bytes]:
    size, done = path.stat().st_size, 0
    with path.open("rb") as opened:
        while piece := opened.read(BYTES_AT_ONCE):
            yield piece
            done += len(piece)
            told(step, done, size)
