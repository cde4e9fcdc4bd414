"""Pages of months beside the sums of their days: any size, either end, each order, and cursors that are none."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.ports import MonthlyOrder
from tests.hub.stores.readings_months import BOTH, FEBRUARY, JANUARY, Told, told


def _apart() -> Told:
    """Six months of three points: one without days, two equally far apart."""
    both = told()
    for month, values in ((JANUARY, (62, 31, 310)), (FEBRUARY, (28, 56, 14))):
        for point, value in enumerate(values):
            both.month(value, point, month=month)
            if (month, point) != (FEBRUARY, 0):
                both.days(1, point, days=range(31) if month is JANUARY else range(31, 59))
    return both


@pytest.fixture(scope="module")
def apart() -> Told:
    return _apart()


@pytest.mark.parametrize("order", MonthlyOrder)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_of_any_size_from_either_end_are_the_whole_list(
    apart: Told, order: MonthlyOrder, descending: bool
) -> None:
    asked = {"span": BOTH, "order": order, "descending": descending}
    whole = apart.rows(**asked)
    assert len(whole) == 6
    for size in (1, 2, 4, 6):
        forwards: list[dict[str, Any]] = []
        backwards: list[dict[str, Any]] = []
        after = before = None
        while True:
            page = apart.page(**asked, first=size, after=after)
            assert page.total == 6
            assert page.has_previous == bool(forwards)
            forwards += page.table.to_pylist()
            after = page.cursors[-1]
            assert page.has_next == (len(forwards) < 6)
            if not page.has_next:
                break
        while True:
            page = apart.page(**asked, last=size, before=before)
            backwards = page.table.to_pylist() + backwards
            before = page.cursors[0]
            if not page.has_previous:
                break
        assert forwards == backwards == whole


def test_what_is_furthest_apart_comes_first_and_what_has_no_deviation_last(apart: Told) -> None:
    rows = apart.rows(span=BOTH, order=MonthlyOrder.DEVIATION, descending=True)
    assert [row["deviation"] for row in rows] == [9.0, 1.0, 1.0, -0.5, 0.0, None]


def test_behind_the_last_row_a_page_is_empty_and_still_counts_the_list(apart: Told) -> None:
    last = apart.page(span=BOTH).cursors[-1]
    page = apart.page(span=BOTH, first=2, after=last)
    assert (page.table.num_rows, page.total, page.has_previous, page.has_next) == (0, 6, True, False)


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzFd", "A" * 9000])
def test_what_is_no_cursor_is_refused(apart: Told, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="is no cursor"):
        apart.page(after=cursor)


def test_a_cursor_of_another_order_is_refused(apart: Told) -> None:
    other = apart.page(span=BOTH, order=MonthlyOrder.MONTH).cursors[0]
    for place in ("after", "before"):
        with pytest.raises(InvalidInput, match="of this list and order"):
            apart.page(span=BOTH, **{place: other})
