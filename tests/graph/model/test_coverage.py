"""What is said of a province's part: how much has come, and why the rest has not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.coverage import (
    CoverageState,
    Way,
    rate,
    state_of,
    state_of_rows,
    why_missing,
    why_rows_lack,
)
from graph.model.sync_run import RunState

AT = dt.datetime(2026, 11, 1, 20, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("due", "received", "expected"),
    [
        (0, 0, CoverageState.NOT_DUE),
        (3, 0, CoverageState.NOTHING),
        (3, 2, CoverageState.PARTIAL),
        (3, 3, CoverageState.WHOLE),
    ],
)
def test_a_province_is_whole_partial_missing_or_owes_nothing(
    due: int, received: int, expected: CoverageState
) -> None:
    assert state_of(due, received) is expected


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_reason_is_given_just_where_something_is_missing(due: int, received: int) -> None:
    assert (why_missing(due, received, []) is None) == (received >= due)
    share = rate(received, due)
    assert share is None if due == 0 else share is not None and 0 <= share <= 1


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        (Way("a", enabled=False), "; link a is not enabled"),
        (Way("a", enabled=True), ""),
        (Way("a", True, RunState.SUCCEEDED, AT), ""),
        (Way("a", True, RunState.RUNNING, AT), ""),
        (
            Way("a", True, RunState.FAILED, AT, "no answer"),
            "; link a failed at 2026-11-02 04:05 +08:00: no answer",
        ),
        (
            Way("a", True, RunState.FAILED, AT),
            "; link a failed at 2026-11-02 04:05 +08:00: it did not say why",
        ),
    ],
)
def test_links_that_do_not_bring_anything_are_named(way: Way, fault: str) -> None:
    assert why_missing(5, 2, [way]) == f"3 of 5 values have not come{fault}"


def test_a_province_without_link_and_batch_is_told_as_that() -> None:
    said = "; no link brings readings of the province, and none of these was handed in"
    assert why_missing(5, 0, []) == f"5 of 5 values have not come{said}"
    assert why_missing(5, 1, []) == "4 of 5 values have not come"


def test_a_link_without_a_run_is_told_only_where_nothing_came() -> None:
    said = "; link a has no run that ended"
    assert why_missing(5, 0, [Way("a", enabled=True)]) == f"5 of 5 values have not come{said}"


def test_a_link_that_waits_for_the_other_side_is_not_told_to_lack_runs() -> None:
    way = Way("a", enabled=True, waits=True)
    assert why_missing(5, 0, [way]) == "5 of 5 values have not come; link a waits for the other side to call"
    assert why_missing(5, 1, [way]) == "4 of 5 values have not come"
    assert why_rows_lack(0, [way]) is None
    assert why_rows_lack(0, [replace(way, enabled=False)]) == "link a is not enabled"


def test_who_sees_no_links_is_told_nothing_of_them() -> None:
    assert why_missing(5, 0, None) == "5 of 5 values have not come"
    assert why_missing(5, 5, None) is None
    assert why_rows_lack(0, None) is None


def test_a_long_error_is_cut() -> None:
    said = why_missing(1, 0, [Way("a", True, RunState.FAILED, AT, "x" * 5_000)])
    assert said is not None
    assert len(said) < 300


# ---- of a list, of which nobody knows how many rows it should have ----------------------------------------

_WAYS = st.lists(
    st.builds(
        Way,
        st.sampled_from("abc"),
        st.booleans(),
        st.none() | st.sampled_from(RunState),
        st.none() | st.just(AT),
    ),
    max_size=3,
)


@given(st.integers(0, 3), _WAYS)
def test_a_list_is_whole_or_lacks_something_just_as_a_reason_says(rows: int, ways: list[Way]) -> None:
    why = why_rows_lack(rows, ways)
    state = state_of_rows(rows, why)
    assert (state in (CoverageState.WHOLE, CoverageState.PARTIAL)) == (rows > 0)
    assert (state in (CoverageState.PARTIAL, CoverageState.NOTHING)) == (why is not None)


@pytest.mark.parametrize(
    ("rows", "ways", "why", "state"),
    [
        (
            0,
            [],
            "no link brings anything of the province, and no such row was entered",
            CoverageState.NOTHING,
        ),
        (1, [], None, CoverageState.WHOLE),
        (0, [Way("a", enabled=True)], "link a has no run that ended", CoverageState.NOTHING),
        (1, [Way("a", enabled=True)], None, CoverageState.WHOLE),
        (1, [Way("a", enabled=False)], "link a is not enabled", CoverageState.PARTIAL),
        (0, [Way("a", True, RunState.SUCCEEDED, AT)], None, CoverageState.NOT_DUE),
        (
            2,
            [Way("a", True, RunState.FAILED, AT, "no answer"), Way("b", True, RunState.SUCCEEDED, AT)],
            "link a failed at 2026-11-02 04:05 +08:00: no answer",
            CoverageState.PARTIAL,
        ),
    ],
)
def test_what_is_amiss_with_a_list_is_told(
    rows: int, ways: list[Way], why: str | None, state: CoverageState
) -> None:
    assert why_rows_lack(rows, ways) == why
    assert state_of_rows(rows, why) is state
