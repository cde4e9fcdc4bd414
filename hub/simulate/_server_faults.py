"""What every simulated meter but that of registers can be told to do wrong, in its protocol's own way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerFaults:
    """How it misbehaves: late, not at all, unreadable, broken off, busy, or in another's name."""

    late_s: float = 0.0
    silent: bool = False
    wrong: bool = False
    half: bool = False
    busy: bool = False
    foreign: bool = False
