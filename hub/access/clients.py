"""Clients that were found before, for as long as nothing was written to the registry since, by whatever process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol, TypeAlias

from graph.model.principal import Principal

CLIENTS_MAX = 1_000  # who asks between two writes


Known: TypeAlias = tuple[str, Principal, dt.datetime | None]  # secret hash, principal, moment of revocation


class Clients(Protocol):
    """Where clients are kept."""

    def find(self, key: str) -> Known | None:
        """What is known of a client."""
        ...


class RememberedClients:
    """The clients of a registry, whose `version` is another once anything was committed: a revocation counts at once."""

    def __init__(self, clients: Clients, version: Callable[[], int]) -> None:
        self._clients, self._version = clients, version
        self._kept: tuple[int | None, dict[str, Known]] = (None, {})  # of which version, by key

    def find(self, key: str) -> Known | None:
        """A client of this key. The version is read before the client is: what is kept is never older than it says."""
        known = self._of_now()
        found = known.get(key) or self._clients.find(key)
        if found is not None and len(known) < CLIENTS_MAX:
            known[key] = found
        return found

    def is_remembered(self, key: str) -> bool:
        """Whether a client of this key is found without waiting for the registry."""
        return key in self._of_now()

    def _of_now(self) -> dict[str, Known]:
        """What is kept of this version. Threads that still hold what was kept of another write into the old."""
        now = self._version()
        kept = self._kept
        if kept[0] != now:
            self._kept = kept = (now, {})
        return kept[1]
