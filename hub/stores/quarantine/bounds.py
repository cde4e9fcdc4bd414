"""Bounds of the quarantine. They stand alone: settings are read by commands that open no store, and load none for it."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import StoreError

# Of a device that awaits its province: some 100 000 records one by one, a hundred points' quarter-hours for ten days or
# their days for years, and far more in uploads of many rows, which are compressed; and no more of a stranger's.
DEVICE_BYTES_MAX = 64 * 1024 * 1024


class NoRoom(StoreError):
    """No more is kept: somebody has to decide of what waits, or raise the bound."""


@dataclass(frozen=True)
class Bounds:
    """How much is kept: bytes in all, of a link and of one device, and for how long after it was settled."""

    bytes_max: int
    link_bytes_max: int
    days: int
    device_bytes_max: int = DEVICE_BYTES_MAX
