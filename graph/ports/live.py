"""Provincial hubs that are asked while somebody waits for the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from graph.errors import NotFound
from graph.model.live import LiveAnswer, LiveQuestion
from graph.model.sync_run import Link


class LiveSource(Protocol):
    """Asks the hubs of provinces."""

    def links(self) -> Mapping[str, Link]:
        """The link over which each province is asked, by its six digits; no entry for a province without one."""
        ...

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """What its hub answers, before a deadline. Whatever goes wrong out there is an answer, too."""
        ...


class NoHubs:
    """A hub that asks no other. Implements LiveSource."""

    def links(self) -> Mapping[str, Link]:
        """None."""
        return {}

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """There is no link to ask over. Raises NotFound."""
        raise NotFound(f"this hub asks no other, over {link.key} neither: {question.document:.64}")


NO_HUBS = NoHubs()
