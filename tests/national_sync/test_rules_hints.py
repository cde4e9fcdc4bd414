"""Reasons that say what a fault looks like, so that whoever reads them knows what to mend."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.model.period import BEIJING
from national_sync.intake import all_rules
from national_sync.judging import Circumstances
from tests.national_sync.fakes import MIDNIGHT, NOW
from tests.national_sync.test_rules_together import prepared

RULES = {rule.code: rule for rule in all_rules()}
KNOWN = Circumstances(NOW, "nation")


def reason(code: str, **row: Any) -> str:
    """What a rule says of a row it finds."""
    rows = prepared([row])
    assert RULES[code].finds(rows, KNOWN).to_pylist() == [True]
    return str(RULES[code].explains(rows, KNOWN)[0])


def test_a_label_close_to_its_upload_looks_like_the_moment_of_upload() -> None:
    moment = MIDNIGHT + dt.timedelta(hours=10, minutes=3, seconds=27)
    near = reason("off-grid", start=moment, version=moment + dt.timedelta(minutes=2))
    assert near.endswith("; it looks like the moment of upload (labels = upload_moment)")
    for version in (None, moment + dt.timedelta(hours=5)):
        assert reason("off-grid", start=moment, version=version).endswith(
            "is not the start of a quarter_hour"
        )


@pytest.mark.parametrize("code", ["off-grid", "future", "too-old"])
def test_a_moment_is_said_in_beijing_time_as_the_device_wrote_it(code: str) -> None:
    years = {"off-grid": 2026, "future": 2099, "too-old": 1969}
    moment = dt.datetime(years[code], 1, 5, 1, 1, 7, tzinfo=BEIJING)
    assert f"{years[code]}-01-05T01:01:07+08:00" in reason(code, start=moment)


def test_a_day_that_begins_in_the_afternoon_looks_like_it() -> None:
    cut = MIDNIGHT + dt.timedelta(hours=16, minutes=10)
    assert "a day that begins at 16:10 (day_begins)" in reason("off-grid", start=cut, granularity="day")
    assert "day_begins" not in reason("off-grid", start=cut + dt.timedelta(seconds=5), granularity="month")
    assert "day_begins" not in reason("off-grid", start=cut, granularity="quarter_hour")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("500000", "; a thousandth of it lies inside"),
        ("5000000", "; a ten-thousandth of it lies inside"),
        ("900000000000", "outside 0.0000 to 1000.0000"),
        ("-5", "outside 0.0000 to 1000.0000"),
    ],
)
def test_a_value_outside_says_when_it_is_a_matter_of_a_factor(value: str, words: str) -> None:
    assert words in reason("declared-range", value=value)
    assert ("inside" in reason("declared-range", value=value)) == ("inside" in words)


def test_a_negative_use_says_what_to_look_for() -> None:
    assert "a meter was replaced or set back" in reason("negative", value="-1")
