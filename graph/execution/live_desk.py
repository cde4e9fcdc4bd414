"""What one request asks of other hubs: the same question to the same hub once, and who asked it where."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql.pyutils import Path
from strawberry.dataloader import DataLoader

from graph.errors import TooComplex
from graph.execution.context import Info, ask
from graph.execution.live import SENT
from graph.execution.live_budget import AGAIN_MAX, LiveBudget
from graph.execution.live_document import question_below
from graph.execution.selection import raw_of
from graph.model.live import LiveAnswer, LiveQuestion, LiveState
from graph.model.sync_run import Link
from graph.ports import LiveSource

DESK = "live questions"  # their place in a request's loaders
NO_LINK = LiveAnswer(LiveState.NO_LINK, 0.0, why="no enabled link of the province leads to such a hub")
DENIED = LiveAnswer(LiveState.REFUSED, 0.0, why="it is not the asker's to ask")
FAILED = LiveAnswer(LiveState.UNREACHABLE, 0.0, why="something failed inside this hub")


class Question:
    """One question to one hub, however many fields of a request wait for it; with the last of them it ends."""

    def __init__(self, answering: Coroutine[Any, Any, LiveAnswer]) -> None:
        self._task = asyncio.ensure_future(answering)
        self._waiting = 0
        self.given_up = False

    async def answer(self) -> LiveAnswer:
        """What came of it."""
        self._waiting += 1
        try:
            return await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self._task.done():
                self.given_up = self._task.cancel()


@dataclass(eq=False)
class Asking:
    """One field of one province; `completed` is set when its answer stands in ours, or there is none to stand there."""

    province: str
    link: Link | None = None
    answer: LiveAnswer = NO_LINK
    version_key: str | None = None
    lies: Sequence[str] = ()
    completed: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, lies: Sequence[str] = ()) -> None:
        """Hear that its answer was completed, and what was false in it."""
        self.lies = lies
        self.completed.set()


class Desk:
    """The questions of one request, and who asked them beside whom."""

    def __init__(self, source: LiveSource, info: Info) -> None:
        async def load(provinces: list[str]) -> list[Link | None]:
            links = await ask(info, source.links)
            return [links.get(code) for code in provinces]

        self._source, self._sent = source, info.context.loaders.get(SENT, {})
        self._links: DataLoader[str, Link | None] = DataLoader(load)
        self._written: dict[tuple[int, ...], LiveQuestion] = {}
        self._questions: dict[tuple[str, str], Question] = {}
        self._beside: dict[Path | None, list[Asking]] = {}
        self._begun: set[tuple[str, tuple[int, ...]]] = set()
        self._again = 0
        self.budget = LiveBudget()

    @classmethod
    def of(cls, info: Info) -> Desk:
        """The desk of a request."""
        loaders = info.context.loaders
        if DESK not in loaders:
            loaders[DESK] = cls(info.context.sources.live, info)
        found: Desk = loaders[DESK]
        return found

    def begin(self, province: str, info: Info) -> Asking:
        """Note that a field asks a province. Raises TooComplex for one that does so at place after place."""
        place = (province, _place(info))
        self._again += place in self._begun
        if self._again > AGAIN_MAX:
            raise TooComplex("the same live answer again", AGAIN_MAX, "more")
        self._begun.add(place)
        asking = Asking(province)
        self._beside.setdefault(info.path.prev, []).append(asking)
        return asking

    def beside(self, info: Info) -> list[Asking]:
        """Who asked in the selection a field stands in."""
        return self._beside.get(info.path.prev, [])

    async def answered(self, asking: Asking, info: Info) -> LiveAnswer:
        """What the province answers to what is selected below a field."""
        asking.answer = DENIED
        asking.link = await self._links.load(asking.province)
        asking.answer = NO_LINK
        if asking.link is not None:
            asking.answer = FAILED
            asked = self._document(info)
            asking.version_key = asked.version_key
            asking.answer = await self._question(asking.link, asked).answer()
        return asking.answer

    def _document(self, info: Info) -> LiveQuestion:
        """Written once for all provinces it is asked of."""
        place = _place(info)
        if place not in self._written:
            self._written[place] = question_below(raw_of(info), self._sent)
        return self._written[place]

    def _question(self, link: Link, asked: LiveQuestion) -> Question:
        """Begun unless it was before."""
        place = (link.key, asked.document)
        if place not in self._questions or self._questions[place].given_up:
            self._questions[place] = Question(self._source.ask(link, asked))
        return self._questions[place]


def _place(info: Info) -> tuple[int, ...]:
    """Which nodes of the request's document, which is there as long as the desk, a field is."""
    return tuple(map(id, raw_of(info).field_nodes))
