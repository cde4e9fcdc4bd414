"""What is kept of an existing platform between two conversations: values whose repr shows no secret, as JSON."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec

from edge_probe.uplink_ports import Memory

T = TypeVar("T")


async def recalled(memory: Memory, kind: type[T]) -> T | None:
    """What was kept; nothing where it is of another form, and the device begins anew."""
    return await asyncio.to_thread(_read, memory, kind)


async def keep(memory: Memory, value: Any) -> None:
    """Keep this in its place; it may hold a secret, and is for its keeper's eyes alone."""
    await asyncio.to_thread(memory.keep, msgspec.json.encode(value).decode())


def _read(memory: Memory, kind: type[T]) -> T | None:
    text = memory.recall()
    try:
        return None if text is None else msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
