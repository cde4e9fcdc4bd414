"""A registry of two invented units for tests of the readings store, a still clock, and batches made of tuples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa

from graph.model.credit_code import CreditCode
from graph.model.energy import reference_coefficients
from graph.model.period import UTC, Granularity
from graph.model.reading import JUDGED, REJECTIONS, VERDICTS, Origin
from graph.ports import Judged

UNITS = tuple(str(CreditCode.of_body(body)) for body in ("91970100MA0000001", "91980100MA0000002"))
POINTS = ((1, 1, "0000000002330011"), (1, 2, "0000000001150011"), (2, 1, "0000000002330011"))
START = dt.datetime(2026, 1, 1, tzinfo=UTC) - dt.timedelta(hours=8)
QUARTER_HOUR = dt.timedelta(minutes=15)


@dataclass
class StillClock:
    """A clock that tells what it was told."""

    moment: dt.datetime = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> dt.datetime:
        """The moment it stands at."""
        return self.moment


@dataclass
class FakeDimensions:
    """Two units of two invented provinces with three points."""

    granularity: str = "quarter_hour"
    since: dt.date = dt.date(2020, 1, 1)
    until: dt.date | None = None
    state: str = "active"
    waived: tuple[dt.date | None, dt.date | None] = (None, None)  # of the point of natural gas
    coefficient_rows: list[dict[str, object]] = field(default_factory=list)

    def revision(self) -> int:
        """Never moves."""
        return 1

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """Units, points and coefficients as the registry tells them."""
        units = pa.table(
            {
                "unit_id": pa.array([1, 2], pa.int32()),
                "credit_code": list(UNITS),
                "province": ["970000", "980000"],
                "city": ["970100", "980100"],
                "region": ["970100", "980100"],
                "section": ["C", "D"],
                "tier": ["hundred", "thousand"],
                "name": ["虚构钢铁厂", "虚构热电厂"],
            }
        )
        kinds = {"0233": "electricity", "0115": "natural_gas"}
        points = pa.table(
            {
                "unit_id": pa.array([p[0] for p in POINTS], pa.int32()),
                "point_id": pa.array([p[1] for p in POINTS], pa.int32()),
                "data_code": [p[2] for p in POINTS],
                "variety": [p[2][8:14] for p in POINTS],
                "kind": [kinds[p[2][8:12]] for p in POINTS],
                "scope": pa.array([1] * len(POINTS), pa.int8()),
                "granularity": [self.granularity] * len(POINTS),
                "since": pa.array([self.since] * len(POINTS), pa.date32()),
                "until": pa.array([self.until] * len(POINTS), pa.date32()),
                "state": [self.state] * len(POINTS),
                "waived_from": pa.array([None, self.waived[0], None], pa.date32()),
                "waived_until": pa.array([None, self.waived[1], None], pa.date32()),
            }
        )
        return 1, units, points, self._coefficients()

    def _coefficients(self) -> pa.Table:
        """The reference coefficients, and whatever the test adds."""
        rows: list[dict[str, object]] = [
            {
                "variety": c.variety, "basis": c.basis.value, "kgce": c.kgce, "edition": c.edition,
                "since": c.since, "until": c.until, "unit": c.unit, "source": c.source.value,
            }
            for c in reference_coefficients()
        ]  # fmt: skip
        schema = pa.schema(
            {
                "variety": pa.string(), "basis": pa.string(), "kgce": pa.decimal128(18, 6), "edition": pa.string(),
                "since": pa.date32(), "until": pa.date32(), "unit": pa.string(), "source": pa.string(),
            }
        )  # fmt: skip
        return pa.Table.from_pylist([*rows, *self.coefficient_rows], schema=schema)


@dataclass(frozen=True)
class Said:
    """One reading of a batch: point 0 to 2, slot from the start, value, version in seconds or none."""

    point: int
    slot: int
    value: Decimal
    version: int | None = None
    origin: Origin = Origin.INSTRUMENT


def batch_of(
    rows: Sequence[Said],
    key: str,
    at: dt.datetime,
    granularity: Granularity = Granularity.QUARTER_HOUR,
    step: dt.timedelta = QUARTER_HOUR,
    suspects: Iterable[int] = (),
    rejections: pa.Table | None = None,
    region: str | None = None,
    unit: str | None = None,
) -> Judged:
    """A judged batch of these readings; `suspects` are 1-based rows with a verdict, `region` and `unit` its place."""
    starts = [(START + step * row.slot).replace(tzinfo=None) for row in rows]
    table = pa.table(
        {
            "row": range(1, len(rows) + 1),
            "unit_id": [POINTS[row.point][0] for row in rows],
            "point_id": [POINTS[row.point][1] for row in rows],
            "granularity": [granularity.number] * len(rows),
            "start": starts,
            "value": [row.value for row in rows],
            "version": [None if row.version is None else row.version * 1_000_000 for row in rows],
            "origin": [row.origin.number for row in rows],
        },
        schema=JUDGED,
    )
    marked = [number - 1 for number in suspects]
    verdicts = table.take(pa.array(marked, pa.int64())).select(
        ["row", "unit_id", "point_id", "granularity", "start"]
    )
    verdicts = verdicts.append_column("rule", pa.array(["negative"] * len(marked), pa.string()))
    verdicts = verdicts.append_column("detail", pa.array(["below zero"] * len(marked), pa.string()))
    return Judged(
        source="test", key=key, digest=f"digest of {key}", received_at=at,
        province=None if region is None else region[:2] + "0000", region=region, unit=unit, table=table,
        verdicts=verdicts.cast(VERDICTS),
        rejections=REJECTIONS.empty_table() if rejections is None else rejections,
    )  # fmt: skip
