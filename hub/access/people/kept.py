"""What the hub keeps for a browser that comes back: sealed, for minutes, and taken once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson

from graph.ports import Clock
from hub.access.people._ports import Pending
from hub.access.ports import Sealing

SEALED = "sealed"


class Kept:
    """Seals what is put: verifiers, secrets of telephones and identity tokens stand nowhere in clear."""

    def __init__(self, pending: Pending, sealing: Sealing, clock: Clock) -> None:
        self._pending, self._sealing, self._clock = pending, sealing, clock

    def put(self, kind: str, data: Mapping[str, Any], lives: dt.timedelta) -> str:
        """Keep it for so long. What comes back is what it is taken with."""
        sealed = self._sealing.seal(orjson.dumps(dict(data)), kind)
        return self._pending.put(kind, {SEALED: sealed}, self._clock.now() + lives)

    def take(self, kind: str, secret: str | None) -> dict[str, Any] | None:
        """What was kept, once; None for whatever does not count."""
        found = self._pending.take(kind, secret) if secret else None
        if found is None:
            return None
        data: dict[str, Any] = orjson.loads(self._sealing.open(found[SEALED], kind))
        return data
