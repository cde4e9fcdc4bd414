"""The columns of every noun, and rows of invented provinces, units and points to fill them with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from graph.model.credit_code import CreditCode
from graph.model.reading import VALUE

Row = dict[str, Any]

_TEXT, _DAY, _INT = pa.string(), pa.date32(), pa.int32()
_MOMENT, _YES = pa.timestamp("us", tz="UTC"), pa.bool_()


def _of(names: str, kind: pa.DataType) -> dict[str, pa.DataType]:
    return dict.fromkeys(names.split(), kind)


COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {
    "region": {
        **_of("code name short_name english level parent province", _TEXT),
        **_of("tile_column tile_row abolished", _INT),
        "simulated": _YES,
    },
    "agency": _of("key name role province mechanism", _TEXT),
    "person": _of("agency name duty phone province", _TEXT),
    "platform": {**_of("province name mode", _TEXT), "operation_assured": _YES, "filed_on": _DAY},
    "platform_milestone": {**_of("province stage", _TEXT), **_of("planned actual", _DAY)},
    "unit": {
        **_of("credit_code name region province city industry section tier", _TEXT),
        "roster_batch": _INT,
    },
    "access_end": {
        **_of("unit province tier stage next_stage", _TEXT),
        **_of("next_planned connected_planned connected_on", _DAY),
    },
    "access_end_milestone": {**_of("unit province tier stage", _TEXT), **_of("planned actual", _DAY)},
    "instrument": {
        **_of("unit province number type_code accuracy_class", _TEXT),
        "level": _INT,
        **_of("calibrated_on calibration_until", _DAY),
    },
    "data_point": {
        **_of("unit province code variety kind granularity instrument state measure", _TEXT),
        **_of("unit_id point_id scope", _INT),
        **_of("since until", _DAY),
        **_of("low high", VALUE),
    },
    "link": {
        **_of("key dialect province address credential quirks cursor", _TEXT),
        **_of("slot paused_by paused_why holder breaker", _TEXT),
        **_of("paused_since due_at breaker_since breaker_until last_success_at newest", _MOMENT),
        **_of("every_seconds deadline_seconds failures", _INT),
        "enabled": _YES,
        **_of("open_drift rows_waiting differing last_reconciliation", pa.int64()),
    },
    "sync_run": {
        **_of("link province state cursor error drift holder faults refused", _TEXT),
        **_of("started_at ended_at newest", _MOMENT),
        **_of("rows accepted duplicate corrected rejected quarantined superseded suspect bytes", pa.int64()),
        **_of("duration_ms lag_s", pa.int64()),
    },
    "column_drift": {
        **_of("link province column kind came settled_by", _TEXT),
        **_of("first_seen last_seen settled_at", _MOMENT),
        "rows": pa.int64(),
    },
    "quarantined": {
        **_of("link province unit state settled_by", _TEXT),
        **_of("batch bytes rows waiting", pa.int64()),
        **_of("received_at replayed_at settled_at swept_at", _MOMENT),
    },
    "reconciliation": {
        **_of("link province fault method", _TEXT),
        **_of("started_at ended_at", _MOMENT),
        **_of("first_day last_day", _DAY),
        "share": pa.decimal128(18, 6),
        "seed": pa.int64(),
        **_of(
            "as_of buckets bytes_read rows_read recounted missing changed newer_here taken_back gone_there given_back",
            pa.int64(),
        ),
        **_of(
            "differing",
            pa.int64(),
        ),
    },
    "difference": {
        **_of("link province unit granularity here_total there_total", _TEXT),
        **_of("first_seen last_seen settled_at", _MOMENT),
        **_of("here_readings there_readings", pa.int64()),
        "day": _DAY,
    },
    "coefficient": {
        **_of("variety basis edition unit province source", _TEXT),
        "kgce": pa.decimal128(18, 6),
        **_of("since until", _DAY),
    },
    "access_device": {
        **_of("unit link province state why decided_by said telephones problems", _TEXT),
        **_of("registered_at decided_at said_at", _MOMENT),
        "place": pa.int32(),
    },
    "device_day": {
        **_of("unit link province refused suspected", _TEXT),
        **_of("rows fitting device", pa.int64()),
        "day": _DAY,
        "last_at": _MOMENT,
    },
    "device_seen": {
        **_of("unit link province region dictionary_told dictionary_taken", _TEXT),
        **_of("registered_at checked_at uploaded_at told_at taken_at", _MOMENT),
    },
    "waiver": {**_of("unit province energy grantor", _TEXT), **_of("granted_on until", _DAY)},
    "quarterly_report": {
        **_of("province quarter state problems suggestions", _TEXT),
        "submitted_on": _DAY,
    },
    "organisation": {**_of("key name kind parts region province unit", _TEXT), "enabled": _YES},
    "client": {
        **_of("key organisation organisation_name kind roles region province unit", _TEXT),
        **_of("created_at revoked_at expires_at", _MOMENT),
        "proves": _YES,
    },
    "account": {
        **_of("key name organisation organisation_name kind roles region province unit", _TEXT),
        **_of("created_at revoked_at expires_at", _MOMENT),
    },
    "duty": {**_of("key kind province unit subject clause", _TEXT), **_of("due_on done_on", _DAY)},
    "inspection": {**_of("key unit province agency basis findings outcome", _TEXT), "held_on": _DAY},
    "rectification_order": {
        **_of("number unit province inspection issued_by grounds state", _TEXT),
        **_of("issued_on deadline closed_on", _DAY),
    },
    "credit_entry": {
        **_of("key unit province ground order_number state evidence", _TEXT),
        **_of("candidate_on reviewed_on listed_on delisted_on dismissed_on", _DAY),
    },
    "score": {
        **_of("province quarter formula edition index_name", _TEXT),
        "value": pa.decimal128(18, 6),
        "rank": _INT,
    },
    "bulletin": {
        **_of("quarter title state text", _TEXT),
        **_of("edition as_of_batch", _INT),
        **_of("ndrc_approved_on samr_approved_on published_on", _DAY),
    },
    "audit_entry": {
        "at": _MOMENT,
        **_of("who organisation action noun subject outcome code", _TEXT),
        "times": pa.int64(),
        **_of("before after detail address request province region unit", _TEXT),
    },
    "batch": {
        **_of("source key digest head province", _TEXT),
        "received_at": _MOMENT,
        **_of("rows accepted duplicate corrected superseded rejected suspect", pa.int64()),
    },
    "rejection": {"batch": _INT, "row": _INT, **_of("code why raw", _TEXT)},
    "verdict": {
        **_of("batch unit_id point_id", _INT),
        **_of("granularity rule detail unit data_code province", _TEXT),
        "start": _MOMENT,
    },
}


def code_of(number: int) -> str:
    """The credit code of an invented unit of province 91."""
    return str(CreditCode.of_body(f"9191000000000{number:04d}"))


def unit_row(number: int, **changes: Any) -> Row:
    """An invented unit."""
    return {
        "credit_code": code_of(number),
        "name": f"虚构钢铁{number}厂",
        "region": "910101",
        "province": "910000",
        "city": "910100",
        "industry": "C3110",
        "section": "C",
        "tier": "thousand",
        "roster_batch": 1,
        **changes,
    }


def point_row(number: int, point: int, **changes: Any) -> Row:
    """An invented unit's data point of electricity; its equipment number is the point's."""
    return {
        "unit": code_of(number),
        "unit_id": number,
        "point_id": point,
        "province": "910000",
        "code": f"000000{point:02d}02330011",
        "variety": "023300",
        "kind": "electricity",
        "scope": 1,
        "granularity": "day",
        "since": dt.date(2026, 1, 1),
        "state": "active",
        **changes,
    }


VERSIONS = pa.schema(
    [
        *(pa.field(name, pa.int32()) for name in ("unit_id", "point_id", "batch", "confirms", "replaced_by")),
        *(pa.field(name, pa.timestamp("us")) for name in ("start", "version", "received_at", "replaced_at")),
        *(pa.field(name, pa.string()) for name in ("granularity", "origin", "state", "why")),
        pa.field("value", VALUE),
    ]
)


def reading_row(number: int, point: int, start: dt.datetime, value: Any, **changes: Any) -> Row:
    """A reading of an invented point."""
    return {
        "unit_id": number,
        "point_id": point,
        "start": start,
        "value": value,
        "origin": "instrument",
        "batch": 7,
        "suspect": False,
        **changes,
    }


def province_row(number: int, **changes: Any) -> Row:
    """An invented province, 90 to 99."""
    code = f"{number}0000"
    return {
        "code": code,
        "name": f"虚构{number}省",
        "short_name": f"虚{number}",
        "english": f"Invented {number}",
        "level": "province",
        "province": code,
        "tile_column": 0,
        "tile_row": number - 90,
        "simulated": True,
        **changes,
    }
