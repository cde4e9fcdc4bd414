"""Somebody lays down CSV or Parquet files, and a declared mapping says how to read them.

Source: exports of energy management systems, as found in the field and in published data (read).
Time: labels stand at the start or the end of a period, Beijing time; the date of a day's last label is either
      day's (read: a year of a steel plant labels it 00:00 of the same day).
Cadence: whenever a file appears; a file laid down twice is the same batch (assumed).
Quirks: everything is in the mapping: columns, formats, units of measure, encoding (read).

A reading's row is its line in a CSV file, counted from 1 with the header as the first; in a Parquet file it is
the row's place, counted from 1.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from graph.errors import ConfigurationError, MalformedBody, NengshuError, SourceMalformed
from graph.model.principal import NATION, Reach
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._file_drop.arrange import arranged
from provincial_adapters._file_drop.csv_lines import csv_lines
from provincial_adapters._file_drop.folder import (
    FILE_BYTES_MAX,
    laid_down_ns,
    open_regular,
    put_aside,
    put_away,
    ready,
    translated,
)
from provincial_adapters._file_drop.lines import regrouped
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._file_drop.parquet_lines import MAGIC, parquet_lines
from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk

__all__ = ["DIALECT", "FileMapping", "FolderPuller", "put_aside", "put_away", "read", "scan"]

READINGS_A_DELIVERY = 200_000  # about 30 MB as columns, and a transaction of under a second
_KEY_DIGITS = 32  # of a digest: enough that no two files share a key
_HASHED_BYTES = 1024 * 1024


def _mapping_fault(given: Any) -> str | None:
    if not isinstance(given, Mapping):
        return f"came {type(given).__name__}, expected a table"
    try:
        FileMapping.of_table(given)
    except ConfigurationError as fault:
        return "; ".join(fault.faults)
    return None


DIALECT = Dialect(
    name="file_drop",
    chinese="文件投递",
    english="files in a watched folder",
    direction=Direction.FILES,
    quirks=(Quirk("mapping", "how a file's columns become readings", required=True, fault=_mapping_fault),),
    puller=lambda _means: FolderPuller(),
)


def read(
    path: Path,
    mapping: FileMapping,
    *,
    source: str,
    reach: Reach = NATION,
    readings_max: int = READINGS_A_DELIVERY,
    bytes_max: int = FILE_BYTES_MAX,
    told: Callable[[int, int], None] | None = None,
) -> Iterator[Delivery]:
    """The readings of a file in deliveries of at most `readings_max`, in the file's order.

    The key names the file's content, the mapping and the delivery's number, so that the same file read again
    with the same mapping is the same batches. `told` hears (bytes read, bytes in all) after each delivery.
    Raises InvalidInput, MalformedBody, TooLarge, with the file's name and the reason; deliveries made before
    a fault further down stand.
    """
    with os.fdopen(open_regular(path, bytes_max), "rb") as file:
        before = os.fstat(file.fileno())
        digest = _digest(file, path)
        lines_of = parquet_lines if _is_parquet(file, path) else csv_lines
        rows_max = max(1, readings_max // len(mapping.values))
        number = seen = 0
        for number, lines in enumerate(regrouped(lines_of(file, mapping, path.name), rows_max), 1):
            key = f"{digest[:_KEY_DIGITS]}:{mapping.digest[:_KEY_DIGITS]}:{number}"
            begun, seen = seen, max(seen, file.tell())
            yield Delivery(source, key, digest, arranged(lines, mapping), reach, bytes_read=seen - begun)
            if told is not None:
                told(min(file.tell(), before.st_size), before.st_size)
        _check_unchanged(before, os.fstat(file.fileno()), path)
        if number == 0:
            raise MalformedBody("holds a header and no row", path.name)


def scan(folder: Path, mapping: FileMapping) -> list[Path]:
    """The files of a watched folder that are whole and meant by the mapping. Raises InvalidInput."""
    return ready(folder, mapping.files)


class FolderPuller:
    """Reads the files of a watched folder; a file that cannot be read is put aside and costs only itself."""

    def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """Every file that is ready, oldest name first. Raises SourceMalformed at the end when some went wrong."""
        return self._pull(link)

    async def _pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        DIALECT.check(link.quirks)
        mapping = FileMapping.of_table(link.quirks["mapping"])
        faults: list[str] = []
        for path in await asyncio.to_thread(scan, Path(link.address), mapping):
            deliveries = _laid_down(path, mapping, link)
            try:
                while (delivery := await asyncio.to_thread(_next, deliveries, path)) is not None:
                    yield delivery
            except NengshuError as fault:
                stuck = await asyncio.to_thread(_fault_of, partial(put_aside, path, fault))
                faults.append("; ".join([str(fault), *stuck]))
            else:
                faults += await asyncio.to_thread(_fault_of, partial(put_away, path))
        if faults:
            raise SourceMalformed(
                f"{len(faults)} files were put aside or are stuck: " + "; ".join(faults[:5]),
                place=link.address,
            )


def _laid_down(path: Path, mapping: FileMapping, link: Link) -> Iterator[Delivery]:
    """A file's deliveries under keys that name when it was laid down: the same file once more is judged again."""
    at_ns = laid_down_ns(path)
    for delivery in read(path, mapping, source=link.source, reach=Reach(region=link.region)):
        yield replace(delivery, key=f"{delivery.key}:{at_ns}")


def _next(deliveries: Iterator[Delivery], path: Path) -> Delivery | None:
    with translated(path, "read"):
        return next(deliveries, None)


def _fault_of(move: Callable[[], Path]) -> list[str]:
    """What went wrong as a file was moved: a folder that refuses costs no other file its run."""
    try:
        move()
    except NengshuError as fault:
        return [str(fault)]
    return []


def _digest(file: BinaryIO, path: Path) -> str:
    """SHA-256 of the bytes."""
    seen = hashlib.sha256()
    empty = True
    while chunk := file.read(_HASHED_BYTES):
        seen.update(chunk)
        empty = False
    file.seek(0)
    if empty:
        raise MalformedBody("the file is empty", path.name)
    return seen.hexdigest()


def _is_parquet(file: BinaryIO, path: Path) -> bool:
    begins = file.read(len(MAGIC))
    file.seek(0)
    return begins == MAGIC or path.suffix.lower() == ".parquet"


def _check_unchanged(before: os.stat_result, after: os.stat_result, path: Path) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MalformedBody("changed while it was read; write under another name and rename", path.name)
