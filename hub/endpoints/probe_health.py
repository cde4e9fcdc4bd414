"""What a unit's probe reports of time (采集端自报): when it ran, when it did not, when a meter gave nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

import msgspec
import orjson
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import Forbidden, InvalidInput, MalformedBody
from graph.model.data_code import DataCode
from graph.model.probe_span import ProbeSpan, SpanKind
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.batch_headers import check_format
from hub.endpoints.bodies import read_body
from provincial_adapters.nengshu_batches import JSON

SPANS_MAX = 1_000  # of one report: hours of a hundred meters that come and go each minute
BODY_BYTES_MAX = 512 * 1024  # of those, each some 200 bytes
AHEAD_MAX = dt.timedelta(days=1)  # a clock that is further ahead says nothing of this time


class Reported(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span as it is sent; `data_code` None: all points of the unit."""

    kind: SpanKind
    begins: dt.datetime = msgspec.field(name="from")
    ends: dt.datetime = msgspec.field(name="to")
    what: str = ""
    data_code: str | None = msgspec.field(name="dataCode", default=None)


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a body holds."""

    unit: str
    spans: tuple[Reported, ...]


def health_routes(middleware: Sequence[Middleware] = ()) -> list[Route]:
    """Where probes report, with what every body passes."""
    return [Route("/sync/v1/health", post_health, methods=["POST"], middleware=middleware)]


async def post_health(request: Request) -> Response:
    """`POST /sync/v1/health`: keep what a unit's probe reports; durable when it answers, and the same said twice is one."""
    hub, asker = hub_of(request), await let_in(request, "POST /sync/v1/health")
    check_format(request, (JSON,))
    if "content-encoding" in request.headers:
        raise MalformedBody("is packed, expected JSON as it is", "Content-Encoding")
    report = _read(await read_body(request, BODY_BYTES_MAX, hub.settings.body_seconds_max))
    if asker.reach.unit is None or str(asker.reach.unit) != report.unit:
        own = asker.reach.unit or "no unit"
        raise Forbidden(f"client {asker.client} reports of {own}, not of {report.unit[:32]!r}", "unit")
    now = hub.clock.now()
    spans = [_span(each, place, now) for place, each in enumerate(report.spans)]
    keep = partial(hub.registry.probe_spans.keep, report.unit, spans, asker.client, now)
    new = await to_thread.run_sync(keep, limiter=hub.writers)
    return Response(orjson.dumps({"unit": report.unit, "spans": len(spans), "new": new}), media_type=JSON)


def _read(body: bytes) -> Report:
    """Raises MalformedBody, InvalidInput."""
    try:
        report = msgspec.json.decode(body, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise MalformedBody(str(fault)[:200], "body") from fault
    if len(report.spans) > SPANS_MAX:
        raise InvalidInput(f"came {len(report.spans)}, at most {SPANS_MAX} at a time", "spans")
    return report


def _span(said: Reported, place: int, now: dt.datetime) -> ProbeSpan:
    try:
        code = None if said.data_code is None else DataCode.parse(said.data_code).digits
        span = ProbeSpan(said.kind, said.begins, said.ends, said.what, code)
    except InvalidInput as fault:
        raise InvalidInput(str(fault), f"spans.{place}") from fault
    if span.ends > now + AHEAD_MAX:
        why = f"ends {span.ends.isoformat()}, more than a day ahead of {now.isoformat()}"
        raise InvalidInput(why, f"spans.{place}.to")
    return span
