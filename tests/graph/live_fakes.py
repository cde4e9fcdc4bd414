"""Provincial hubs at the port of live questions: one that is told what to answer, and one that answers honestly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import parse, print_ast

from graph.model.live import LiveAnswer, LiveFault, LiveQuestion, LiveState
from graph.model.principal import NATION, Reach
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import LiveSource
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import province_row

JIA, YI, BING = "910000", "920000", "930000"


def link_of(province: str) -> Link:
    """The link to the hub of a province."""
    return Link(f"hub-{province[:2]}", "hub_graphql", RegionCode(province), "http://10.0.0.1:8424", "token")


@dataclass
class FakeHubs:
    """Answers that were put in, by province; it remembers every question."""

    answers: dict[str, LiveAnswer | Exception]
    asked: list[tuple[str, LiveQuestion]] = field(default_factory=list)
    given_up: int = 0
    patience: asyncio.Event | None = None  # set: they answer
    all_asked: asyncio.Event = field(default_factory=asyncio.Event)
    all_given_up: asyncio.Event = field(default_factory=asyncio.Event)

    def links(self) -> Mapping[str, Link]:
        """A link to each province with an answer."""
        return {province: link_of(province) for province in self.answers}

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """The answer that was put in, once they have been patient enough."""
        self.asked.append((str(link.region), question))
        if len(self.asked) >= len(self.answers):
            self.all_asked.set()
        try:
            if self.patience is not None:
                await self.patience.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            if self.given_up >= len(self.answers):
                self.all_given_up.set()
            raise
        answer = self.answers[str(link.region)]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def documents(self) -> list[str]:
        """What was asked, on one line each."""
        return [" ".join(print_ast(parse(question.document)).split()) for _, question in self.asked]


def says(data: Any, *faults: LiveFault) -> LiveAnswer:
    """An answer with data."""
    return LiveAnswer(LiveState.ANSWERED, 0.25, data, faults, size_bytes=100)


@dataclass
class HonestHub:
    """A hub of the same software, asked over JSON as it goes over a wire. Implements LiveSource."""

    province: str
    sources: FakeSources

    def links(self) -> Mapping[str, Link]:
        """The one to it."""
        return {self.province: link_of(self.province)}

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """What its schema answers."""
        assert str(link.region) == self.province
        sent = orjson.loads(orjson.dumps(question.variables))
        result = await schema().execute(question.document, sent, context_value=self.sources.context())
        errors = [orjson.loads(orjson.dumps(error.formatted)) for error in result.errors or ()]
        faults = tuple(
            LiveFault(error["message"], error["extensions"]["code"], tuple(error.get("path") or ()))
            for error in errors
        )
        state = LiveState.REFUSED if result.data is None else LiveState.ANSWERED
        return LiveAnswer(state, 0.0, orjson.loads(orjson.dumps(result.data)), faults, size_bytes=1)


def nation(hubs: LiveSource, reach: Reach = NATION) -> FakeSources:
    """A national hub with three provinces, that knows nothing else."""
    rows = [province_row(91), province_row(92), province_row(93)]
    city = province_row(91, code="910100", level="city", parent=JIA)
    return FakeSources(FakeRows({"region": [*rows, city]}), live=hubs, reach=reach)


async def answered(hubs: LiveSource, query: str, **variables: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Data and errors of a question, the errors as they go over the wire but for their places in the text."""
    result = await nation(hubs).ask(query, **variables)
    errors = [dict(error.formatted) for error in result.errors or ()]
    return result.data, [{k: v for k, v in error.items() if k != "locations"} for error in errors]


def of_jia(below: str) -> str:
    """A question to the hub of one province."""
    return f'{{ province(code: "{JIA}") {{ live {{ {below} }} }} }}'
