"""Tokens for links that are what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.errors import NengshuError
from graph.model.sync_run import Link


@dataclass
class FixedTokens:
    """One token for all links, or one fault; `thrown_away` are the links whose source refused it."""

    said: str | NengshuError
    thrown_away: list[str] = field(default_factory=list)

    async def token(self, _link: Link) -> str:
        """The token. Raises the fault."""
        if isinstance(self.said, NengshuError):
            raise self.said
        return self.said

    def refused(self, link: Link) -> None:
        """Note it."""
        self.thrown_away.append(link.key)
