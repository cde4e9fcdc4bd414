"""How far a view was read: nothing is lost whatever comes late and wherever a run is cut; the newest day comes first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import UTC
from provincial_adapters._sql_view.progress import (
    DAY_US,
    SPANS_MAX,
    Clock,
    Mark,
    Progress,
    Span,
    mark_of,
    merged,
    moment_of,
    read_on,
)

HOUR = DAY_US // 24


@dataclass(frozen=True)
class FewRows:
    """Some rows of a view in memory: their names, the last one's watermark, and whether a further one follows."""

    names: tuple[int, ...]
    reached: Mark
    is_last: bool


@dataclass
class ViewInMemory:
    """Rows with their watermarks, asked as a database's view is, a few at once."""

    marks: list[Mark] = field(default_factory=list)
    rows_at_once: int = 2
    asked: list[Span] = field(default_factory=list)

    def newest(self, span: Span) -> Mark | None:
        """The largest watermark in it."""
        self.asked.append(span)
        return max((self.marks[name] for name in self._inside(span)), default=None)

    def pieces(self, span: Span) -> Iterator[FewRows]:
        """Its rows in the watermark's order."""
        names = sorted(self._inside(span), key=lambda name: self.marks[name])
        for begin in range(0, len(names), self.rows_at_once):
            piece = tuple(names[begin : begin + self.rows_at_once])
            yield FewRows(piece, self.marks[piece[-1]], begin + self.rows_at_once >= len(names))

    def _inside(self, span: Span) -> list[int]:
        return [
            name
            for name, mark in enumerate(self.marks)
            if (span.begin is None or span.begin <= mark) and (span.until is None or mark < span.until)
        ]


@dataclass
class Store:
    """What a link's runs made durable."""

    cursor: str | None = None
    names: set[int] = field(default_factory=set)

    def run(self, view: ViewInMemory, clock: Clock, overlap: Mark, pieces: int | None = None) -> list[int]:
        """One run, cut off after so many pieces; the names in the order they came."""
        came: list[int] = []
        for number, (piece, progress) in enumerate(
            read_on(view, Progress.of_cursor(self.cursor, clock), overlap)
        ):
            if number == pieces:
                break
            came += piece.names
            self.cursor = progress.cursor
        self.names |= set(came)
        return came


_LATENESS = st.integers(0, 3 * HOUR)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.sampled_from([0, 0, 1, HOUR, 10 * DAY_US]), _LATENESS),
        st.tuples(st.just("run"), st.integers(0, 5), st.just(0)),
    ),
    max_size=40,
)


@given(_STEPS, st.sampled_from([1, 2, 7]), st.sampled_from(list(Clock)))
def test_whatever_comes_late_and_wherever_runs_are_cut_one_more_run_has_everything(
    steps: list[tuple[str, int, int]], rows_at_once: int, clock: Clock
) -> None:
    view, store, now, overlap = ViewInMemory(rows_at_once=rows_at_once), Store(), 20 * DAY_US, 3 * HOUR
    for step, amount, late in steps:
        if step == "insert":
            now += amount
            view.marks.append(now - late)
        else:
            store.run(view, clock, overlap, amount)
    store.run(view, clock, overlap)
    assert store.names == set(range(len(view.marks)))
    assert Progress.of_cursor(store.cursor, clock).left == ()
    view.marks.append(now)
    assert len(view.marks) - 1 in store.run(view, clock, overlap)


def test_after_an_outage_the_newest_day_comes_first_then_older_days_newest_first() -> None:
    store, view = Store(), ViewInMemory([n * 6 * HOUR for n in range(16)], rows_at_once=3)
    came = store.run(view, Clock.UTC, 0)
    assert came == [11, 12, 13, 14, 15, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 0]
    assert Progress.of_cursor(store.cursor, Clock.UTC) == Progress(Clock.UTC, 15 * 6 * HOUR)


def test_a_database_is_asked_once_for_what_is_newest_before_a_day() -> None:
    view = ViewInMemory([n * 6 * HOUR for n in range(16)])
    Store().run(view, Clock.UTC, 0)
    assert len(view.asked) == len(set(view.asked)) == 5  # of four days, and of what is older than all


def test_a_backlog_cut_off_goes_on_where_it_was_after_what_is_new() -> None:
    store, view = Store(), ViewInMemory([n * 6 * HOUR for n in range(12)], rows_at_once=3)
    assert store.run(view, Clock.UTC, 0, pieces=3) == [7, 8, 9, 10, 11, 2, 3, 4]
    view.marks.append(12 * 6 * HOUR)
    assert store.run(view, Clock.UTC, 0) == [11, 12, 4, 5, 6, 0, 1]


def test_numbers_say_nothing_of_days_and_are_read_in_order() -> None:
    view = ViewInMemory([DAY_US * n for n in range(5)])
    assert Store().run(view, Clock.NUMBER, 0) == [0, 1, 2, 3, 4]


def test_rows_of_one_watermark_that_a_cut_parts_are_read_whole_by_the_next_run() -> None:
    store, view = Store(), ViewInMemory([5, 5, 5, 5, 5])
    store.run(view, Clock.NUMBER, 0, pieces=1)
    assert store.names == {0, 1}
    store.run(view, Clock.NUMBER, 0)
    assert store.names == {0, 1, 2, 3, 4}


_MARKS = st.integers(-(10**9), 2 * 10**15)


@given(st.sampled_from(list(Clock)), _MARKS, st.lists(st.tuples(_MARKS | st.none(), _MARKS | st.none())))
def test_a_cursor_read_back_is_the_progress_it_was_written_from(
    clock: Clock, reached: int, left: list[tuple[int | None, int | None]]
) -> None:
    progress = Progress(clock, reached, tuple(Span(*ends) for ends in left))
    assert Progress.of_cursor(progress.cursor, clock) == progress


def test_a_decimal_watermark_keeps_its_digits() -> None:
    progress = Progress(Clock.NUMBER, Decimal("12345678901234567890.5"))
    assert Progress.of_cursor(progress.cursor, Clock.NUMBER) == progress


@pytest.mark.parametrize("cursor", ["17", "[]", "{}", "never", '{"clock": "utc", "reached": "soon"}'])
def test_a_cursor_of_another_dialect_is_none(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="none of this dialect"):
        Progress.of_cursor(cursor, Clock.UTC)


def test_a_cursor_of_a_watermark_of_another_kind_is_named() -> None:
    with pytest.raises(InvalidInput, match="of kind number, the view's is utc"):
        Progress.of_cursor(Progress(Clock.NUMBER, 5).cursor, Clock.UTC)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 3))))
def test_merged_spans_hold_the_same_marks_in_order_and_do_not_touch(drawn: list[tuple[int, int]]) -> None:
    spans = [Span(begin, begin + length) for begin, length in drawn]
    found = merged(spans)

    def held(among: list[Span]) -> set[int]:
        return {mark for span in among for mark in range(int(span.begin or 0), int(span.until or 0))}

    assert held(found) == held(spans) if len(found) < SPANS_MAX else held(found) >= held(spans)
    assert all(int(one.until or 0) < int(other.begin or 0) for one, other in pairwise(found))
    assert len(found) <= SPANS_MAX


def test_too_many_spans_become_fewer_that_hold_more() -> None:
    spans = [Span(10 * n, 10 * n + 1) for n in range(SPANS_MAX + 3)]
    found = merged(spans)
    assert len(found) == SPANS_MAX
    assert found[0] == Span(0, 31)
    assert found[1:] == spans[4:]


def test_a_moment_and_its_mark_are_one() -> None:
    moment = dt.datetime(2026, 11, 1, 0, 15, 0, 1, tzinfo=UTC)
    assert moment_of(mark_of(moment)) == moment
    assert mark_of(moment.replace(tzinfo=None)) == mark_of(moment)
