"""Has a source let go in the end of what it holds: of a connection, a file, a place among the readers.

A generator that is left amid its work would hold them until somebody collects it. Who wraps a source ends it too: ending
the outermost one reaches no other by itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

Item = TypeVar("Item")


@asynccontextmanager
async def letting_go(coming: AsyncIterator[Item]) -> AsyncIterator[AsyncIterator[Item]]:
    """What comes of a source, which is ended with the block."""
    try:
        yield coming
    finally:
        if isinstance(coming, AsyncGenerator):
            await coming.aclose()
