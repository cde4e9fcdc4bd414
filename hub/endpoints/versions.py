"""Conditional requests (条件请求): each answer's tag, and whether a poll's tag still holds, without a look at its question.

A tag is a keyed hash over all that an answer can depend on: what both stores have written, who asks, the question's own
bytes, the answer's form, and the span of time within which nothing changes by itself. It is made before the answer is: an
answer that is newer than its tag costs one more answer, the reverse would be a lie.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import pyarrow as pa
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from graph.model.live import LiveAnswer, LiveQuestion
from graph.model.period import Granularity, beijing_day, slot_at
from graph.model.principal import Principal
from graph.model.sync_run import Link
from graph.ports import Ask, Clock, Decision, Decisions, DecisionSink, LiveSource, Page, RowSource, Sources
from hub.stores.door.trail import NOUN as TRAIL
from hub.wiring import Hub

ALWAYS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
ANY = "*"
KEY_BYTES = 32  # nobody makes a tag that was not given, so that none can stand for what never had one
TAG_BYTES = 16  # of the hash: no two answers meet in it
_TAG = re.compile(r'"([^"]*)"')  # a comma may stand within (RFC 9110, 8.8.3)


@dataclass
class Witness:
    """Notes while an answer is made whether it may have a tag at all, and whether it asked for the time."""

    is_passing: bool = False  # with an error, another hub's word, a decision or the trail in it
    is_of_now: bool = False

    def watched(self, sources: Sources) -> Sources:
        """The same sources, of which it notes what is asked."""
        return replace(
            sources,
            registry=_Rows(self, sources.registry),
            clock=_Clock(self, sources.clock),
            writer=_Writer(self, sources.writer),
            live=_Live(self, sources.live),
        )


@dataclass(frozen=True)
class _Rows:
    """Of the registry's lists, the trail is written to at the door, which no version tells of."""

    witness: Witness
    source: RowSource

    def rows(self, ask: Ask) -> Page:
        return self._noted(ask).rows(ask)

    def known(self, ask: Ask) -> Page | None:
        return self._noted(ask).known(ask)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        return self._noted(asks[0]).pages(asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        return self._noted(ask).counts(ask, by, latest)

    def _noted(self, ask: Ask) -> RowSource:
        self.witness.is_passing = self.witness.is_passing or ask.noun == TRAIL
        return self.source


@dataclass(frozen=True)
class _Clock:
    witness: Witness
    clock: Clock

    def now(self) -> dt.datetime:
        self.witness.is_of_now = True
        return self.clock.now()


@dataclass(frozen=True)
class _Writer:
    witness: Witness
    sink: DecisionSink

    def decide(self, noun: str, decisions: Sequence[Decision], asker: Principal) -> Decisions:
        self.witness.is_passing = True
        return self.sink.decide(noun, decisions, asker)


@dataclass(frozen=True)
class _Live:
    witness: Witness
    source: LiveSource

    def links(self) -> Mapping[str, Link]:
        self.witness.is_passing = True
        return self.source.links()

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        self.witness.is_passing = True
        return await self.source.ask(link, question)


@dataclass(frozen=True)
class Tags:
    """The tags an answer may have at a moment: of the Beijing day, and of the quarter-hour where it asked for the time.

    They are weak: while data changes, two answers a moment apart may bear one of them. `whole` is all else they stand for.
    """

    whole: blake2b
    now: dt.datetime

    @property
    def of_day(self) -> str:
        """Of an answer that did not ask for the time."""
        return self._within(beijing_day(self.now))

    @property
    def of_slot(self) -> str:
        """Of one that did."""
        return self._within(slot_at(self.now, Granularity.QUARTER_HOUR).start)

    def of(self, witness: Witness) -> str | None:
        """The tag of the answer that was made; None where it has none."""
        if witness.is_passing:
            return None
        return self.of_slot if witness.is_of_now else self.of_day

    def known_to(self, asker: Headers) -> str | None:
        """The tag an asker has, if it still holds."""
        known = _TAG.findall(_none_match(asker))
        if not known:
            return None
        return next((tag for tag in (self.of_day, self.of_slot) if tag[3:-1] in known), None)

    def _within(self, span: object) -> str:
        """The span last, so that a long question is hashed once."""
        tag = self.whole.copy()
        tag.update(f"\0{span}".encode())
        return f'W/"{tag.hexdigest()}"'


class Versions:
    """Makes the tags of one hub; another start of it makes others, for its settings and its code may be others too."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._key = hub, secrets.token_bytes(KEY_BYTES)

    def tags(self, asker: Principal, request: Request, body: bytes, form: str) -> Tags:
        """The tags of the answer to a question, as of now. It waits for nothing: some microseconds, in any thread."""
        words = (
            f"{self._hub.registry.version()} {self._hub.store.version()}",
            f"{asker.client} {asker.reach} {' '.join(sorted(asker.roles))}",
            f"{request.method} {form}",
        )
        asked: bytes = request.scope["query_string"]
        whole = blake2b(
            b"\0".join((*map(str.encode, words), asked, body)), key=self._key, digest_size=TAG_BYTES
        )
        return Tags(whole, self._hub.clock.now())


def unchanged(tag: str) -> Response:
    """304: what the asker has is what it would be answered."""
    return Response(None, 304, {**ALWAYS, "ETag": tag})


def tagged(answer: Response, request: Request, tag: str | None) -> Response:
    """An answer with its tag, if it may have one; who asks by GET for none of any tag (`*`) gets 304 instead."""
    if tag and request.method == "GET" and _none_match(request.headers).strip() == ANY:
        return unchanged(tag)
    answer.headers.update(ALWAYS)
    if tag:
        answer.headers["ETag"] = tag
    return answer


def _none_match(asker: Headers) -> str:
    return ",".join(asker.getlist("if-none-match"))
