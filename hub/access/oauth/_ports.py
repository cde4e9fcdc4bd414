"""What the authorization server asks of the world: clients, keys, revoked tokens, what was used once, the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from hub.access.log import Entry
from hub.stores.registry.clients import KnownClient
from hub.stores.registry.signing_keys import KeptKey


class Clients(Protocol):
    """Where clients are kept."""

    def find(self, key: str) -> KnownClient | None:
        """A client of any state; None for a key that nobody has, however odd it is."""
        ...


class KeptKeys(Protocol):
    """Where signing keys are kept."""

    def list(self) -> Sequence[KeptKey]:
        """All of them, the current one first."""
        ...

    def begin(self, kid: str, sealed: str, who: str) -> None:
        """Make this the current key where there is none."""
        ...

    def rotate(self, kid: str, sealed: str, who: str, keep: dt.timedelta) -> None:
        """Make this the current key; those retired for as long as `keep` are dropped."""
        ...


class Revoked(Protocol):
    """Where revoked tokens are kept."""

    def revoke(self, jti: str, until: dt.datetime, who: str) -> None:
        """From now on it does not count, because somebody says so."""
        ...

    def all(self) -> frozenset[str]:
        """Those that were revoked, as long as their time is not over."""
        ...


class Once(Protocol):
    """What may be used a single time, by whatever process, and across restarts."""

    def use(self, kind: str, value: str, until: dt.datetime) -> bool:
        """Use it: False where it was used before. It is remembered until then at least."""
        ...


class Sealing(Protocol):
    """Seals what only this hub may read; `what` says what it is, and it opens under the same name only."""

    def seal(self, secret: bytes, what: str) -> str:
        """The sealed text of a secret."""
        ...

    def open(self, sealed: str, what: str) -> bytes:
        """The secret. Raises StoreError or ConfigurationError where it was sealed by another hub, or as something else."""
        ...


class AccessLog(Protocol):
    """The record of access."""

    def note(self, entry: Entry) -> None:
        """Keep it."""
        ...
