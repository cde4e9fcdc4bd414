"""The manifest beside each backup: what it holds and how its bytes are known again."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.errors import StoreError
from graph.model.period import UTC
from hub.stores.readings.whole_files import part_of, settle

FOLDER = "backups"  # beside the readings file, unless somebody says another
_NAME = re.compile(r"readings-[0-9]{8}T[0-9]{6}Z\.duckdb")


@dataclass(frozen=True)
class Manifest:
    """One verified backup. `last_batch` and `head` are the ledger's when it was taken, 0 and zeros before any batch."""

    file: str
    moment: dt.datetime
    last_batch: int
    head: str
    rows: Mapping[str, int]
    bytes: int
    sha256: str
    encrypted: bool

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read it. Raises StoreError when it is none."""
        try:
            told: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return cls(**{**told, "moment": dt.datetime.fromisoformat(told["moment"])})
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise StoreError(f"{path} is no manifest of a backup: {fault}") from fault

    def save(self, folder: Path) -> None:
        """Write it beside the backup; it is there whole or not at all."""
        told = {**asdict(self), "moment": self.moment.isoformat()}
        path = manifest_of(folder / self.file)
        part_of(path).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
        settle(part_of(path), path)


def name_of(moment: dt.datetime) -> str:
    """What a backup of this moment is called."""
    return f"readings-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.duckdb"


def manifest_of(backup: Path) -> Path:
    """Where the manifest of a backup stands."""
    return backup.with_suffix(".json")


def good_backups(folder: Path) -> list[Manifest]:
    """The backups of a folder that are whole by their size, the newest first; their bytes are not read."""
    return sorted(_found(folder), key=lambda manifest: manifest.moment, reverse=True)


def _found(folder: Path) -> Iterator[Manifest]:
    for path in folder.glob("readings-*.duckdb"):
        if not _NAME.fullmatch(path.name) or not manifest_of(path).is_file():
            continue  # another's file, or one that was never finished
        try:
            manifest = Manifest.load(manifest_of(path))
        except StoreError:
            continue  # without a manifest that can be read nothing vouches for it
        if (manifest.file, manifest.bytes) == (path.name, path.stat().st_size):
            yield manifest
