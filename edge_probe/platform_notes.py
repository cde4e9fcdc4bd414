"""What becomes of things an existing platform says beside its acknowledgements: base data, and what it would not take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """Something a platform would not take beside readings, in its words; nothing waits for it."""

    code: str
    why: str


@dataclass
class Dictionaries:
    """Base data of one platform as it came, by version: what one device downloaded no other asks for again.

    Who needs it meanwhile waits under `asking` for the one that asks.
    """

    keep: Callable[[str, bytes], None]
    known: str | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
