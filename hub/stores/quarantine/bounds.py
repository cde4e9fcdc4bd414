"""Bounds of the quarantine. They stand alone: settings are read by commands that open no store, and load none for it."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import StoreError

DEVICE_BYTES_MAX = (
    64 * 1024 * 1024
)  # half a year of a hundred points, compressed, and no more of a stranger's


class NoRoom(StoreError):
    """No more is kept: somebody has to decide of what waits, or raise the bound."""


@dataclass(frozen=True)
class Bounds:
    """How much is kept: bytes in all, of a link and of one device, and for how long after it was settled."""

    bytes_max: int
    link_bytes_max: int
    days: int
    device_bytes_max: int = DEVICE_BYTES_MAX
