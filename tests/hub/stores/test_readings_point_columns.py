"""Points as columns: each is looked up in one go, and what nobody knows borrows nothing from a neighbour."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hub.stores.readings.point_columns import PointColumns

places = st.tuples(st.integers(0, 12), st.integers(0, 40))


def of(known: list[tuple[int, int]]) -> PointColumns:
    """Columns of these points; each one's code is its place in the list, counted from 1."""
    count = len(known)
    return PointColumns.of(
        pa.table(
            {
                "unit_id": pa.array([unit for unit, _ in known], pa.int32()),
                "point_id": pa.array([point for _, point in known], pa.int32()),
                "data_code": [f"{number:016}" for number in range(1, count + 1)],
                "variety": pa.array(["023300"] * count, pa.string()),
                "granularity": pa.array([3] * count, pa.int8()),
                "since": pa.array([0] * count, pa.date32()),
                "until": pa.array([None] * count, pa.date32()),
                "waived_from": pa.array([None] * count, pa.date32()),
                "waived_until": pa.array([None] * count, pa.date32()),
                "state": pa.array(["active"] * count, pa.string()),
                "counts": pa.array([True] * count, pa.bool_()),
                "adds_up": pa.array([True] * count, pa.bool_()),
            }
        )
    )


@given(
    st.lists(places, unique=True), st.lists(places | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)))
)
def test_each_point_is_found_and_an_unknown_one_has_no_columns(
    known: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    columns = of(known)
    both = [*known, *asked]
    units = np.array([unit for unit, _ in both], np.int64)
    points = np.array([point for _, point in both], np.int64)
    found = columns.places(units, points)
    expected = [known.index(place) + 1 if place in known else 0 for place in both]
    assert columns.code[found].tolist() == expected
    assert columns.counts[found].tolist() == [number > 0 for number in expected]
