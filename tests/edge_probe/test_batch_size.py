"""A backlog's batches grow while the platform answers at once, and begin small again when it does not."""

from __future__ import annotations

from edge_probe.batch_size import AT_ONCE_S, BatchSize
from edge_probe.uplink_ports import Pace

QUICK, SLOW = AT_ONCE_S / 2, AT_ONCE_S * 2


def test_full_batches_that_are_answered_at_once_double_up_to_the_most() -> None:
    size, seen = BatchSize(Pace(rows=2_000, rows_max=10_000)), list[int]()
    for _ in range(4):
        seen.append(size.rows)
        size.took(size.rows, QUICK)
    assert seen == [2_000, 4_000, 8_000, 10_000]
    size.took(size.rows, QUICK)
    assert size.rows == 10_000


def test_a_batch_that_was_not_full_tells_nothing_of_a_larger_one() -> None:
    size = BatchSize(Pace(rows=2_000, rows_max=10_000))
    size.took(1_999, QUICK)
    assert size.rows == 2_000


def test_a_slow_answer_halves_and_a_failure_begins_anew() -> None:
    size = BatchSize(Pace(rows=2_000, rows_max=16_000))
    for _ in range(3):
        size.took(size.rows, QUICK)
    size.took(size.rows, SLOW)
    assert size.rows == 8_000
    size.failed()
    assert size.rows == 2_000
    size.took(size.rows, SLOW)
    assert size.rows == 2_000


def test_where_no_most_is_said_batches_stay_as_they_are() -> None:
    size = BatchSize(Pace(rows=200))
    size.took(200, QUICK)
    assert size.rows == 200
