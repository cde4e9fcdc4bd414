"""A province's platform answers JSON over HTTP, and what is declared of it says how it is asked and read.

Source: no platform's own documents; envelopes, paging and signing in as web services commonly have them (assumed). Field
        names of the recorded answers are those of NHJC-04 (read), the answers around them are invented.
Time: labels as the mapping declares them, Beijing time; a day in a request is a Beijing day (assumed).
Cadence: day by day, newest first, where the link says `since`; else whole, behind the cursor that paging gives (assumed).
Quirks: all in two tables: `request`, what is asked and what its signs mean, and `mapping`, what columns mean (assumed).

A reading's row is its place among the rows of its page, from 1. What is no JSON is malformed and never "no data".
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from graph.errors import MalformedBody, SourceNotReady, SourceRefused
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._mapping.arrange import arranged
from provincial_adapters._mapping.drift import drift_of
from provincial_adapters._mapping.lines import READINGS_A_DELIVERY, regrouped
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._mapping.reread import reread
from provincial_adapters._rest_json.answers import Page, taken_apart
from provincial_adapters._rest_json.columns import lines_of, reopened
from provincial_adapters._rest_json.paging import Came, Pages, PagingStyle, Turn
from provincial_adapters._rest_json.platform import Platform, Values
from provincial_adapters._rest_json.request import Request, check_columns, faults_between
from provincial_adapters._rest_json.signs import Sign
from provincial_adapters._toolkit.dialect import (
    DAY_QUIRKS,
    SINCE,
    Dialect,
    Direction,
    Means,
    Quirk,
    Reread,
    table_of,
)
from provincial_adapters._toolkit.fetch import USUAL, Answer, Bounds

__all__ = ["DIALECT", "Request", "RestPuller"]

_KEY_DIGITS = 32  # of a digest: enough that no two pages share a key
_WHOLE = "whole"  # in a key, where it is no day's


def _mapping_of(given: Mapping[str, Any]) -> ColumnMapping:
    mapping = ColumnMapping.of_table(given)
    check_columns(mapping)
    return mapping


def _faults_between(quirks: Mapping[str, Any]) -> list[str]:
    request, mapping = Request.of_table(quirks["request"]), ColumnMapping.of_table(quirks["mapping"])
    return faults_between(request, mapping, says_since=SINCE in quirks)


DIALECT = Dialect(
    name="rest_json",
    chinese="平台接口（REST/JSON）",
    english="a platform's JSON over HTTP, read by a declared mapping",
    direction=Direction.PULL,
    quirks=(
        Quirk(
            "request",
            "what is asked, and what the answer's signs mean",
            required=True,
            fault=table_of(Request.of_table),
        ),
        Quirk(
            "mapping", "how columns of the rows become readings", required=True, fault=table_of(_mapping_of)
        ),
        *DAY_QUIRKS,
    ),
    puller=lambda means: RestPuller(means),
    day_puller=lambda means: RestPuller(means),
    day_again=lambda means: RestPuller(means),
    whole_again=lambda means: RestPuller(means),
    retells=True,
    between=_faults_between,
    replays=lambda link, raw: _reread(raw, Plan.of(link).mapping),
)


@dataclass(frozen=True)
class Plan:
    """What a link declares, checked."""

    request: Request
    mapping: ColumnMapping

    @classmethod
    def of(cls, link: Link) -> Plan:
        """From a link's quirks. Raises ConfigurationError."""
        DIALECT.check(link.quirks)
        return cls(Request.of_table(link.quirks["request"]), ColumnMapping.of_table(link.quirks["mapping"]))

    @property
    def keeps_cursor(self) -> bool:
        """Whether the next run goes on where the last one came to."""
        request = self.request
        return request.paging.style is PagingStyle.CURSOR and not request.asks_by_day and not request.units


class RestPuller:
    """Pulls a link whole or a day of it, page by page. Implements graph.ports.Puller and DayPuller."""

    def __init__(self, means: Means, bounds: Bounds = USUAL) -> None:
        self._means, self._bounds = means, bounds
        self._tokens: dict[str, str] = {}

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """All there is, or what is new behind the link's cursor. Raises SourceError."""
        plan = Plan.of(link)
        async for delivery in self._deliveries(link, plan, None):
            yield delivery

    async def pull_day(self, link: Link, day: dt.date) -> AsyncIterator[Delivery]:
        """A Beijing day. Raises SourceNotReady where it is not published yet, SourceError."""
        plan = Plan.of(link)
        async for delivery in self._deliveries(link, plan, day):
            yield delivery

    async def _deliveries(self, link: Link, plan: Plan, day: dt.date | None) -> AsyncIterator[Delivery]:
        """Unit by unit where it is asked so; one whose day is not there yet does not keep the others waiting."""
        platform = Platform(self._means, link, plan.request, self._bounds, self._tokens)
        dates: Values = {} if day is None else plan.request.dates.of(day)
        not_ready: SourceNotReady | None = None
        for unit in plan.request.units or (None,):
            try:
                async for delivery in self._pages(platform, plan, {**dates, "unit": unit}, day):
                    yield delivery
            except SourceNotReady as fault:
                not_ready = fault
        if not_ready is not None:
            raise not_ready

    async def _pages(
        self, platform: Platform, plan: Plan, values: Values, day: dt.date | None
    ) -> AsyncIterator[Delivery]:
        link, paging = platform.link, plan.request.paging
        turn: Turn | None = Turn(cursor=link.cursor if plan.keeps_cursor else None)
        pages = Pages(paging, turn or Turn())
        while turn is not None:
            asked = {**values, **turn.values(paging)}
            address = turn.address or platform.address(asked)
            page, answer = await self._page(platform, address, asked)
            if page is None:
                return
            with platform.malformed(answer):
                came = Came(page.document, page.rows, page.digest, address, answer.headers)
                turn = pages.next(came)
                make = partial(_made, link, plan, page, came, f"{link.key}:{day or _WHOLE}")
                made = await asyncio.to_thread(make) if page.rows else []
            for delivery in made[:-1]:
                yield delivery
            if made:
                cursor = pages.reached if plan.keeps_cursor else None
                yield replace(made[-1], cursor=cursor, bytes_read=answer.bytes_read)

    async def _page(self, platform: Platform, address: str, values: Values) -> tuple[Page | None, Answer]:
        """A page, or None where the source says that it has nothing. Raises SourceError."""
        page, answer = await self._taken_apart(platform, address, values)
        expired = platform.request.auth.expired
        if expired is not None and page is not None and expired.is_given(answer.status, page.document):
            platform.forget()
            page, answer = await self._taken_apart(platform, address, values)
        return _judged(page, answer, platform), answer

    async def _taken_apart(
        self, platform: Platform, address: str, values: Values
    ) -> tuple[Page | None, Answer]:
        """An answer as document and rows; None where its status alone says enough."""
        answer = await platform.ask(address, values)
        request, unit = platform.request, values["unit"]
        if any(sign.is_given(answer.status, None) for sign in _bare_signs(request)):
            return None, answer
        apart = partial(
            taken_apart,
            answer.body,
            request.rows,
            request.outer,
            None if unit is None else str(unit),
            request.encoding,
        )
        with platform.malformed(answer):
            return await asyncio.to_thread(apart), answer


def _bare_signs(request: Request) -> list[Sign]:
    return [sign for sign in (*request.not_ready, *request.no_data) if sign.place is None]


def _judged(page: Page | None, answer: Answer, platform: Platform) -> Page | None:
    """The page where the answer says yes and has rows or none; None where it says that there is no data.

    Raises SourceNotReady, SourceRefused with its words, SourceMalformed.
    """
    request, status = platform.request, answer.status
    document = None if page is None else page.document
    if any(sign.is_given(status, document) for sign in request.not_ready):
        raise SourceNotReady(f"{answer.address}: not published yet", place=answer.address)
    if page is None or any(sign.is_given(status, document) for sign in request.no_data):
        return None
    with platform.malformed(answer):
        why = None if request.success is None else request.success.refusal(document)
        if why is not None:
            raise SourceRefused(f"{answer.address}: {platform.without_secrets(why)}", place=answer.address)
        if not 200 <= status < 300:
            told = f"{answer.address}: answered {status}, and with no word the link knows"
            raise SourceRefused(told, place=answer.address, status=status)
        if page.groups is None:
            raise MalformedBody(f"has no list at {request.rows}", "body")
    return page


def _reread(raw: pa.Table, mapping: ColumnMapping) -> Reread:
    return reread(reopened(raw, mapping), mapping)


def _made(link: Link, plan: Plan, page: Page, came: Came, key: str) -> list[Delivery]:
    """A page's deliveries, under keys that name its rows and the mapping: the same answer again is the same batch."""
    lines = lines_of(page.groups or (), plan.request.outer, plan.mapping, "rows")
    rows_max = max(1, READINGS_A_DELIVERY // len(plan.mapping.values))
    key = f"{key}:{came.digest[:_KEY_DIGITS]}:{plan.mapping.digest[:_KEY_DIGITS]}"
    reach = Reach(region=link.region)
    return [
        Delivery(
            link.source, f"{key}:{number}", came.digest, arranged(part, plan.mapping), reach,
            raw=part.raw, drift=drift_of(part, plan.mapping),
        )
        for number, part in enumerate(regrouped([lines], rows_max), 1)
    ]  # fmt: skip
