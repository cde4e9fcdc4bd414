"""What a unit's probe reports of time, as OpenAPI tells it."""

from __future__ import annotations

from graph.model.probe_span import WHAT_MAX, SpanKind
from hub.endpoints.openapi_calls import OF_PART, Answer, Call
from hub.endpoints.openapi_schemas import COUNT, TEXT, of_object
from hub.endpoints.probe_health import SPANS_MAX
from provincial_adapters.nengshu_batches import JSON

_MOMENT = {"type": "string", "format": "date-time"}
_SPAN = {
    "type": "object",
    "properties": {
        "kind": {"enum": [kind.value for kind in SpanKind]},
        "from": _MOMENT,
        "to": _MOMENT,
        "what": {"type": "string", "description": f"Why; {WHAT_MAX} characters of it are kept."},
        "dataCode": {"type": ["string", "null"], "description": "16 digits; null: all points of the unit."},
    },
    "required": ["kind", "from", "to"],
    "additionalProperties": False,
}
_REPORT = of_object({"unit": TEXT, "spans": {"type": "array", "items": _SPAN, "maxItems": SPANS_MAX}})
PROBE_CALLS = (
    Call(
        "POST /sync/v1/health",
        "A unit's own probe reports spans of time: when it ran, when not, when a meter gave nothing.",
        {
            200: Answer(
                "They are kept; `new` of them were not known.",
                JSON,
                of_object({"unit": TEXT, "spans": COUNT, "new": COUNT}),
            )
        },
        (OF_PART,),
        {JSON: _REPORT},
        (
            "MALFORMED_BODY",
            "INVALID_INPUT",
            "TOO_LARGE",
            "UNSUPPORTED_MEDIA_TYPE",
            "TIMEOUT",
            "NOT_FOUND",
        ),
    ),
)
