"""What machines' and people's ways in both ask of the world: a seal, what counts once, and the record of access."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from hub.access.log import Entry


class Sealing(Protocol):
    """Seals what only this hub may read; `what` says what it is, and it opens under the same name only."""

    def seal(self, secret: bytes, what: str) -> str:
        """The sealed text of a secret."""
        ...

    def open(self, sealed: str, what: str) -> bytes:
        """The secret. Raises StoreError where it was sealed by another hub, or as something else."""
        ...


class Once(Protocol):
    """What may be used a single time, by whatever process, and across restarts."""

    def use(self, kind: str, value: str, until: dt.datetime) -> bool:
        """Use it: False where it was used before. It is remembered until then at least."""
        ...


class AccessLog(Protocol):
    """The record of access."""

    def note(self, entry: Entry) -> None:
        """Keep it."""
        ...
