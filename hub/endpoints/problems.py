"""Errors as RFC 9457 problems: one shape for whatever is refused before, or without, a GraphQL question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from graph.errors import Forbidden, NengshuError
from graph.execution.errors import INTERNAL, way_to
from hub.access.oauth.verifying import challenge
from hub.endpoints.device_words import refusal
from hub.endpoints.headers import SAFE
from hub.endpoints.noting import note_denied
from hub.endpoints.request_ids import HEADER, request_id

LOGGED_MAX = 300  # characters of what an asker sent or is told; the rest they have themselves

_STATUS = {
    "INVALID_INPUT": 400,
    "MALFORMED_CODE": 400,
    "MALFORMED_BODY": 400,
    "TOO_LARGE": 413,
    "QUERY_TOO_COMPLEX": 400,
    "FAULTY_ROWS": 400,
    "NOT_FOUND": 404,
    "DOCUMENT_NOT_FOUND": 404,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "ACCESS_DENIED": 403,
    "CONFLICT": 409,
    "LEASE_LOST": 409,
    "STORE_ERROR": 503,
}
_TITLES = {
    400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Request timeout", 409: "Conflict", 413: "Content too large", 415: "Unsupported media type",
    429: "Too many requests", 500: "Internal error", 503: "Unavailable", 505: "HTTP version not supported",
}  # fmt: skip
CODES = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TIMEOUT",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "BUSY",
}
HTTP_ERROR = "HTTP_ERROR"
INTERNAL_WHY = "the hub failed; the event was logged"
BREAK_OFF = "break_off"  # in the state of a request's scope: what closes its connection
TOOK_NOTHING = "took nothing in time"

log = structlog.get_logger("hub.endpoints")


def problem(
    request: HTTPConnection, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document; on the path of an access device what its dialect has for it."""
    if (of_device := refusal(request.url.path, status, detail, headers)) is not None:
        return of_device
    name = request_id(request.scope)
    said = {
        "type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "code": code,
        "detail": detail, "requestId": name,
    }  # fmt: skip
    if status == 401:
        headers = {"WWW-Authenticate": challenge(request.headers), **(headers or {})}
    return Response(orjson.dumps(said), status, headers, media_type="application/problem+json")


def status_of(error: NengshuError) -> int:
    """The HTTP status of an error of ours; 500 where it is our own fault."""
    return _STATUS.get(error.code, 500)


def statuses_of(code: str) -> set[int]:
    """With which statuses a problem of this code comes."""
    by_http = {status for status, name in CODES.items() if name == code}
    ours = {_STATUS[code]} if code in _STATUS else set()
    return by_http | ours | ({503} if code == CODES[429] else set()) or {500}


def busy(why: str, retry_after_s: int) -> HTTPException:
    """The refusal of what there is no room for now."""
    return HTTPException(429, why, {"Retry-After": str(retry_after_s)})


def refused(
    request: HTTPConnection, code: str, why: str, what: Collection[str] = (), *, is_noted: bool = False
) -> None:
    """One line of the log about an answer that says no, of a bounded length whatever came.

    A denial is noted in the record of access, too, with `what` was refused, unless it is there already.
    """
    path = request.url.path
    if not is_noted:
        note_denied(request, set(code.split(",")), why, what)
    log.info("refused", request=request_id(request.scope), path=quoted(path), code=code, why=quoted(why))


def broke_off(request: HTTPConnection, why: str) -> None:
    """One line of the log about an answer without an end. The asker sees it by the end that does not come."""
    log.error("broke off", request=request_id(request.scope), path=quoted(request.url.path), why=why)
    close = request.scope.get("state", {}).get(BREAK_OFF)
    if close is not None:  # in a server of ours
        close()


def unforeseen(request: HTTPConnection, error: Exception) -> None:
    """One line of the log about what nobody foresaw: what it was, and the calls on the way there."""
    name, path = request_id(request.scope), quoted(request.url.path)
    log.error("unforeseen", request=name, path=path, error=quoted(repr(error)), way=way_to(error))


def quoted(text: str) -> str:
    """The beginning of a text on one line: what an asker sent cannot pass for a line of ours."""
    return repr(text[:LOGGED_MAX])[:LOGGED_MAX]


async def on_ours(request: HTTPConnection, error: Exception) -> Response:
    """An error of the tree, as it is."""
    if not isinstance(error, NengshuError):
        raise error
    what = error.noun if isinstance(error, Forbidden) else None
    refused(request, error.code, str(error), () if what is None else (what,))
    return problem(request, status_of(error), error.code, str(error))


async def on_http(request: HTTPConnection, error: Exception) -> Response:
    """Starlette's own refusals in the same shape."""
    if not isinstance(error, HTTPException):
        raise error
    has_no_place = error.status_code == 503 and "Retry-After" in (error.headers or {})
    code = CODES[429] if has_no_place else CODES.get(error.status_code, HTTP_ERROR)
    refused(request, code, error.detail)
    return problem(request, error.status_code, code, error.detail, dict(error.headers or {}))


async def on_unforeseen(request: HTTPConnection, error: Exception) -> Response:
    """What nobody foresaw: told to the log, masked to the asker. It is answered outside of every middleware."""
    unforeseen(request, error)
    headers = {**SAFE, HEADER: request_id(request.scope)}
    return problem(request, 500, INTERNAL, INTERNAL_WHY, headers)


HANDLERS: dict[Any, Any] = {NengshuError: on_ours, HTTPException: on_http, Exception: on_unforeseen}
