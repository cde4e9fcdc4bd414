"""A directory of invented units and a sink that keeps what it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa

from graph.model.credit_code import CreditCode
from graph.model.period import UTC
from graph.model.reading import Arrived, no_rejections
from graph.model.sync_run import Receipt
from graph.ports import Judged

STEEL = str(CreditCode.of_body("91970100MA0000001"))
POWER = str(CreditCode.of_body("91980100MA0000002"))
ELECTRICITY, GAS, PROPOSED = "0000000002330011", "0000000001150011", "0000000002320011"
RETIRED, ENDED = "0000000001010011", dt.date(2026, 11, 2)
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = dt.datetime(2026, 11, 1, tzinfo=UTC) - dt.timedelta(hours=8)


class FakeDirectory:
    """Two units: a steel works in 970000 with three points, one of them proposed; a power station in 980000."""

    def points(self, units: Sequence[str]) -> pa.Table:
        """The points of these units."""
        rows = [
            (
                STEEL,
                1,
                "970000",
                "970100",
                ELECTRICITY,
                1,
                "quarter_hour",
                Decimal(0),
                Decimal(1000),
                "active",
            ),
            (STEEL, 1, "970000", "970100", GAS, 2, "quarter_hour", None, None, "active"),
            (STEEL, 1, "970000", "970100", PROPOSED, 3, "quarter_hour", None, None, "proposed"),
            (STEEL, 1, "970000", "970100", RETIRED, 4, "quarter_hour", None, None, "retired"),
            (POWER, 2, "980000", "980100", ELECTRICITY, 1, "quarter_hour", None, None, "active"),
        ]
        names = (
            "unit",
            "unit_id",
            "province",
            "region",
            "data_code",
            "point_id",
            "due",
            "low",
            "high",
            "state",
        )
        schema = pa.schema(
            {
                "unit": pa.string(), "unit_id": pa.int32(), "province": pa.string(), "region": pa.string(),
                "data_code": pa.string(), "point_id": pa.int32(), "due": pa.string(), "low": pa.decimal128(18, 4),
                "high": pa.decimal128(18, 4), "state": pa.string(), "until": pa.date32(),
            }
        )  # fmt: skip
        return pa.Table.from_pylist(
            [
                {**dict(zip(names, row, strict=True)), "until": ENDED if row[-1] == "retired" else None}
                for row in rows
                if row[0] in units
            ],
            schema=schema,
        )


@dataclass
class KeepingSink:
    """Keeps every judged batch and answers with honest counts."""

    kept: list[Judged] = field(default_factory=list)

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:  # noqa: ARG002 - the names of the port
        """No key was ever seen."""
        return None

    def commit(self, batch: Judged) -> Receipt:
        """Keep it."""
        self.kept.append(batch)
        stored, refused = batch.table.num_rows, batch.rejections.num_rows
        return Receipt(
            len(self.kept), batch.source, batch.key, batch.received_at, stored + refused, stored, 0, 0, 0, 0,
            batch.digest, "head", (), refused,
        )  # fmt: skip


class StillClock:
    """It is always noon UTC on 23 November 2026."""

    def now(self) -> dt.datetime:
        """Noon."""
        return NOW


def arrived(*rows: dict[str, Any], values: pa.Array | None = None) -> Arrived:
    """Rows as a decoder would hand them over; what a row leaves out is an honest electricity reading."""
    whole = [
        {
            "row": number, "unit": STEEL, "data_code": ELECTRICITY, "granularity": "quarter_hour",
            "start": MIDNIGHT + dt.timedelta(minutes=15 * number), "value": "1.5", "version": None,
            "origin": "instrument", "valid": None, "label": None, "relabelled": None, **row,
        }
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    names = {
        "row": pa.int32(), "unit": pa.string(), "data_code": pa.string(), "granularity": pa.string(),
        "start": pa.timestamp("us", tz="UTC"), "value": pa.string(), "version": pa.timestamp("us", tz="UTC"),
        "origin": pa.string(), "valid": pa.bool_(), "label": pa.string(), "relabelled": pa.string(),
    }  # fmt: skip
    table = pa.Table.from_pylist(whole, schema=pa.schema(names))
    if values is not None:
        table = table.set_column(table.schema.get_field_index("value"), "value", values)
    return Arrived(table, no_rejections())
