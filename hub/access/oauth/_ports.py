"""What the authorization server asks of the world beside what all of access does: clients, keys, revoked tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

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
