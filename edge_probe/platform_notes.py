"""What becomes of things an existing platform says beside its acknowledgements: base data, and what it would not take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

BASE_DATA_BYTES_MAX = 16 * 1024 * 1024  # code tables of a platform; ours have 10 kB


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

    async def settle(self, version: str, download: Callable[[], Awaitable[Mapping[str, Any] | None]]) -> bool:
        """Whether base data of this version is known, downloaded now where it was not; None came where none is to be had."""
        async with self.asking:
            if self.known == version:
                return True
            came = await download()
            if came is None:
                return False
            await asyncio.to_thread(self.keep, version, msgspec.json.encode(came))
            self.known = version
            return True
