"""The header a benchmark's client asks a hub with: its token, got anew before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping

import httpx

from hub.access.machine import Credential, OwnTokens

NAME = "Authorization"
KEPT_S = 300.0  # half of what a token lives; a benchmark takes longer


class AskersHeaders(Mapping[str, str]):
    """One header of one client of one hub; nobody else's time is taken while it is got."""

    def __init__(self, base: str, credential: str) -> None:
        self._base, self._credential = base, Credential.parse(credential)
        self._token, self._until = "", 0.0

    def __getitem__(self, name: str) -> str:
        if name != NAME:
            raise KeyError(name)
        if time.monotonic() >= self._until:
            self._token, self._until = asyncio.run(self._got()), time.monotonic() + KEPT_S
        return f"Bearer {self._token}"

    def __iter__(self) -> Iterator[str]:
        return iter((NAME,))

    def __len__(self) -> int:
        return 1

    async def _got(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await OwnTokens("benchmark", self._base, self._credential, client).token()
