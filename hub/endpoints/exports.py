"""Exports over HTTP: a question of readings or of the balance as a file, streamed while it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import pyarrow as pa
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from graph.execution.past import state_of
from graph.model.principal import Principal, Reach
from graph.ports import NOW, AsOf, Sources
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.downloads import Download, Downloads
from hub.endpoints.leaving import interruptible, to_its_end, uninterrupted, until, while_connected
from hub.endpoints.noting import note_export
from hub.endpoints.problems import TOOK_NOTHING, broke_off, quoted
from hub.exports._format import Format, Steps, Writer
from hub.exports.links import BALANCE_WORDS, PERSONS_WORDS, READINGS_WORDS, Link
from hub.exports.questions import PERSONS, READINGS, balance_piece, person_pieces, reading_pieces
from hub.wiring import Hub

Asked: TypeAlias = tuple[
    pa.Schema, Iterator[pa.Table], AsOf
]  # the columns, their tables, and of which state they are


class Export:
    """One kind of export. What can be refused is refused before the first byte; what fails later breaks the answer off."""

    def __init__(
        self, name: str, words: tuple[str, ...], ask: Callable[[Sources, Link, Reach], Asked]
    ) -> None:
        self._name, self._words, self._ask = name, words, ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; whoever goes away stops what is asked of the stores. Raises what a problem is made of."""
        _require_an_end_that_can_be_seen(scope)
        request = Request(scope, receive)
        principal = await let_in(request, f"GET /export/{self._name}")
        link = Link(request.query_params, self._words)
        downloads: Downloads = request.app.state.downloads
        download = Download(send, hub_of(request).settings.send_seconds)
        with downloads.place(principal.client):
            await until(downloads.over, while_connected(receive, self._answered(request, link, download)))
        if downloads.is_over and not download.is_begun:
            raise HTTPException(503, "the hub ends; come again later")
        if downloads.is_over and not download.is_over:
            broke_off(request, "the hub ends")

    async def _answered(self, request: Request, link: Link, download: Download) -> None:
        hub, kind = hub_of(request), link.format()
        asker: Principal = request.state.principal
        question = partial(self._ask, hub.sources_of(asker), link, asker.reach)
        schema, tables, said = await interruptible(question, hub.readers)
        await note_export(request, asker)
        download.headers = {
            "Content-Type": kind.media_type,
            "Content-Disposition": f'attachment; filename="{self._name}.{kind.suffix}"',
        }
        if said.batch is not None:
            download.headers["Nengshu-As-Of-Batch"] = str(said.batch)
        try:
            async with _writing(hub, kind, schema) as writer:
                await _hand_on(hub, tables, writer, download)
        except Exception as fault:
            if not download.is_begun:
                raise
            download.is_over = True
            broke_off(request, TOOK_NOTHING if isinstance(fault, TimeoutError) else quoted(repr(fault)))


def _require_an_end_that_can_be_seen(scope: Scope) -> None:
    """Answers 405 to all but GET, and 505 to HTTP/1.0, where a file that breaks off looks whole."""
    if scope["method"] != "GET":
        raise HTTPException(405, headers={"Allow": "GET"})
    if scope["http_version"] < "1.1":
        raise HTTPException(505, "an export needs HTTP/1.1: in HTTP/1.0 one that breaks off looks whole")


@asynccontextmanager
async def _writing(hub: Hub, kind: Format, schema: pa.Schema) -> AsyncIterator[Writer]:
    """A writer, which may keep files: they are made and taken away beside the loop, however the export ends."""
    made: list[Writer] = []

    def begin() -> None:
        made.append(kind.writer(schema, hub.settings.exports_path))

    try:
        await uninterrupted(begin, hub.exports)
        yield made[0]
    finally:
        for writer in made:
            await to_its_end(writer.close)


async def _hand_on(hub: Hub, tables: Iterator[pa.Table], writer: Writer, download: Download) -> None:
    """Ask for each piece in the readers' lane and write it beside, so that others come between."""
    while (table := await interruptible(partial(next, tables, None), hub.readers)) is not None:
        await _hand_on_steps(hub, writer.write(table), download)
    await _hand_on_steps(hub, writer.end(), download)
    await download.end()


async def _hand_on_steps(hub: Hub, steps: Steps, download: Download) -> None:
    made: bytes | None = b""
    try:
        while (made := await uninterrupted(partial(next, steps, None), hub.exports)) is not None:
            await download.hand_on(made)
    finally:
        if made is not None:  # what was broken off may have a file open
            await to_its_end(steps.close)


def _readings(sources: Sources, link: Link, reach: Reach) -> Asked:
    """Readings as of the ledger's last batch unless another state is named, so that all pieces are of one state."""
    asked, last = link.readings(reach), sources.states.last_batch()
    said = _past(sources, link, last) or AsOf(batch=last)
    return READINGS, reading_pieces(sources.registry, sources.figures, replace(asked, as_of=said)), said


def _balance(sources: Sources, link: Link, reach: Reach) -> Asked:
    said = _past(sources, link, sources.states.last_batch()) or NOW
    table = balance_piece(sources.figures, replace(link.balance(reach), as_of=said))
    return table.schema, iter([table]), said


def _persons(sources: Sources, link: Link, reach: Reach) -> Asked:
    """Whom to call in agencies: how, is masked in a file to everybody."""
    return PERSONS, person_pieces(sources.registry, reach, link.persons()), NOW


def _past(sources: Sources, link: Link, last_batch: int) -> AsOf | None:
    given = link.past()
    return None if given is None else state_of(given, last_batch, sources.clock.now())


def export_routes() -> list[BaseRoute]:
    """`GET /export/readings`, `GET /export/balance` and `GET /export/persons`."""
    return [
        Route("/export/readings", Export("readings", READINGS_WORDS, _readings), methods=["GET"]),
        Route("/export/balance", Export("balance", BALANCE_WORDS, _balance), methods=["GET"]),
        Route("/export/persons", Export("persons", PERSONS_WORDS, _persons), methods=["GET"]),
    ]
