"""Each call of the batch protocol as OpenAPI tells it: what is asked, what is answered, what is refused.

What kind of content a body has is its media type: readings, or rows of the registry of some `kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph.model.period import Granularity
from graph.model.rights import SENDING
from graph.ports import DigestLevel
from hub.endpoints.batch_headers import DIGITS_MAX
from hub.endpoints.batches import CHANGES_ROWS_DEFAULT, WITHDRAWS
from hub.endpoints.batches import KEY_MAX as BATCH_KEY_MAX
from hub.endpoints.digests import AS_OF, UNITS_MAX
from hub.endpoints.oauth import FORM_TYPE
from hub.endpoints.openapi_schemas import (
    COUNT,
    DAYS,
    DIGESTS,
    HEALTH,
    READING,
    RECEIPT,
    REGISTRY_RECEIPT,
    TEXT,
    TOKEN,
    TOKEN_ASKED,
    TOKEN_REFUSED,
    UPLOAD,
    registry_row,
)  # fmt: skip
from hub.endpoints.uploads import KEY_MAX as UPLOAD_KEY_MAX
from hub.endpoints.uploads import PARTIAL
from provincial_adapters import ENCODINGS
from provincial_adapters._batches.pieces import FORMATS as UPLOAD_FORMATS
from provincial_adapters.nengshu_batches import ARROW, CSV, FORMATS, JSON, NDJSON

BINARY = {"type": "string", "format": "binary"}
_READINGS = {JSON: {"type": "array", "items": READING}, NDJSON: TEXT, CSV: TEXT}
_KINDS: Mapping[str, Any] = {
    f"{name}; kind={kind}": {"type": "array", "items": registry_row(kind)}
    if name == JSON
    else _READINGS.get(name, BINARY)
    for kind in SENDING
    for name in FORMATS
}
BATCH_BODIES: Mapping[str, Any] = {**{name: _READINGS.get(name, BINARY) for name in FORMATS}, **_KINDS}
_ANY_RECEIPT = {"oneOf": [RECEIPT, REGISTRY_RECEIPT]}
UPLOAD_BODIES: Mapping[str, Any] = dict.fromkeys(UPLOAD_FORMATS, BINARY)


def header(name: str, schema: Mapping[str, Any], what: str, *, needed: bool = False) -> dict[str, Any]:
    """A header of a request."""
    return {"in": "header", "name": name, "required": needed, "schema": dict(schema), "description": what}


def _query(name: str, default: int, what: str) -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": default}
    return {"in": "query", "name": name, "schema": whole, "description": what}


def _path(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"in": "path", "name": name, "required": True, "schema": dict(schema)}


def _key(characters_max: int) -> dict[str, Any]:
    text = {"type": "string", "maxLength": characters_max, "pattern": "^[!-~]([ -~]*[!-~])?$"}
    return header(
        "Idempotency-Key", text, "The sender's own name for it: the same key, the same one.", needed=True
    )


_DIGEST = {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:$"}
_FLAG = {"enum": ["?0", "?1"]}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**DIGITS_MAX - 1}
PACKED = header("Content-Encoding", {"enum": [name for name in ENCODINGS if name]}, "How the body is packed.")
OF_PART = header("Content-Digest", _DIGEST, "SHA-256 of the body as it is sent (RFC 9530).")
OF_WHOLE = header("Repr-Digest", _DIGEST, "SHA-256 of the whole as it is sent (RFC 9530).")
IS_LAST = header("Upload-Complete", _FLAG, "?1: nothing comes behind this body.", needed=True)
OFFSET = header("Upload-Offset", _WHOLE, "How many bytes are before this part.", needed=True)
LENGTH = header("Upload-Length", _WHOLE, "Bytes of the whole.")
DAY = {
    "in": "query", "name": "day", "schema": {"type": "string", "format": "date"},
    "description": "Readings of this Beijing day alone; it takes upto beside it.",
}  # fmt: skip


def _choice(name: str, words: type[StrEnum]) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"enum": [word.value for word in words]}}


_DATE = {"type": "string", "format": "date"}
_BUCKETS = (
    {"in": "query", "name": "from", "required": True, "schema": _DATE, "description": "The first Beijing day."},
    {"in": "query", "name": "to", "required": True, "schema": _DATE, "description": "The last Beijing day."},
    _choice("granularity", Granularity),
    {
        "in": "query", "name": "unit", "description": "Credit codes; none: all units within reach.",
        "schema": {"type": "array", "items": TEXT, "maxItems": UNITS_MAX},
    },
    {
        "in": "query", "name": "province", "description": "Only units of this province.",
        "schema": {"type": "string", "pattern": "^[0-9]{6}$"},
    },
    {"in": "query", "name": "asOf", "schema": COUNT, "description": "What was said up to this batch; none: up to the last."},
)  # fmt: skip
_TAKEN_BACK = {
    "in": "query", "name": "withdrawn", "schema": {"type": "boolean"},
    "description": "Whether to tell what was taken back, with nothing in its place, instead.",
}  # fmt: skip
OF_GONE = header(WITHDRAWS, _FLAG, "?1, from another hub: the readings are to hold no longer.")
BATCH_ID = _path("id", COUNT | {"maximum": 2**31 - 1})
UPLOAD_ID = _path("id", {"type": "string", "pattern": "^[0-9a-f]{32}$"})

_UPLOAD_SAYS: Mapping[str, Any] = {
    "Upload-Offset": COUNT, "Upload-Complete": _FLAG, "Upload-Length": COUNT, "Upload-Limit": TEXT, "Location": TEXT,
}  # fmt: skip
_OPTIONAL = {"Upload-Length"}


@dataclass(frozen=True)
class Answer:
    """What is answered when all is well: in which media type which shape, under which headers."""

    what: str
    media_type: str | None = None
    schema: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As OpenAPI has it."""
        told: dict[str, Any] = {"description": self.what}
        if self.media_type is not None:
            told["content"] = {self.media_type: {"schema": self.schema}}
        if self.headers:
            told["headers"] = {
                name: {"schema": schema, "required": name not in _OPTIONAL}
                for name, schema in self.headers.items()
            }
        return told


@dataclass(frozen=True)
class Call:
    """One call, named as its door is; `refused` are the codes it may be refused with beside everybody's."""

    door: str
    what: str
    answers: Mapping[int, Answer]
    parameters: tuple[Mapping[str, Any], ...] = ()
    bodies: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    refused_as: Mapping[int, Answer] = field(default_factory=dict)


_HAS_BODY = (
    "MALFORMED_BODY",
    "INVALID_INPUT",
    "TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "TIMEOUT",
    "CONFLICT",
    "BUSY",
)
_STATE = Answer("The upload as it stands.", JSON, UPLOAD, _UPLOAD_SAYS)
_RECEIPT = Answer("The receipt.", JSON, RECEIPT)
_DENIED = Answer("Refused in the words of OAuth 2 (RFC 6749).", JSON, TOKEN_REFUSED)

CALLS = (
    Call(
        "POST /sync/v1/batches",
        "Hand in readings, or rows of the registry; the receipt comes when they are durable.",
        {
            201: Answer("The receipt.", JSON, _ANY_RECEIPT),
            200: Answer("The receipt this key got before.", JSON, _ANY_RECEIPT),
        },
        (_key(BATCH_KEY_MAX), PACKED, OF_PART, OF_GONE),
        BATCH_BODIES,
        _HAS_BODY,
    ),
    Call(
        "GET /sync/v1/batches/{id:int}",
        "The receipt again.",
        {200: _RECEIPT},
        (BATCH_ID,),
        {},
        ("NOT_FOUND",),
    ),
    Call(
        "GET /sync/v1/batches/registry/{id:int}",
        "The receipt of rows of the registry again.",
        {200: Answer("The receipt.", JSON, REGISTRY_RECEIPT)},
        (BATCH_ID,),
        {},
        ("NOT_FOUND",),
    ),
    Call(
        "GET /sync/v1/changes/days",
        "How much of what is new speaks of which Beijing day, the newest first.",
        {200: Answer("Days up to the last batch.", JSON, DAYS)},
        (_query("after", 0, "The cursor; 0 is the beginning."),),
        {},
        ("INVALID_INPUT",),
    ),
    Call(
        "GET /sync/v1/changes",
        "Current readings of the batches after a cursor, as an Arrow stream.",
        {
            200: Answer(
                "Whole batches.",
                ARROW,
                BINARY,
                {"Nengshu-Cursor": COUNT, "Nengshu-More": {"enum": ["true", "false"]}},
            )
        },
        (
            _query("after", 0, "The cursor; 0 is the beginning."),
            _query("limit", CHANGES_ROWS_DEFAULT, "About so many rows."),
            _query("upto", 0, "Nothing beyond this batch; 0: up to the last."),
            DAY,
        ),
        {},
        ("INVALID_INPUT",),
    ),
    Call(
        "GET /sync/v1/digests",
        "Digests of what holds, by province, unit, unit's day or point's day, to be compared with another end's.",
        {200: Answer("The buckets of a level that have readings.", JSON, DIGESTS, {AS_OF: COUNT})},
        (_choice("level", DigestLevel), *_BUCKETS),
        {},
        ("INVALID_INPUT",),
    ),
    Call(
        "GET /sync/v1/readings",
        "The readings behind digests: what holds of some units, as an Arrow stream.",
        {200: Answer("Readings, each under its newest version.", ARROW, BINARY, {AS_OF: COUNT})},
        (*_BUCKETS, _TAKEN_BACK),
        {},
        ("INVALID_INPUT",),
    ),
    Call(
        "POST /sync/v1/uploads",
        "Begin an upload that comes in parts, with its first bytes if there are any.",
        {
            200: Answer("The upload this key stands for.", JSON, UPLOAD, _UPLOAD_SAYS),
            201: Answer("A new upload; more may come.", JSON, UPLOAD, _UPLOAD_SAYS),
            202: Answer("All of it is here and being booked.", JSON, UPLOAD, _UPLOAD_SAYS),
        },
        (_key(UPLOAD_KEY_MAX), PACKED, OF_PART, OF_WHOLE, IS_LAST, LENGTH),
        UPLOAD_BODIES,
        _HAS_BODY,
    ),
    Call("GET /sync/v1/uploads/{id}", "What became of it.", {200: _STATE}, (UPLOAD_ID,), {}, ("NOT_FOUND",)),
    Call(
        "HEAD /sync/v1/uploads/{id}",
        "Where to go on.",
        {200: Answer("Its headers.", headers=_UPLOAD_SAYS)},
        (UPLOAD_ID,),
        {},
        ("NOT_FOUND", "CONFLICT"),
    ),
    Call(
        "PATCH /sync/v1/uploads/{id}",
        "More bytes, from where they broke off.",
        {
            202: Answer("All of it is here and being booked.", JSON, UPLOAD, _UPLOAD_SAYS),
            204: Answer("So much counts.", headers=_UPLOAD_SAYS),
        },
        (UPLOAD_ID, OFFSET, IS_LAST, LENGTH, OF_PART),
        {PARTIAL: BINARY},
        (*_HAS_BODY, "NOT_FOUND"),
    ),
    Call(
        "DELETE /sync/v1/uploads/{id}",
        "Give it up.",
        {204: Answer("It is forgotten.")},
        (UPLOAD_ID,),
        {},
        ("NOT_FOUND", "CONFLICT"),
    ),
    Call(
        "GET /sync/v1/openapi.json",
        "This document.",
        {200: Answer("OpenAPI 3.1.", JSON, {"type": "object", "required": ["openapi", "info", "paths"]})},
    ),
    Call("GET /healthz", "Whether the hub answers.", {200: Answer("It does.", JSON, HEALTH)}),
    Call(
        "POST /oauth/token",
        "A token of ten minutes for a statement signed with the client's key.",
        {200: Answer("The token.", JSON, TOKEN)},
        (),
        {FORM_TYPE: TOKEN_ASKED},
        ("TIMEOUT", "MALFORMED_BODY"),
        dict.fromkeys((400, 401, 413), _DENIED),
    ),
)
