"""The shapes of the batch protocol's bodies, as JSON Schema: rows, receipts, uploads, problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.model.period import Granularity
from graph.model.reading import Origin
from graph.model.registry_receipt import CHANGES_NAMED_MAX
from graph.model.rights import SENDING
from graph.model.sync_run import REJECTED_NAMED_MAX
from graph.ports import DigestLevel
from hub.stores.registry.entering import ENTERING
from hub.uploads.upload import State
from provincial_adapters.nengshu_batches import COLUMNS, REQUIRED

MOMENT = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
SHA_256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

_CELLS: Mapping[str, Any] = {
    "unit": TEXT | {"description": "Credit code of the unit (统一社会信用代码), 18 characters."},
    "data_code": TEXT | {"description": "16 digits, with or without hyphens."},
    "granularity": {"enum": [word.value for word in Granularity]},
    "start": MOMENT | {"description": "Start of the period, with its offset."},
    "value": {
        "type": ["string", "number"],
        "description": "Use in the variety's native unit, read digit for digit.",
    },
    "version": {"type": ["string", "null"], "description": "When the source wrote the value, RFC 3339."},
    "origin": {"enum": [*(word.value for word in Origin), None]},
}


def of_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has exactly these."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


READING = {
    "type": "object",
    "description": "A row that does not fit is refused by itself, in the receipt.",
    "properties": {name: _CELLS[name] for name in COLUMNS},
    "required": list(REQUIRED),
}
_REFUSED = {
    "type": "array",
    "maxItems": REJECTED_NAMED_MAX,
    "items": of_object({"row": {"type": "integer", "minimum": 1}, "code": TEXT, "why": TEXT}),
}
_SUMS = dict.fromkeys(
    ("rows", "accepted", "duplicate", "corrected", "superseded", "suspect", "rejectedCount"), COUNT
)
RECEIPT = of_object(
    {
        "batch": COUNT, "source": TEXT, "key": TEXT, "receivedAt": MOMENT, **_SUMS, "rejected": _REFUSED,
        "digest": SHA_256, "head": SHA_256,
    }
)  # fmt: skip
_CELL = {"type": ["string", "number", "boolean", "null"]}


def registry_row(kind: str) -> dict[str, Any]:
    """A row of the registry, by its columns."""
    entering = ENTERING[kind]
    return {
        "type": "object",
        "description": "A row that does not fit is refused by itself, in the receipt.",
        "properties": dict.fromkeys(entering.cells, _CELL),
        "required": list(entering.key),
    }


_CHANGE = of_object(
    {"row": {"type": "integer", "minimum": 1}, "key": TEXT, "field": TEXT, "before": {}, "after": {}}
)
REGISTRY_RECEIPT = of_object(
    {
        **RECEIPT["properties"],
        "kind": {"enum": list(SENDING)},
        "changesCount": COUNT,
        "changes": {"type": "array", "maxItems": CHANGES_NAMED_MAX, "items": _CHANGE},
    }
)
UPLOAD = of_object(
    {
        "upload": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "key": TEXT,
        "state": {"enum": [state.value for state in State]},
        "offset": COUNT,
        "length": {"type": ["integer", "null"], "minimum": 0},
        "createdAt": MOMENT,
        "changedAt": MOMENT,
        "batches": {"type": "array", "items": COUNT},
        "receipt": of_object({**_SUMS, "rejected": _REFUSED}),
        "fault": {"oneOf": [{"type": "null"}, of_object({"code": TEXT, "why": TEXT})]},
    }
)
DAYS = of_object(
    {
        "upto": COUNT,
        "days": {
            "type": "array",
            "items": of_object({"day": {"type": "string", "format": "date"}, "readings": COUNT}),
        },
    }
)
_WORD = {"type": "string"}
DIGESTS = of_object(
    {
        "level": {"enum": [level.value for level in DigestLevel]},
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
        "asOf": COUNT,
        "digests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **dict.fromkeys(("province", "unit", "granularity", "day", "dataCode"), _WORD),
                    "units": COUNT,
                    "readings": COUNT,
                    "total": {"type": "string", "pattern": "^-?[0-9]+[.][0-9]{4}$"},
                    "digest": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                },
                "required": ["readings", "total", "digest"],
            },
        },
    }
)
HEALTH = of_object({"status": {"const": "ok"}})
TOKEN_ASKED = {
    "type": "object",
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        "client_assertion": TEXT,
        "scope": TEXT,
    },
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
}
TOKEN = {
    "type": "object",
    "properties": {"access_token": TEXT, "token_type": TEXT, "expires_in": COUNT, "scope": TEXT},
    "required": ["access_token", "token_type", "expires_in"],
}
TOKEN_REFUSED = {"type": "object", "properties": {"error": TEXT}, "required": ["error"]}


def problem_of(codes: Mapping[str, Any]) -> dict[str, Any]:
    """A problem (RFC 9457) with one of these codes."""
    return of_object(
        {
            "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": {"enum": list(codes)},
            "detail": TEXT, "requestId": TEXT,
        }
    )  # fmt: skip
