"""What two ends compare, over HTTP: digests of what this hub holds, and the readings behind those that differ."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import closing
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import orjson
import pyarrow as pa
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.period import Day, Granularity, Period
from graph.model.principal import NATION, Reach
from graph.model.reading import EXCHANGED
from graph.model.region import RegionCode
from graph.ports import AsOf, DigestAsk, DigestLevel
from hub.access.told import digests_for, held_for
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.batch_headers import whole
from hub.endpoints.leaving import Streamed
from hub.endpoints.noting import note_export
from hub.exports._format import Sink
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW, JSON

UNITS_MAX = 200  # named in one question: their codes make four kilobytes of an address
AS_OF = "Nengshu-As-Of"  # the last batch an answer knows of
QUERY_DIGITS_MAX = 10
_WORDS = frozenset({"level", "from", "to", "granularity", "province", "unit", "asOf"})
_TAKEN_BACK = "withdrawn"
W = TypeVar("W", bound=StrEnum)


def comparing_routes() -> list[Route]:
    """What another hub asks to compare, and to take what differs."""
    return [Route("/sync/v1/digests", get_digests), Route("/sync/v1/readings", get_held)]


async def get_digests(request: Request) -> Response:
    """`GET /sync/v1/digests?level=&from=&to=&granularity=&unit=&asOf=`: buckets of a level, as JSON or an Arrow stream."""
    hub, principal = hub_of(request), await let_in(request, "GET /sync/v1/digests")
    ask = _asked(hub, request)
    table = await to_thread.run_sync(lambda: digests_for(principal, hub.store, ask), limiter=hub.readers)
    headers = {AS_OF: str(ask.as_of.batch)}
    if ARROW in request.headers.get("accept", ""):
        return Response(_stream_of(table), headers=headers, media_type=ARROW)
    return Response(_told(ask, table), headers=headers, media_type=JSON)


async def get_held(request: Request) -> Response:
    """`GET /sync/v1/readings?unit=&from=&to=&granularity=&asOf=`: what holds of some units, as changes are.

    With `withdrawn=true` it is what was taken back of them instead.
    """
    hub, principal = hub_of(request), await let_in(request, "GET /sync/v1/readings")
    ask, taken_back = _asked(hub, request, _TAKEN_BACK), _flag(request.query_params.get(_TAKEN_BACK))
    if not ask.units:
        raise InvalidInput(
            "came none, expected the credit codes of the units whose readings are wanted", "unit"
        )
    read = partial(held_for, principal, hub.store, ask, taken_back=taken_back)
    pieces = await to_thread.run_sync(read, limiter=hub.readers)
    await note_export(request, principal)

    async def stream() -> AsyncGenerator[bytes]:
        sink = Sink()
        with closing(pieces), pa.ipc.new_stream(sink, EXCHANGED) as writer:
            while (
                piece := await to_thread.run_sync(lambda: next(pieces, None), limiter=hub.readers)
            ) is not None:
                writer.write_batch(piece)
                yield sink.taken()
        yield sink.taken()

    return Streamed(stream(), headers={AS_OF: str(ask.as_of.batch)}, media_type=ARROW)


def _asked(hub: Hub, request: Request, *more: str) -> DigestAsk:
    """The question of an address, of the last batch where it names none. Raises InvalidInput naming the word."""
    words = request.query_params
    known = _WORDS | set(more)
    if unknown := sorted(set(words) - known):
        raise InvalidInput(f"came {', '.join(unknown)[:80]}, expected {', '.join(sorted(known))}")
    units = tuple(dict.fromkeys(words.getlist("unit")))
    if len(units) > UNITS_MAX:
        raise InvalidInput(f"came {len(units)}, at most {UNITS_MAX} are asked for at a time", "unit")
    batch, province = words.get("asOf"), words.get("province")
    return DigestAsk(
        period=_period(_needed(words, "from"), _needed(words, "to")),
        level=_word(words.get("level"), "level", DigestLevel) or DigestLevel.PROVINCE,
        reach=NATION if province is None else Reach(region=RegionCode(province).province),
        units=tuple(str(CreditCode.parse(unit)) for unit in units),
        granularity=_word(words.get("granularity"), "granularity", Granularity),
        as_of=AsOf(batch=hub.store.last_batch() if batch is None else whole(batch, "asOf", QUERY_DIGITS_MAX)),
    )


def _flag(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise InvalidInput(f"came {text!r:.40}, expected true or false", _TAKEN_BACK)
    return text == "true"


def _needed(words: Any, name: str) -> str:
    found = words.get(name)
    if found is None:
        raise InvalidInput("is missing, expected a day such as 2026-11-23", name)
    return str(found)


def _period(first: str, last: str) -> Period:
    begin, end = Day.parse(first).date, Day.parse(last).date
    if end < begin:
        raise InvalidInput(f"from {begin} to {end} is no period", "to")
    return Period.of_days(begin, end)


def _word(text: str | None, name: str, kind: type[W]) -> W | None:
    try:
        return None if text is None else kind(text)
    except ValueError as fault:
        raise InvalidInput(f"came {text!r:.40}, expected one of {', '.join(kind)}", name) from fault


def _stream_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _told(ask: DigestAsk, table: pa.Table) -> bytes:
    """The buckets as JSON: a digest is its 32 digits, a sum keeps its four decimals."""
    buckets = [_bucket(row) for row in table.to_pylist()]
    period = {"from": ask.period.first_day, "to": ask.period.last_day}
    return orjson.dumps({"level": ask.level, **period, "asOf": ask.as_of.batch, "digests": buckets})


def _bucket(row: dict[str, Any]) -> dict[str, Any]:
    lanes = row.pop("lane_a"), row.pop("lane_b")
    named = {{"data_code": "dataCode"}.get(name, name): value for name, value in row.items()}
    return {**named, "total": str(row["total"]), "digest": "{:016x}{:016x}".format(*lanes)}
