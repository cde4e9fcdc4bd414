"""Where a batch belongs, which decides who may look at it: the smallest region that holds every row, and the unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.principal import Reach
from graph.model.region import RegionCode


@dataclass(frozen=True)
class Place:
    """A province, city or county, and a unit where there is just one; None where rows lie in several."""

    region: str | None = None
    unit: str | None = None

    @property
    def province(self) -> str | None:
        """The province of the region."""
        return None if self.region is None else str(RegionCode(self.region).province)


def place_of(rows: pa.Table, points: pa.Table, unread: int, reach: Reach) -> Place:
    """Where all rows lie, refused ones too; `points` are those of the units they name, `unread` rows name none.

    A row of no known unit may speak of anybody's. With one among them a batch lies where its sender reaches,
    and is seen by whoever sees the sender.
    """
    senders = None if reach.region is None else str(reach.region)
    region = _smallest(pc.unique(points["region"]).to_pylist()) or senders
    if reach.unit is not None:
        return Place(region, str(reach.unit))
    if unread or not pc.all(rows["known_unit"], min_count=0).as_py():
        return Place(senders)
    units = pc.unique(points["unit"]).to_pylist()
    return Place(region, units[0] if len(units) == 1 else None)


def _smallest(codes: Iterable[str]) -> str | None:
    """The county, city or province that holds all of them."""
    regions = [RegionCode(code) for code in codes]
    if not regions:
        return None
    first = regions[0]
    around = (first, first.city, first.province)
    return next((str(it) for it in around if it and all(map(it.holds, regions))), None)
