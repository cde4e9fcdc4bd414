"""Latitude and longitude of the enterprise are swapped, or lie outside China."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    for each in evidence.misfits:
        if each.field.endswith(("latitude", "longitude")):
            yield Found(each.why, each.field, each.message)


CHECK = Check(
    "swapped-position",
    (8,),
    Severity.ERROR,
    Words(
        "企业经度与纬度填反，或不在中国境内",
        "latitude and longitude of the enterprise are swapped, or lie outside China",
        "latitude 填纬度（3 至 54），longitude 填经度（73 至 136）",
        "latitude lies between 3 and 54, longitude between 73 and 136",
    ),
    _finds,
)
