"""Tokens for links that are what a test says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from graph.model.sync_run import Link


def saying(token: str) -> Callable[[Link], Awaitable[str]]:
    """A token for any link."""

    async def given(_: Link) -> str:
        return token

    return given
