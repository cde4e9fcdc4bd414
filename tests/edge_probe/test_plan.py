"""The laws of a pass: nothing is missed, nothing is too long, nothing is read in vain."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edge_probe.plan import ADDRESS_MAX, REGISTERS_MAX, Span, plan_reads

spans = st.builds(
    Span, st.sampled_from([3, 4]), st.integers(0, ADDRESS_MAX - 4) | st.integers(0, 400), st.integers(1, 4)
)
wanted = st.lists(spans, max_size=40)
limits = st.integers(4, REGISTERS_MAX)
gaps = st.integers(0, REGISTERS_MAX)


@given(wanted, limits, gaps)
def test_every_wanted_span_lies_whole_in_a_read(wanted: list[Span], limit: int, gap: int) -> None:
    reads = plan_reads(wanted, limit, gap)
    assert all(any(read.holds(span) for read in reads) for span in wanted)


@given(wanted, limits, gaps)
def test_no_read_is_longer_than_the_meter_answers(wanted: list[Span], limit: int, gap: int) -> None:
    assert all(0 < read.count <= limit for read in plan_reads(wanted, limit, gap))


@given(wanted, limits, gaps)
def test_there_are_never_more_reads_than_spans(wanted: list[Span], limit: int, gap: int) -> None:
    assert len(plan_reads(wanted, limit, gap)) <= len(set(wanted))


@given(wanted, limits, gaps)
def test_reads_begin_and_end_with_something_wanted(wanted: list[Span], limit: int, gap: int) -> None:
    for read in plan_reads(wanted, limit, gap):
        inside = [span for span in wanted if read.holds(span)]
        assert (min(s.address for s in inside), max(s.end for s in inside)) == (read.address, read.end)


@given(wanted, limits)
def test_without_gaps_only_wanted_registers_are_read(wanted: list[Span], limit: int) -> None:
    asked = {(s.function, a) for s in wanted for a in range(s.address, s.end)}
    read = {(s.function, a) for s in plan_reads(wanted, limit, 0) for a in range(s.address, s.end)}
    assert read == asked


@given(st.lists(st.integers(0, 3000), unique=True), limits, gaps)
def test_registers_of_values_that_do_not_overlap_are_read_once(
    starts: list[int], limit: int, gap: int
) -> None:
    reads = plan_reads([Span(3, start * 4, 4) for start in starts], limit, gap)
    assert all(before.end <= after.address for before, after in itertools.pairwise(reads))


@given(st.permutations([Span(3, 0, 2), Span(3, 2, 2), Span(4, 2, 2), Span(3, 200, 2), Span(3, 2, 2)]))
def test_the_order_of_asking_does_not_matter(wanted: list[Span]) -> None:
    assert plan_reads(wanted) == (Span(3, 0, 4), Span(3, 200, 2), Span(4, 2, 2))


def test_a_gap_is_read_over_up_to_the_longest_read() -> None:
    assert plan_reads([Span(4, 0, 2), Span(4, 123, 2)]) == (Span(4, 0, 125),)
    assert plan_reads([Span(4, 0, 2), Span(4, 124, 2)]) == (Span(4, 0, 2), Span(4, 124, 2))
