"""Exports over HTTP: a question of readings or of the balance as a file, streamed while it is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import anyio
import pyarrow as pa
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from graph.execution.past import state_of
from graph.model.principal import Reach, Role
from graph.ports import NOW, Ask, AsOf, Order
from hub.endpoints.asking import hub_of, principal_of
from hub.endpoints.leaving import interruptible, while_connected
from hub.exports._format import Writer
from hub.exports.links import BALANCE_WORDS, READINGS_WORDS, Link
from hub.exports.questions import READINGS, balance_piece, reading_pieces
from hub.wiring import Hub

Asked: TypeAlias = tuple[
    pa.Schema, Iterator[pa.Table], AsOf
]  # the columns, their tables, and of which state they are


class Export:
    """One kind of export. What can be refused is refused before the first byte; what fails later breaks the answer off."""

    def __init__(self, name: str, words: tuple[str, ...], ask: Callable[[Hub, Link, Reach], Asked]) -> None:
        self._name, self._words, self._ask = name, words, ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; whoever goes away stops what is asked of the stores. Raises what a problem is made of."""
        request = Request(scope, receive)
        principal = await principal_of(request)
        principal.require(Role.READ)
        request.state.principal = principal
        link = Link(request.query_params, self._words)
        await while_connected(receive, self._answered(request, link, scope, send))

    async def _answered(self, request: Request, link: Link, scope: Scope, send: Send) -> None:
        hub, kind = hub_of(request), link.format()
        reach = request.state.principal.reach
        schema, tables, said = await interruptible(partial(self._ask, hub, link, reach), hub.readers)
        with closing(kind.writer(schema)) as writer:
            async with aclosing(_bytes(hub, tables, writer)) as pieces:
                first = await anext(pieces, b"")  # a refusal still has a status of its own
                headers = {"Content-Disposition": f'attachment; filename="{self._name}.{kind.suffix}"'}
                if said.batch is not None:
                    headers["Nengshu-As-Of-Batch"] = str(said.batch)
                body = _after(first, pieces)
                answer = StreamingResponse(body, headers=headers, media_type=kind.media_type)
                await answer(scope, _nothing_more, send)


def _readings(hub: Hub, link: Link, reach: Reach) -> Asked:
    """Readings as of the ledger's last batch unless another state is named, so that all pieces are of one state."""
    asked, last = link.readings(reach), _last_batch(hub)
    said = _past(hub, link, last) or AsOf(batch=last)
    return READINGS, reading_pieces(hub.registry, hub.store, replace(asked, as_of=said)), said


def _balance(hub: Hub, link: Link, reach: Reach) -> Asked:
    said = _past(hub, link, _last_batch(hub)) or NOW
    table = balance_piece(hub.store, replace(link.balance(reach), as_of=said))
    return table.schema, iter([table]), said


def _past(hub: Hub, link: Link, last_batch: int) -> AsOf | None:
    given = link.past()
    return None if given is None else state_of(given, last_batch, hub.clock.now())


def _last_batch(hub: Hub) -> int:
    page = hub.store.rows(Ask("batch", order=Order("id", descending=True), first=1))
    return max(page.table.column("id").to_pylist(), default=0)


async def _bytes(hub: Hub, tables: Iterator[pa.Table], writer: Writer) -> AsyncGenerator[bytes]:
    """The file as it is written: each piece is asked and written in the readers' lane, and others come between."""

    def piece() -> bytes | None:
        table = next(tables, None)
        return None if table is None else b"".join(writer.write(table))

    while (written := await interruptible(piece, hub.readers)) is not None:
        if written:
            yield written
    rest = iter(writer.end())
    while (written := await interruptible(partial(next, rest, None), hub.readers)) is not None:
        yield written


async def _after(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


async def _nothing_more() -> Message:
    """Who goes away is noticed by whoever watches the request."""
    await anyio.sleep_forever()
    raise AssertionError("forever has ended")


def export_routes() -> list[BaseRoute]:
    """`GET /export/readings` and `GET /export/balance`."""
    return [
        Route("/export/readings", Export("readings", READINGS_WORDS, _readings), methods=["GET"]),
        Route("/export/balance", Export("balance", BALANCE_WORDS, _balance), methods=["GET"]),
    ]
