"""`GET /sync/v1/openapi.json`: the batch protocol as OpenAPI 3.1, made of what the code itself goes by."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph import __version__
from graph.execution.errors import INTERNAL
from hub.doors import DOORS
from hub.endpoints.openapi_calls import CALLS as MOST_CALLS
from hub.endpoints.openapi_calls import Call
from hub.endpoints.openapi_probe_calls import PROBE_CALLS
from hub.endpoints.openapi_schemas import problem_of
from hub.endpoints.problems import statuses_of

CALLS = (*MOST_CALLS, *PROBE_CALLS)
PATH = "/sync/v1/openapi.json"
PROBLEM = "application/problem+json"
EVERYBODYS = (INTERNAL, "BUSY", "STORE_ERROR")
_KNOWN_ASKERS = ("UNAUTHENTICATED", "FORBIDDEN")
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of `POST /oauth/token`; `DPoP` in place of `Bearer` where the client proves its key.",
}


def document(base_url: str) -> dict[str, Any]:
    """The document of a hub that is reached there."""
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        method, path = call.door.split(" ")
        paths.setdefault(path.replace(":int}", "}"), {})[method.lower()] = operation(call)
    codes = {code: None for call in CALLS for code in codes_of(call)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "能枢 batch protocol",
            "version": __version__,
            "summary": "Readings in, receipts out, and the changes another hub has not seen.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": {"Problem": problem_of(codes)}, "securitySchemes": {"token": TOKEN}},
    }


def codes_of(call: Call) -> tuple[str, ...]:
    """The codes of problems that a call may be refused with."""
    door = DOORS[call.door.replace("HEAD ", "GET ")]
    return (*call.refused, *EVERYBODYS, *(_KNOWN_ASKERS if door.roles else ()))


def operation(call: Call) -> dict[str, Any]:
    """One call as an operation."""
    door = DOORS[call.door.replace("HEAD ", "GET ")]
    is_head = call.door.startswith("HEAD ")
    told: dict[str, Any] = {
        "operationId": call.door.replace(":int}", "}"),
        "summary": call.what,
        "responses": {**_refusals(call, is_head=is_head), **_answers(call)},
        "security": [{"token": [role]} for role in sorted(role.value for role in door.roles | door.of_units)],
    }
    if call.parameters:
        told["parameters"] = list(call.parameters)
    if call.bodies:
        content = {name: {"schema": schema} for name, schema in call.bodies.items()}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _answers(call: Call) -> dict[str, Any]:
    answers = {**call.answers, **call.refused_as}
    return {str(status): answer.told() for status, answer in sorted(answers.items())}


def _refusals(call: Call, *, is_head: bool) -> dict[str, Any]:
    """By its status, which problems; who asks by HEAD is told nothing but the status."""
    of_status: dict[int, list[str]] = {}
    for code in codes_of(call):
        for status in statuses_of(code):
            of_status.setdefault(status, []).append(code)
    content: Mapping[str, Any] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(codes))}."}
        | ({} if is_head else {"content": content})
        for status, codes in sorted(of_status.items())
    }


def openapi_route(base_url: str) -> Route:
    """Where it is read; it is made once."""
    body = orjson.dumps(document(base_url))

    async def openapi(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route(PATH, openapi)
