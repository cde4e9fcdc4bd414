"""Columns of few different texts are judged alike whether they come spelt out or as dictionaries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph.ports import Delivery, Judged
from national_sync import columns, words
from national_sync.intake import Intake, all_rules
from tests.national_sync.fakes import (
    ELECTRICITY,
    GAS,
    POWER,
    STEEL,
    FakeDirectory,
    KeepingSink,
    StillClock,
    arrived,
)

HYPHENS = "00-00-0000-023300-11"  # ELECTRICITY, written otherwise
WORDS = {
    "unit": [STEEL, STEEL.lower(), POWER, "nobody", "", None],
    "data_code": [ELECTRICITY, HYPHENS, GAS, "1" * 90, None],
    "granularity": ["day", "quarter_hour", "week", None],
    "origin": ["instrument", "manual", "guess", None],
}


def judged(table: pa.Table) -> Judged:
    """What the rules make of a table."""
    came = replace(arrived({}), table=table)
    return Intake(FakeDirectory(), KeepingSink(), StillClock(), all_rules()).judge(
        Delivery("s", "k", "d", came)
    )


def with_dictionaries(table: pa.Table, index: pa.DataType, spare: list[str | None], parts: int) -> pa.Table:
    """The same rows, their words in dictionaries, each part of them its own, with words beside that no row has."""
    size = max(1, -(-table.num_rows // parts))
    pieces = []
    for first in range(0, table.num_rows, size):
        piece = table.slice(first, size)
        for name in WORDS:
            known = [*spare, *dict.fromkeys(piece[name].to_pylist())]
            places = [len(spare) + known[len(spare) :].index(word) for word in piece[name].to_pylist()]
            column = pa.DictionaryArray.from_arrays(pa.array(places, index), pa.array(known, pa.string()))
            piece = piece.set_column(piece.schema.get_field_index(name), name, column)
        pieces.append(piece)
    return pa.concat_tables(pieces)


row = st.fixed_dictionaries({name: st.sampled_from(said) for name, said in WORDS.items()})


@given(
    st.lists(row, min_size=1, max_size=12),
    st.sampled_from([pa.int8(), pa.uint16(), pa.int32(), pa.int64()]),
    st.lists(st.sampled_from([STEEL, "spare", None]), max_size=2),
    st.integers(1, 4),
)
def test_rows_whose_words_come_as_dictionaries_meet_the_same_fate(
    rows: list[dict[str, Any]], index: pa.DataType, spare: list[str | None], parts: int
) -> None:
    plain = arrived(*rows).table
    spelt, coded = judged(plain), judged(with_dictionaries(plain, index, spare, parts))
    assert coded == spelt


def test_a_pair_is_found_whether_few_or_very_many_are_possible() -> None:
    units, codes = [f"u{number}" for number in range(1_000)], [f"c{number}" for number in range(9_000)]
    assert len(units) * len(codes) > words.PAIRS_MAX
    chance = np.random.default_rng(seed=7)
    known = FakeDirectory().points([STEEL]).slice(0, 1)
    names = list(zip(chance.permutation(units * 9).tolist(), codes, strict=True))
    points = pa.concat_tables([known] * len(names))
    for name, column in {
        "unit": [unit for unit, _ in names],
        "data_code": [code for _, code in names],
        "point_id": pa.array(range(len(names)), pa.int32()),
        "unit_id": pa.array([int(unit[1:]) for unit, _ in names], pa.int32()),
    }.items():
        points = points.set_column(points.schema.get_field_index(name), name, pa.array(column))
    places = {pair: place for place, pair in enumerate(names)}
    asked = [*names, (units[0], "nowhere"), ("nobody", codes[0]), (names[1][0], names[0][1])]
    for some in (asked, asked[:50]):
        rows = pa.table({"unit": [unit for unit, _ in some], "data_code": [code for _, code in some]})
        found = columns.with_points(rows, points)
        assert found["point_id"].to_pylist() == [places.get(pair) for pair in some]
        expected = [int(unit[1:]) if unit in units else None for unit, _ in some]
        assert found["unit_id"].to_pylist() == expected
