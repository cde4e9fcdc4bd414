"""Bounds of the quarantine. They stand alone: settings are read by commands that open no store, and load none for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """How much is kept: bytes in all and of a link, and for how long after it was settled."""

    bytes_max: int
    link_bytes_max: int
    days: int
