"""The batch protocol over HTTP: batches in, receipts out, and the changes another hub has not seen."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from dataclasses import replace

import orjson
import pyarrow as pa
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import InvalidInput, NotFound
from graph.model.principal import Principal
from graph.model.reading import EXCHANGED
from graph.model.rights import require_sight
from graph.model.sync_run import Receipt
from graph.ports import Delivery
from hub.access.sources import batches_of
from hub.access.told import backlog_for, changes_for
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.batch_headers import check_format, idempotency_key, whole
from hub.endpoints.bodies import RETRY_AFTER_S, read_body
from hub.endpoints.leaving import Streamed
from hub.endpoints.noting import note_export
from hub.endpoints.problems import busy
from hub.endpoints.receipts import receipted
from hub.endpoints.registry_batches import kind_of, take_rows
from hub.exports._format import Sink
from hub.stores.readings.changes import Stretch
from hub.wiring import SMALL_BODY, Hub
from provincial_adapters import nengshu_batches
from provincial_adapters.nengshu_batches import TEXTS

KEY_MAX = 128  # characters of an idempotency key
WITHDRAWS = "Nengshu-Withdraws"  # ?1: the readings of the body are to hold no longer
CHANGES_ROWS_DEFAULT = 200_000
QUERY_DIGITS_MAX = 10  # of a cursor, which is an int32


def batch_routes(middleware: Sequence[Middleware] = ()) -> list[Route]:
    """Batches in, with what every body passes, receipts again, and what is new."""
    return [
        Route("/sync/v1/batches", post_batch, methods=["POST"], middleware=middleware),
        Route("/sync/v1/batches/{id:int}", get_batch),
        Route("/sync/v1/changes", get_changes),
        Route("/sync/v1/changes/days", get_backlog),
    ]


async def post_batch(request: Request) -> Response:
    """`POST /sync/v1/batches`: decode, judge, store, answer with the receipt; durable when it answers.

    With `kind=` in its media type a body holds rows of the registry. With `Nengshu-Withdraws: ?1`, from another hub, its
    readings are to hold no longer.
    """
    hub = hub_of(request)
    principal = await let_in(request, "POST /sync/v1/batches")
    key = idempotency_key(request, KEY_MAX)
    check_format(request, nengshu_batches.FORMATS)
    kind = kind_of(request, principal)
    withdraws = _withdraws(request, principal, kind)
    body = await read_body(request, hub.settings.body_bytes_max, hub.settings.body_seconds_max)
    is_small = _is_small(request.headers, body)
    if not hub.has_room(small=is_small):
        raise busy("too many batches wait to be stored; send it again", RETRY_AFTER_S)
    async with request.app.state.turns.of((principal.client, key)), hub.lane_of(small=is_small):
        if kind is not None:
            return await take_rows(hub, principal, kind, key, request.headers, body)
        found = await to_thread.run_sync(lambda: _read(hub, principal, key, request.headers, body))
        if isinstance(found, Receipt):
            return receipted(found, 200)
        delivery = replace(found, withdraws=withdraws)
        return receipted(*await to_thread.run_sync(lambda: _take(hub, delivery), limiter=hub.writers))


def _withdraws(request: Request, principal: Principal, kind: str | None) -> bool:
    """Whether a body takes readings back: another hub may, of what it handed in. Raises Forbidden, InvalidInput."""
    came = request.headers.get(WITHDRAWS, "?0")
    if came not in ("?0", "?1") or (came == "?1" and kind is not None):
        raise InvalidInput(f"came {came!r:.32}, expected ?0 or ?1, and ?1 for readings alone", WITHDRAWS)
    if came == "?1":
        require_sight(principal, "changes")
    return came == "?1"


def _is_small(headers: Headers, body: bytes) -> bool:
    """Whether a body is text of at most SMALL_BODY bytes, packed and unpacked; no more is unpacked to see it."""
    if len(body) > SMALL_BODY or nengshu_batches.media_type(headers["content-type"]) not in TEXTS:
        return False
    try:
        nengshu_batches.unpacked(body, headers.get("content-encoding", "identity"), SMALL_BODY)
    except InvalidInput:
        return False  # larger, or nothing that can be read
    return True


def _read(hub: Hub, asker: Principal, key: str, headers: Headers, body: bytes) -> Delivery | Receipt:
    """The body decoded, or the receipt its key got before. Raises Conflict where the key stood for rows of the registry."""
    digest = hashlib.sha256(body).hexdigest()
    hub.registry.received.receipt(asker.client, key, digest, None)
    known = hub.store.receipt(asker.client, key, digest)
    if known is not None:
        return known
    encoding = headers.get("content-encoding", "identity")
    arrived = nengshu_batches.decode(body, headers["content-type"], encoding, hub.settings.body_bytes_max)
    return Delivery(asker.client, key, digest, arrived, asker.reach)


def _take(hub: Hub, delivery: Delivery) -> tuple[Receipt, int]:
    """The receipt and its status: a twin may have been stored while this one was read."""
    receipt = hub.intake.take(delivery)
    return receipt, 200 if receipt.repeated else 201


async def get_batch(request: Request) -> Response:
    """`GET /sync/v1/batches/{id}`: what became of a batch, of one's own or within the asker's reach."""
    hub, principal = hub_of(request), await let_in(request, "GET /sync/v1/batches/{id:int}")
    number = request.path_params["id"]
    found = await to_thread.run_sync(lambda: _receipt_of(hub, principal, number), limiter=hub.readers)
    return receipted(found, 200)


def _receipt_of(hub: Hub, principal: Principal, number: int) -> Receipt:
    """A batch may lie where its sender does not reach as a whole, so its name finds it too. Raises NotFound."""
    for row in batches_of(principal, hub.store, number):
        found = hub.store.receipt(row["source"], row["key"], row["digest"])
        if found is not None:
            return found
    raise NotFound(f"no batch {number} within reach")


async def get_changes(request: Request) -> Response:
    """`GET /sync/v1/changes?after=&limit=&upto=&day=`: an Arrow stream of whole batches after a cursor."""
    hub, principal = hub_of(request), await let_in(request, "GET /sync/v1/changes")
    after = _whole(request, "after", 0)
    limit = _whole(request, "limit", CHANGES_ROWS_DEFAULT)
    stretch = Stretch(_whole(request, "upto", 0) or None, _day(request))
    found = await to_thread.run_sync(
        lambda: changes_for(principal, hub.store, after, limit, stretch), limiter=hub.readers
    )
    await note_export(request, principal)

    async def stream() -> AsyncGenerator[bytes]:
        sink = Sink()
        with closing(found.pieces), pa.ipc.new_stream(sink, EXCHANGED) as writer:
            while (
                piece := await to_thread.run_sync(lambda: next(found.pieces, None), limiter=hub.readers)
            ) is not None:
                writer.write_batch(piece)
                yield sink.taken()
        yield sink.taken()

    headers = {"Nengshu-Cursor": str(found.cursor), "Nengshu-More": "true" if found.has_more else "false"}
    return Streamed(stream(), headers=headers, media_type=nengshu_batches.ARROW)


async def get_backlog(request: Request) -> Response:
    """`GET /sync/v1/changes/days?after=`: how much of what is new speaks of which day, the newest day first."""
    hub, principal = hub_of(request), await let_in(request, "GET /sync/v1/changes/days")
    after = _whole(request, "after", 0)
    found = await to_thread.run_sync(lambda: backlog_for(principal, hub.store, after), limiter=hub.readers)
    days = [{"day": day.isoformat(), "readings": rows} for day, rows in found.days]
    return Response(orjson.dumps({"upto": found.upto, "days": days}), media_type="application/json")


def _day(request: Request) -> dt.date | None:
    text = request.query_params.get("day")
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError as fault:
        raise InvalidInput(f"came {text!r:.32}, expected a day such as 2026-01-31", "day") from fault


def _whole(request: Request, name: str, default: int) -> int:
    asked = request.query_params.get(name, str(default))
    return min(whole(asked, name, QUERY_DIGITS_MAX), 2**31 - 1)
