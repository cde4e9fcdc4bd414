"""A hub that two provinces told a few days, a batch a day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, asking, hub_of, post, reading, token_of

BATCHES = 5  # of two readings each, one of each province


@contextmanager
def told_in(folder: Path) -> Iterator[Hub]:
    """It, with its batches."""
    with hub_of(folder) as hub:
        asyncio.run(_tell(hub))
        yield hub


async def _tell(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "teller")) as client:
        for day in range(1, BATCHES + 1):
            rows = [reading(JIA, day, str(day)), reading(YI, day, str(day))]
            assert (await post(client, orjson.dumps(rows), f"day {day}")).status_code == 201
