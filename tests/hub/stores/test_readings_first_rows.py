"""The first rows of each point are the same however an answer is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hub.stores.readings.first_rows import first_of_each

points = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40).map(sorted)
SCHEMA = pa.schema({"unit_id": pa.int32(), "point_id": pa.int32(), "place": pa.int32()})


@given(points, st.none() | st.integers(0, 5), st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_so_many_of_each_point_are_kept_whatever_the_pieces(
    rows: list[tuple[int, int]], first: int | None, cuts: list[int]
) -> None:
    table = pa.Table.from_pylist(
        [{"unit_id": unit, "point_id": point, "place": place} for place, (unit, point) in enumerate(rows)],
        SCHEMA,
    )
    edges = [0, *cuts, len(rows)]
    pieces = [
        batch
        for begin, end in pairwise(edges)
        for batch in table.slice(begin, max(end - begin, 0)).combine_chunks().to_batches()
    ]
    kept = [place for piece in first_of_each(pieces, first) for place in piece["place"].to_pylist()]
    assert kept == [
        place for place, row in enumerate(rows) if first is None or rows[:place].count(row) < first
    ]
