"""A national hub asks a provincial hub, the same software, for what is new since it last asked.

Source: our own schema and `GET /sync/v1/changes` (read).
Time: starts are instants in UTC; days of plans and reports are Beijing's (read).
Cadence: whenever the link is due; nouns whole, readings after the link's cursor, whole batches only; of more than a
         page the newest day first (read).
Quirks: whether what a province lost is given back to it; both ends are the same software (read). A province speaks
        for its own units: whatever else it sends is refused by the intake, which is told the link's region (assumed).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pyarrow as pa

from graph.errors import SourceMalformed, SourceRefused
from graph.model.address import without_secrets
from graph.model.principal import Reach
from graph.model.reading import Arrived, no_rejections
from graph.model.sync_run import Link
from graph.ports import RAW_ROW, Delivery, NounDelivery
from provincial_adapters._hub_graphql.backlog import BETWEEN, CURSOR_CHARACTERS_MAX, Days, Place, days_in
from provincial_adapters._hub_graphql.changes import arrived
from provincial_adapters._hub_graphql.comparing import GIVES_BACK, HubSide
from provincial_adapters._hub_graphql.live import ask_hub
from provincial_adapters._hub_graphql.nouns import NOUNS, Noun
from provincial_adapters._toolkit.address import below
from provincial_adapters._toolkit.dialect import Dialect, Direction, Reread
from provincial_adapters._toolkit.fetch import ARROW_STREAM, JSON, USUAL, Answer, Bounds, get, post_json
from provincial_adapters._toolkit.untold import without_tokens

__all__ = ["DIALECT", "GIVES_BACK", "HubPuller", "HubSide", "Place", "ask_hub"]

NODES_A_PAGE = 1000  # half a megabyte of JSON
PAGES_MAX = 1000  # of one noun: a million rows; a source that goes on forever is broken
READINGS_A_PAGE = 200_000  # about 20 MB; the source gives whole batches and may go over it
CHANGES_PAGES_MAX = 10_000  # of one run; the next one goes on from the cursor
_KEY_DIGITS = 16  # of a digest

QUESTIONS = tuple(noun.query for noun in NOUNS)  # as they are sent: a hub that is asked may trust them

DIALECT = Dialect(
    name="hub_graphql",
    chinese="能枢平台互联",
    english="a provincial hub of the same software, pulled",
    direction=Direction.PULL,
    quirks=(GIVES_BACK,),
    tells_digests=True,
    puller=lambda means: HubPuller(means.client, means.token),
    replays=lambda _link, raw: Reread(Arrived(_renamed(raw, RAW_ROW, "row"), no_rejections())),
)


class HubPuller:
    """Pulls a link: every noun page by page, then readings after the cursor. Implements graph.ports.Puller.

    `token` gives the bearer token for a link; neither it nor the client is made here.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        token: Callable[[Link], Awaitable[str]],
        bounds: Bounds = USUAL,
        readings_a_page: int = READINGS_A_PAGE,
    ) -> None:
        self._client, self._token, self._bounds, self._rows = client, token, bounds, readings_a_page

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """What is new since the link's cursor, in order. Raises SourceError."""
        headers = {"Authorization": f"Bearer {await self._token(link)}"}
        for noun in NOUNS:
            async for page in self._noun(link, noun, headers):
                yield page
        async for delivery in self._changes(link, headers):
            yield delivery

    async def _noun(self, link: Link, noun: Noun, headers: Mapping[str, str]) -> AsyncIterator[NounDelivery]:
        address, after, row = below(link.address, "graphql"), None, 0
        shown = f"{without_secrets(address)}: {noun.plural}"
        for _ in range(PAGES_MAX):
            variables = {"first": NODES_A_PAGE, "after": after}
            message = {"query": noun.query, "variables": variables}
            answer = await post_json(self._client, address, message, headers=headers, bounds=self._bounds)
            nodes, cursor = _page(answer, noun.plural, headers)
            if nodes:
                rows = [noun.row(node, shown, row + n) for n, node in enumerate(nodes)]
                yield NounDelivery(noun.name, noun.own(rows), answer.bytes_read)
            row += len(nodes)
            if cursor is None:
                return
            if cursor == after:
                raise SourceMalformed(f"{shown}: the next page begins where this one did")
            after = cursor
        raise SourceMalformed(f"{shown} go on for more than {PAGES_MAX} pages")

    async def _changes(self, link: Link, headers: Mapping[str, str]) -> AsyncIterator[Delivery]:
        """What is new; where it is more than a page, today comes first and then the days before it."""
        asking = _Asking(self._client, self._bounds, link, headers, self._rows)
        place = await self._resumed(asking, Place.parse(link.cursor))
        if place.upto is not None:
            async for delivery, came_to in asking.pages(place):
                yield delivery
                place = came_to
        days = await asking.days(place.after)
        if days is not None and (place.upto is not None or days.readings > asking.readings_a_page):
            place = place if place.upto is not None else replace(place, upto=str(days.upto))
            async for delivery in self._backlog(asking, place, days):
                yield delivery
            place = Place(place.upto or place.after)
        async for delivery, _ in asking.pages(place):
            yield delivery

    async def _resumed(self, asking: _Asking, place: Place) -> Place:
        """Where to go on; who was away again begins the backlog anew, for its newest days are others."""
        if place.upto is None:
            return place
        since = await asking.days(place.upto)
        return Place(place.after) if since is None or since.readings > asking.readings_a_page else place

    async def _backlog(self, asking: _Asking, place: Place, days: Days) -> AsyncIterator[Delivery]:
        """What is new up to a batch, the newest day first."""
        left = days.left(place)
        for day in left:
            then = Place(place.upto or place.after) if day == left[-1] else replace(place, day=day)
            async for delivery in asking.pages_of(place, day, then):
                yield delivery
            place = then


@dataclass(frozen=True)
class _Asking:
    """One run's questions to one hub about what is new."""

    client: httpx.AsyncClient
    bounds: Bounds
    link: Link
    headers: Mapping[str, str]
    readings_a_page: int

    async def pages(self, place: Place) -> AsyncIterator[tuple[Delivery, Place]]:
        """What was said after all that is known, in order: with each page where it leads."""
        after = place.upto or place.after
        async for answer, cursor, _ in self._answers({"after": after}):
            place = Place(cursor) if place.upto is None else replace(place, upto=cursor)
            delivery = _delivery(self.link, answer, place)
            if delivery.arrived.rows or cursor != after:
                yield delivery, place
            after = cursor

    async def pages_of(self, place: Place, day: dt.date, then: Place) -> AsyncIterator[Delivery]:
        """A day of a backlog; its last page leads behind it."""
        asked = {"after": place.after, "upto": place.upto or "", "day": day.isoformat()}
        async for answer, _, more in self._answers(asked):
            yield _delivery(self.link, answer, place if more else then)

    async def days(self, after: str) -> Days | None:
        """How much is new of which day; None where the hub is of a time that did not tell."""
        address = below(self.link.address, "sync/v1/changes/days", {"after": after})
        try:
            answer = await get(self.client, address, expected=JSON, headers=self.headers, bounds=self.bounds)
        except SourceRefused as fault:
            if fault.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return days_in(answer)

    async def page(self, asked: Mapping[str, str]) -> tuple[Answer, str, bool]:
        """One page, with the source's cursor and whether there is more."""
        params = {**asked, "limit": str(self.readings_a_page)}
        address = below(self.link.address, "sync/v1/changes", params)
        answer = await get(
            self.client, address, expected=ARROW_STREAM, headers=self.headers, bounds=self.bounds
        )
        cursor, more = _place(answer)
        if more and cursor == asked["after"]:
            raise SourceMalformed(f"{answer.address}: promises more, but its cursor does not move")
        return answer, cursor, more

    async def _answers(self, asked: Mapping[str, str]) -> AsyncIterator[tuple[Answer, str, bool]]:
        """Page after page until there is no more."""
        for _ in range(CHANGES_PAGES_MAX):
            answer, cursor, more = await self.page(asked)
            yield answer, cursor, more
            if not more:
                return
            asked = {**asked, "after": cursor}


def _page(answer: Answer, plural: str, asked: Mapping[str, str]) -> tuple[list[Any], str | None]:
    """The nodes of a page and where the next begins. Raises SourceRefused with a GraphQL error's message."""
    said = answer.json()
    if not isinstance(said, Mapping):
        raise SourceMalformed(f"{answer.address}: expected a GraphQL answer, came {said!r:.80}")
    if errors := said.get("errors"):
        token = asked["Authorization"].rpartition(" ")[2]
        raise SourceRefused(f"{answer.address}: {plural}: {_messages(errors, token)}")
    try:
        connection = said["data"][plural]
        nodes, page = connection["nodes"], connection["pageInfo"]
        more, cursor = page["hasNextPage"], page["endCursor"]
    except (KeyError, TypeError) as fault:
        raise SourceMalformed(f"{answer.address}: {plural} has no page: {fault!r}") from fault
    if not isinstance(nodes, list) or not isinstance(more, bool) or (more and not isinstance(cursor, str)):
        raise SourceMalformed(
            f"{answer.address}: {plural} is no page: nodes, hasNextPage or endCursor is wrong"
        )
    return nodes, cursor if more else None


def _messages(errors: Any, token: str) -> str:
    """The first words of some errors; a hub may quote the token it was asked with, which goes before they are cut."""
    if not isinstance(errors, list):
        return without_tokens([token], repr(errors))[:200]
    said = (error.get("message", error) if isinstance(error, Mapping) else error for error in errors[:5])
    return "; ".join(without_tokens([token], str(message))[:200] for message in said)


def _place(answer: Answer) -> tuple[str, bool]:
    """Where this page ends and whether another follows."""
    cursor, more = answer.headers.get("nengshu-cursor", ""), answer.headers.get("nengshu-more")
    is_one = 0 < len(cursor) <= CURSOR_CHARACTERS_MAX and BETWEEN not in cursor
    if not is_one or more not in ("true", "false"):
        raise SourceMalformed(
            f"{answer.address}: Nengshu-Cursor {cursor!r:.80} and Nengshu-More {more!r:.80} are none"
        )
    return cursor, more == "true"


def _delivery(link: Link, answer: Answer, place: Place) -> Delivery:
    """The page under a key that names its content too: asked from elsewhere, the same cursor ends other rows."""
    digest = hashlib.sha256(answer.body).hexdigest()
    key = f"{link.key}:{place}:{digest[:_KEY_DIGITS]}"
    readings = arrived(answer.body, answer.address)
    raw = _renamed(readings.table, "row", RAW_ROW)
    reach = Reach(region=link.region)
    return Delivery(link.source, key, digest, readings, reach, str(place), raw, bytes_read=answer.bytes_read)


def _renamed(table: pa.Table, name: str, to: str) -> pa.Table:
    return table.rename_columns({name: to})
