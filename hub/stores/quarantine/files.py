"""A folder of Parquet files that are there whole or not at all, under names of our own making.

Names are digests of who sent under which key: no word of a source becomes a path, and a delivery kept again is one file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import StoreError
from hub.stores.readings.whole_files import part_of, settle, sync_folder

SUFFIX = ".parquet"
NAME_DIGITS = 32  # of a digest: enough that no two deliveries share a name
_OURS_ALONE = 0o600  # rows of a source are not everybody's to read


def name_of(source: str, key: str) -> str:
    """What the file of a delivery is called."""
    return hashlib.sha256(f"{source}\0{key}".encode(errors="surrogatepass")).hexdigest()[:NAME_DIGITS]


@dataclass(frozen=True)
class Folder:
    """Where the files lie; made on first use, for its owner alone."""

    path: Path

    def prepare(self, name: str, rows: pa.Table) -> tuple[Path, int]:
        """Write rows beside their place; the file and its bytes. Raises StoreError."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = part_of(self._place(name))
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OURS_ALONE), "wb") as file:
                pq.write_table(_writable(rows), file, compression="zstd")
            return part, part.stat().st_size
        except (OSError, pa.ArrowException) as fault:
            raise StoreError(f"quarantine {self.path}: rows could not be kept: {fault}") from fault

    def put(self, name: str, part: Path) -> None:
        """Give a file that was prepared its place; durable when this returns. Raises StoreError."""
        try:
            settle(part, self._place(name))
        except OSError as fault:
            raise StoreError(f"quarantine {self.path}: rows could not be kept: {fault}") from fault

    def read(self, name: str) -> pa.Table:
        """The rows of a file as they came. Raises StoreError."""
        try:
            return pq.ParquetFile(self._place(name)).read()
        except (OSError, pa.ArrowException) as fault:
            raise StoreError(f"quarantine {self.path}: {name}{SUFFIX} cannot be read: {fault}") from fault

    def remove(self, name: str) -> None:
        """Let a file go, if it is there."""
        self._place(name).unlink(missing_ok=True)
        sync_folder(self.path)

    def clean(self, names: Collection[str]) -> int:
        """Remove what is none of these files, left by a process that was killed; how many were."""
        if not self.path.is_dir():
            return 0
        left = [found for found in self.path.iterdir() if found.suffix != SUFFIX or found.stem not in names]
        for found in left:
            found.unlink()
        return len(left)

    def _place(self, name: str) -> Path:
        return self.path / f"{name}{SUFFIX}"


def _writable(rows: pa.Table) -> pa.Table:
    """The rows with every column of a type that Parquet holds; any other is written as JSON text."""
    for place, field in enumerate(rows.schema):
        if not _is_writable(field.type):
            said = [
                None if value is None else json.dumps(value, default=str) for value in rows[place].to_pylist()
            ]
            rows = rows.set_column(place, field.name, pa.array(said, pa.string()))
    return rows


def _is_writable(kind: pa.DataType) -> bool:
    try:
        pq.write_table(pa.table({"column": pa.nulls(0, kind)}), pa.BufferOutputStream())
    except pa.ArrowException:
        return False
    return True
