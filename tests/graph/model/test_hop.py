"""Each missing slot is lost in one place, and the place nearest to the meter that explains it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.hop import MISSING, RECEIVED, Known, SlotState, blamed

counts = st.integers(0, 200)
knowns = st.builds(
    Known,
    at_meter=counts,
    at_probe=counts,
    direct=st.booleans(),
    linked=st.booleans(),
    asked=st.booleans(),
    there=counts,
)


@given(counts, knowns)
def test_every_missing_slot_has_exactly_one_place(missing: int, known: Known) -> None:
    found = blamed(missing, known)
    assert tuple(found) == MISSING
    assert sum(found.values()) == missing
    assert all(count >= 0 for count in found.values())


@given(counts, knowns)
def test_what_a_probe_reports_of_its_meter_goes_before_all_else(missing: int, known: Known) -> None:
    assert blamed(missing, known)[SlotState.MISSING_AT_METER] == min(missing, known.at_meter)


@given(counts)
def test_without_any_evidence_nothing_is_guessed(missing: int) -> None:
    assert blamed(missing, Known())[SlotState.MISSING_UNEXPLAINED] == missing


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known(at_meter=2), {"meter": 2, "unexplained": 6}),
        (Known(at_meter=2, at_probe=3), {"meter": 2, "probe": 3, "unexplained": 3}),
        (Known(direct=True), {"unexplained": 8}),
        (Known(linked=True), {"link": 8}),
        (Known(linked=True, there=3), {"link": 8}),
        (Known(linked=True, asked=True), {"province": 8}),
        (Known(linked=True, asked=True, there=3), {"province": 5, "link": 3}),
        (Known(linked=True, asked=True, there=30), {"link": 8}),
        (Known(at_meter=2, linked=True, asked=True, there=3), {"meter": 2, "province": 3, "link": 3}),
        (Known(direct=True, linked=True), {"unexplained": 8}),
    ],
)
def test_eight_missing_slots_are_lost_where_the_evidence_says(known: Known, expected: dict[str, int]) -> None:
    named = {
        state.value.removeprefix("missing_").removeprefix("at_"): n for state, n in blamed(8, known).items()
    }
    assert {name: count for name, count in named.items() if count} == expected


def test_received_and_missing_are_all_states() -> None:
    assert {*RECEIVED, *MISSING} == set(SlotState)
    assert not {*RECEIVED} & {*MISSING}
