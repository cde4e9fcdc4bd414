"""When a source wants to be asked again, as it may write that."""

from __future__ import annotations

import pytest

from provincial_adapters._toolkit.retry_after import retry_after_s

DATE = "Mon, 23 Nov 2026 04:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 23 Nov 2026 04:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 03:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("9" * 10, None),
        ("١٢", None),
    ],
)
def test_seconds_and_dates_are_read_and_nothing_else(said: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": said, "date": DATE}) == seconds


def test_a_date_is_counted_from_the_answers_own_and_without_it_says_nothing() -> None:
    assert retry_after_s({"retry-after": DATE}) is None
    assert retry_after_s({}) is None
