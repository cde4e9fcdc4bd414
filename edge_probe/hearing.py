"""How far a platform's clock is ahead of this box's, by the header Date of what it answers (RFC 9110, 6.6.1, read)."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

import httpx

from edge_probe.board import Board

HALF_SECOND = 0.5  # Date tells whole seconds, cut off: on the average it is half of one behind


async def hear(board: Board, answer: httpx.Response) -> None:
    """Note what an answer tells; one without a readable Date tells nothing."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return
    if told.tzinfo is not None:
        ahead = (told - dt.datetime.now(dt.UTC)).total_seconds() + HALF_SECOND
        board.heard(ahead, answer.url.host)
