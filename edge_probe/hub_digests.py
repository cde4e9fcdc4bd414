"""Asks a hub for digests of what it holds of a unit, day by day or by a day's data codes (docs/digests.md).

Source: docs/batches.md, our own (read). A hub that is older than this has no such address, and is told apart from one that
refuses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import msgspec

from edge_probe.hub_client import HubClient
from edge_probe.readings import GRANULARITY
from graph.errors import SourceMalformed
from graph.model.digest import SCALE, Digest

DIGESTS = "sync/v1/digests"
LANE_DIGITS = 16
_LANES = re.compile(r"[0-9a-f]{32}")
_SUM = re.compile(rf"-?[0-9]{{1,34}}\.[0-9]{{{SCALE}}}", re.ASCII)
POINTS_AT_ONCE = 20_000  # of one answer, some 3 MB; a month of 600 data codes


class _Bucket(msgspec.Struct, frozen=True, rename="camel"):
    """A bucket of an answer; a day's has no data code."""

    unit: str
    granularity: str
    day: dt.date
    readings: int
    total: str
    digest: str
    data_code: str = ""


class Digests(msgspec.Struct, frozen=True):
    """An answer."""

    digests: tuple[_Bucket, ...]


class HubDigests:
    """A hub that tells digests (edge_probe.uplink_ports.Comparing). Every call raises what HubClient raises."""

    def __init__(self, name: str, hub: HubClient) -> None:
        self._name, self._hub = name, hub

    async def days(self, unit: str, first: dt.date, last: dt.date) -> dict[dt.date, Digest]:
        """Of a unit's days, of all that the hub holds of them as quarter-hours."""
        return {bucket.day: self._digest(bucket) for bucket in await self._asked("day", unit, first, last)}

    async def points(
        self, unit: str, first: dt.date, last: dt.date, codes: int
    ) -> dict[tuple[dt.date, str], Digest]:
        """The same by data code, of which some `codes` are expected."""
        found = dict[tuple[dt.date, str], Digest]()
        step = dt.timedelta(days=max(POINTS_AT_ONCE // max(codes, 1), 1))
        while first <= last:
            upto = min(first + step - dt.timedelta(days=1), last)
            buckets = await self._asked("point", unit, first, upto)
            found |= {(bucket.day, bucket.data_code): self._digest(bucket) for bucket in buckets}
            first = upto + dt.timedelta(days=1)
        return found

    async def _asked(self, level: str, unit: str, first: dt.date, last: dt.date) -> Sequence[_Bucket]:
        """The buckets of a level; what is not of the question makes the answer none."""
        asked = {"level": level, "from": first.isoformat(), "to": last.isoformat()}
        asked |= {"granularity": GRANULARITY, "unit": unit}
        said = await self._hub.call("GET", self._hub.at(DIGESTS, asked))
        buckets = self._hub.read(said, Digests).digests
        for bucket in buckets:
            is_asked = (
                bucket.unit == unit and bucket.granularity == GRANULARITY and first <= bucket.day <= last
            )
            if not is_asked or bool(bucket.data_code) is not (level == "point"):
                raise SourceMalformed(
                    f"{self._name}: asked for {level} digests of {unit}, came {bucket}"[:300]
                )
        return buckets

    def _digest(self, bucket: _Bucket) -> Digest:
        is_one = _LANES.fullmatch(bucket.digest) and _SUM.fullmatch(bucket.total) and bucket.readings > 0
        if not is_one:
            raise SourceMalformed(f"{self._name}: no digest: {bucket}"[:300])
        lanes = (int(bucket.digest[at : at + LANE_DIGITS], 16) for at in (0, LANE_DIGITS))
        return Digest(bucket.readings, int(bucket.total.replace(".", "")), *lanes)
