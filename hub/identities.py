"""What existing platforms gave the units this hub speaks for (设备身份), sealed, one small file a unit.

None of it is more than a registration away: what is lost or cannot be opened is asked for again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StoreError
from hub.access.sealing import Seal, key_of
from hub.settings import Settings

BASE_DATA = "base-data"  # beside the units: a platform's dictionary as it came
_DIGITS = 32  # of a link's digest: links are called by whatever letters


@dataclass(frozen=True)
class Identity:
    """One unit's file (edge_probe.ports.Memory)."""

    file: Path
    seal: Seal
    what: str

    def recall(self) -> str | None:
        """What was kept last; nothing where it was sealed under another key."""
        with suppress(OSError, StoreError, UnicodeDecodeError):
            return self.seal.open(self.file.read_text("ascii"), self.what).decode()
        return None

    def keep(self, text: str) -> None:
        """Keep this in its place, whole or not at all. Raises StoreError."""
        unfinished = self.file.with_name(f"{self.file.name}.{secrets.token_hex(8)}.part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w", encoding="ascii") as written:
                written.write(self.seal.seal(text.encode(), self.what))
            unfinished.replace(self.file)
        except OSError as fault:
            unfinished.unlink(missing_ok=True)
            raise StoreError(f"{self.what}: cannot be kept: {fault}") from fault


@dataclass(frozen=True)
class Identities:
    """Those of one link."""

    folder: Path
    seal: Seal
    link: str

    def of(self, unit: str) -> Identity:
        """A unit's, or what is kept under another name beside them."""
        return Identity(self.folder / unit, self.seal, f"identity of {unit} by link {self.link}")


def identities_of(settings: Settings, link: str) -> Identities:
    """What a link's platform gave, in the data folder."""
    name = hashlib.sha256(link.encode()).hexdigest()[:_DIGITS]
    seal = Seal(key_of(settings.data_dir / "access.key"))
    return Identities(settings.data_dir / "identities" / name, seal, link)
