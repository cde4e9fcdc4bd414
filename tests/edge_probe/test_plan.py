"""The laws of a pass: nothing is missed, nothing is too long, nothing is read in vain."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.plan import ADDRESS_MAX, REGISTERS_MAX, Span, plan_reads
from graph.errors import InvalidInput

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


# Small cases: a dozen registers, each wanted, of no interest, or refused by the meter; limits that bite.
kinds = st.lists(st.sampled_from("wwwW..x|"), min_size=1, max_size=10)


def laid_out(kinds: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """Wanted spans (w: one register, W: two) and holes (x: one register, |: none, but not to be read across)."""
    wanted, holes, at = [], [], 0
    for kind in kinds:
        if kind in "wW":
            wanted.append(Span(3, at, 1 + (kind == "W")))
        elif kind in "x|":
            holes.append(Span(3, at, int(kind == "x")))
        at += {"W": 2, "|": 0}.get(kind, 1)
    return wanted, holes


def fewest(wanted: Sequence[Span], limit: int, gap: int, holes: Sequence[Span]) -> int:
    """By trying every way to cut the wanted spans, in order, into runs that are each one read."""
    if not wanted:
        return 0
    runs = (wanted[: n + 1] for n in range(len(wanted)))
    return min(
        1 + fewest(wanted[len(run) :], limit, gap, holes)
        for run in runs
        if may_be_read(run, limit, gap, holes)
    )


def may_be_read(run: Sequence[Span], limit: int, gap: int, holes: Sequence[Span]) -> bool:
    read = set(range(run[0].address, run[-1].end))
    edges = set(range(run[0].address + 1, run[-1].end))
    refused = any(hole.address in (read if hole.count else edges) for hole in holes)
    wide = any(after.address - before.end > gap for before, after in itertools.pairwise(run))
    return len(read) <= limit and not refused and not wide


@given(kinds, st.integers(2, 8), st.integers(0, 4))
def test_no_way_to_read_them_takes_fewer_requests(kinds: Sequence[str], limit: int, gap: int) -> None:
    wanted, holes = laid_out(kinds)
    assert len(plan_reads(wanted, limit, gap, holes)) == fewest(wanted, limit, gap, holes)


@given(kinds, st.integers(2, 8), st.integers(0, 4))
def test_every_wanted_register_is_read_once_and_no_refused_one(
    kinds: Sequence[str], limit: int, gap: int
) -> None:
    wanted, holes = laid_out(kinds)
    reads = plan_reads(wanted, limit, gap, holes)
    read = [address for span in reads for address in range(span.address, span.end)]
    assert all(read.count(address) == 1 for span in wanted for address in range(span.address, span.end))
    assert all(span.count <= limit for span in reads)
    assert not {hole.address for hole in holes if hole.count} & set(read)
    assert not any(s.address < h.address < s.end for h in holes for s in reads if not h.count)


def test_a_refused_range_splits_a_read_and_one_of_the_other_function_does_not() -> None:
    wanted = [Span(4, 0, 2), Span(4, 10, 2)]
    assert plan_reads(wanted, illegal=[Span(4, 4, 1)]) == (Span(4, 0, 2), Span(4, 10, 2))
    assert plan_reads(wanted, illegal=[Span(3, 4, 1), Span(4, 12, 9)]) == (Span(4, 0, 12),)
    assert plan_reads([Span(4, 0, 2), Span(4, 2, 2)], illegal=[Span(4, 2, 0)]) == (
        Span(4, 0, 2),
        Span(4, 2, 2),
    )


def test_a_wanted_span_within_a_refused_range_is_told() -> None:
    with pytest.raises(InvalidInput, match="2 registers from 0x0004 with function 4 cannot be read"):
        plan_reads([Span(4, 4, 2)], illegal=[Span(4, 5, 3)])
