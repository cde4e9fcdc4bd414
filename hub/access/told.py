"""What a store of readings tells another hub, as one asker may take it: what is new, and what the two of them compare."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

import pyarrow as pa

from graph.model.principal import OrganisationKind, Principal, Reach, Role
from graph.model.rights import require_sight
from graph.ports import DigestAsk
from hub.access.sources import within_reach
from hub.stores.readings.changes import WHOLE, Backlog, Changes, Stretch


class Told(Protocol):
    """A store of readings that tells what is new."""

    def changes(self, reach: Reach, after: int, limit: int, stretch: Stretch) -> Changes:
        """Readings within reach of the batches after one."""

    def backlog(self, reach: Reach, after: int) -> Backlog:
        """How many of them speak of which day."""

    def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of what it holds."""

    def held(self, ask: DigestAsk, *, taken_back: bool = False) -> Generator[pa.RecordBatch]:
        """The readings behind them, or those that were taken back."""


def changes_for(asker: Principal, store: Told, after: int, limit: int, stretch: Stretch = WHOLE) -> Changes:
    """What another hub has not seen, of what the asker may. Raises Forbidden."""
    require_sight(asker, "changes")
    return store.changes(asker.reach, after, limit, stretch)


def backlog_for(asker: Principal, store: Told, after: int) -> Backlog:
    """How much of it speaks of which day. Raises Forbidden."""
    require_sight(asker, "changes")
    return store.backlog(asker.reach, after)


def digests_for(asker: Principal, store: Told, ask: DigestAsk) -> pa.Table:
    """Digests of what the asker may take, or of what a unit handed in itself. Raises Forbidden."""
    if not _compares_its_own(asker):
        require_sight(asker, "changes")
    return store.digests(within_reach(ask, asker.reach))


def held_for(
    asker: Principal, store: Told, ask: DigestAsk, *, taken_back: bool = False
) -> Generator[pa.RecordBatch]:
    """The readings behind them, or those that were taken back. Raises Forbidden."""
    require_sight(asker, "changes")
    return store.held(within_reach(ask, asker.reach), taken_back=taken_back)


def _compares_its_own(asker: Principal) -> bool:
    """Whether it is a unit that hands in, and reaches itself alone."""
    is_one = asker.kind is OrganisationKind.UNIT and asker.reach.unit is not None
    return is_one and Role.UPLOAD in asker.roles
