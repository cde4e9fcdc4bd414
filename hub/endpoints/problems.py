"""Errors as RFC 9457 problems: one shape for every endpoint that is not GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import NengshuError
from hub.endpoints.headers import SAFE

_STATUS = {
    "INVALID_INPUT": 400,
    "MALFORMED_CODE": 400,
    "MALFORMED_BODY": 400,
    "TOO_LARGE": 413,
    "NOT_FOUND": 404,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "ACCESS_DENIED": 403,
    "CONFLICT": 409,
    "STORE_ERROR": 503,
}
_TITLES = {
    400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Request timeout", 409: "Conflict", 413: "Content too large", 415: "Unsupported media type",
    429: "Too many requests", 500: "Internal error", 503: "Unavailable",
}  # fmt: skip
_CODES = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TIMEOUT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "BUSY",
}

log = structlog.get_logger("hub.endpoints")


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document."""
    title = _TITLES.get(status, "Error")
    body = orjson.dumps(
        {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    )
    if status == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="nengshu"', **(headers or {})}
    return Response(body, status, headers, media_type="application/problem+json")


def status_of(error: NengshuError) -> int:
    """The HTTP status of an error of ours; 500 where it is our own fault."""
    return _STATUS.get(error.code, 500)


async def on_ours(_request: Request, error: Exception) -> Response:
    """An error of the tree, as it is."""
    if not isinstance(error, NengshuError):
        raise error
    return problem(status_of(error), error.code, str(error))


async def on_http(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals in the same shape."""
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "HTTP_ERROR")
    return problem(error.status_code, code, error.detail, dict(error.headers or {}))


async def on_unforeseen(request: Request, error: Exception) -> Response:
    """What nobody foresaw: told to the log, masked to the asker. It is answered outside of every middleware."""
    log.error("unforeseen", path=request.url.path, error=repr(error)[:500])
    return problem(500, "INTERNAL", "the hub failed; the event was logged", SAFE)


HANDLERS: dict[Any, Any] = {NengshuError: on_ours, HTTPException: on_http, Exception: on_unforeseen}
