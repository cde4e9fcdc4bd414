"""Missing slots are blamed by columns just as the model blames them one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.model.hop import MISSING, Known, blamed
from hub.stores.readings.blaming import KnownColumns, blame
from tests.graph.model.test_hop import counts, knowns


@given(st.lists(st.tuples(counts, knowns), max_size=30))
def test_columns_say_what_the_model_says(cells: list[tuple[int, Known]]) -> None:
    columns = {
        each.name: np.array(
            [getattr(known, each.name) for _, known in cells], bool if each.type == "bool" else np.int64
        )
        for each in dataclasses.fields(Known)
    }
    found = blame(np.array([missing for missing, _ in cells], np.int64), KnownColumns(**columns))
    assert tuple(found) == MISSING
    for place, (missing, known) in enumerate(cells):
        assert {state: int(column[place]) for state, column in found.items()} == blamed(missing, known)
