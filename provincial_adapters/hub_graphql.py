"""A national hub asks a provincial hub, the same software, for what is new since it last asked.

Source: our own schema and `GET /sync/v1/changes` (read).
Time: starts are instants in UTC; days of plans and reports are Beijing's (read).
Cadence: whenever the link is due; nouns whole, readings after the link's cursor, whole batches only (read).
Quirks: none; both ends are the same software (read). A province speaks for its own units: whatever else it
        sends is refused by the intake, which is told the link's region (assumed).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx

from graph.errors import SourceMalformed, SourceRefused
from graph.model.address import without_secrets
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._hub_graphql.address import below
from provincial_adapters._hub_graphql.changes import arrived
from provincial_adapters._hub_graphql.live import ask_hub
from provincial_adapters._hub_graphql.nouns import NOUNS, Noun
from provincial_adapters._toolkit.dialect import Dialect, Direction
from provincial_adapters._toolkit.fetch import ARROW_STREAM, USUAL, Answer, Bounds, get, post_json

__all__ = ["DIALECT", "HubPuller", "ask_hub"]

NODES_A_PAGE = 1000  # half a megabyte of JSON
PAGES_MAX = 1000  # of one noun: a million rows; a source that goes on forever is broken
READINGS_A_PAGE = 200_000  # about 20 MB; the source gives whole batches and may go over it
CHANGES_PAGES_MAX = 10_000  # of one run; the next one goes on from the cursor
FROM_THE_START = "0"
CURSOR_CHARACTERS_MAX = 64
_KEY_DIGITS = 16  # of a digest

QUESTIONS = tuple(noun.query for noun in NOUNS)  # as they are sent: a hub that is asked may trust them

DIALECT = Dialect(
    name="hub_graphql",
    chinese="能枢平台互联",
    english="a provincial hub of the same software, pulled",
    direction=Direction.PULL,
    puller=lambda means: HubPuller(means.client, means.token),
)


class HubPuller:
    """Pulls a link: every noun page by page, then readings after the cursor. Implements graph.ports.Puller.

    `token` gives the bearer token for a link; neither it nor the client is made here.
    """

    def __init__(
        self, client: httpx.AsyncClient, token: Callable[[Link], Awaitable[str]], bounds: Bounds = USUAL
    ) -> None:
        self._client, self._token, self._bounds = client, token, bounds

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
            nodes, cursor = _page(answer, noun.plural)
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
        after = link.cursor or FROM_THE_START
        for _ in range(CHANGES_PAGES_MAX):
            asked = {"after": after, "limit": str(READINGS_A_PAGE)}
            address = below(link.address, "sync/v1/changes", asked)
            answer = await get(
                self._client, address, expected=ARROW_STREAM, headers=headers, bounds=self._bounds
            )
            cursor, more = _place(answer)
            delivery = _delivery(link, answer, cursor)
            if delivery.arrived.rows or cursor != after:
                yield delivery
            if not more:
                return
            if cursor == after:
                raise SourceMalformed(f"{answer.address}: promises more, but its cursor does not move")
            after = cursor


def _page(answer: Answer, plural: str) -> tuple[list[Any], str | None]:
    """The nodes of a page and where the next begins. Raises SourceRefused with a GraphQL error's message."""
    said = answer.json()
    if not isinstance(said, Mapping):
        raise SourceMalformed(f"{answer.address}: expected a GraphQL answer, came {said!r:.80}")
    if errors := said.get("errors"):
        raise SourceRefused(f"{answer.address}: {plural}: {_messages(errors)}")
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


def _messages(errors: Any) -> str:
    if not isinstance(errors, list):
        return f"{errors!r:.200}"
    said = (error.get("message", error) if isinstance(error, Mapping) else error for error in errors[:5])
    return "; ".join(f"{message!s:.200}" for message in said)


def _place(answer: Answer) -> tuple[str, bool]:
    """Where this page ends and whether another follows."""
    cursor, more = answer.headers.get("nengshu-cursor", ""), answer.headers.get("nengshu-more")
    if not 0 < len(cursor) <= CURSOR_CHARACTERS_MAX or more not in ("true", "false"):
        raise SourceMalformed(
            f"{answer.address}: Nengshu-Cursor {cursor!r:.80} and Nengshu-More {more!r:.80} are none"
        )
    return cursor, more == "true"


def _delivery(link: Link, answer: Answer, cursor: str) -> Delivery:
    """The page under a key that names its content too: asked from elsewhere, the same cursor ends other rows."""
    digest = hashlib.sha256(answer.body).hexdigest()
    key = f"{link.key}:{cursor}:{digest[:_KEY_DIGITS]}"
    readings = arrived(answer.body, answer.address)
    return Delivery(
        link.source, key, digest, readings, Reach(region=link.region), cursor, bytes_read=answer.bytes_read
    )
