"""What is known of missing slots beside the readings themselves: the registry's and the door's affair, told as columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

_AT = pa.timestamp("us")  # UTC, as the store keeps moments

SPANS = pa.schema(
    {
        "unit": pa.string(), "data_code": pa.string(), "kind": pa.string(), "begins": _AT, "ends": _AT,
        "what": pa.string(), "source": pa.string(), "reported_at": _AT,
    }
)  # fmt: skip
AROUND = dt.timedelta(
    days=3
)  # before and behind a period that signs of units are looked for: silence is longer than one
HEARD = pa.schema({"unit": pa.string(), "begins": _AT, "ends": _AT})
SILENCES = pa.schema({"unit": pa.string(), "begins": _AT, "ends": _AT})
DIRECT = pa.schema({"unit": pa.string(), "source": pa.string(), "since": _AT})
ASKED = pa.schema(
    {"link": pa.string(), "province": pa.string(), "asked_at": _AT, "run": pa.int64(), "failed": pa.string()}
)
DIFFERENCES = pa.schema(
    {
        "link": pa.string(), "unit": pa.string(), "granularity": pa.int8(), "day": pa.date32(), "more": pa.int64(),
        "here": pa.int64(), "there": pa.int64(), "seen_at": _AT,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Witnessed:
    """What is known of a time.

    spans: what probes reported, running ones too. heard: when a unit's own end was heard of otherwise. direct: units that
    report to this hub themselves, since when, and what the ledger calls a client of theirs (null: it has a device). asked:
    each link that is run, when its last run began that came to its end (null: none), and what the last one since broke off
    at. differences: unit-days that differ still, and how many readings more the source holds. silences follow from the rest
    and from what came: the readings store finds them.
    """

    spans: pa.Table = field(default_factory=SPANS.empty_table)
    heard: pa.Table = field(default_factory=HEARD.empty_table)
    direct: pa.Table = field(default_factory=DIRECT.empty_table)
    asked: pa.Table = field(default_factory=ASKED.empty_table)
    silences: pa.Table = field(default_factory=SILENCES.empty_table)
    differences: pa.Table = field(default_factory=DIFFERENCES.empty_table)


class Witness(Protocol):
    """Who tells it."""

    def testimony(self, first: dt.date, last: dt.date, units: Sequence[str]) -> Witnessed:
        """What is known of Beijing days, both included, of some units, none for all."""
        ...


class Nobody:
    """A witness that knows nothing."""

    def testimony(self, _first: dt.date, _last: dt.date, _units: Sequence[str]) -> Witnessed:
        """Nothing."""
        return Witnessed()
