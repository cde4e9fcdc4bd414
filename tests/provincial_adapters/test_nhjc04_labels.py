"""Labels that are not the start of a period: read as the link declares, and left to the intake where it does not."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError
from graph.model.period import BEIJING, Granularity, slot_at
from graph.model.reading import Arrived
from provincial_adapters.nhjc04 import DIALECT, arrived
from tests.provincial_adapters.nhjc04_stage import UNIT
from tests.provincial_adapters.test_nhjc04_readings import ROW

FIRST = dt.datetime(2019, 1, 1, tzinfo=BEIJING)
GRAINS = {"0": Granularity.QUARTER_HOUR, "1": Granularity.DAY, "2": Granularity.MONTH, "3": Granularity.YEAR}
MOMENTS = st.integers(0, 10 * 365 * 86_400).map(lambda second: FIRST + dt.timedelta(seconds=second))


def read(labels: list[str], quirks: dict[str, Any], **changes: Any) -> Arrived:
    rows = [{**ROW, **changes, "statDate": label} for label in labels]
    return arrived(json.dumps(rows).encode(), UNIT, DIALECT.settled(quirks))


def starts(found: Arrived) -> list[str | None]:
    return [
        start and f"{start.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        for start in found.table["start"].to_pylist()
    ]


@given(st.lists(MOMENTS, min_size=1, max_size=4), st.sampled_from(sorted(GRAINS)), st.booleans())
def test_a_moment_is_put_into_its_period_or_the_one_before(
    moments: list[dt.datetime], stat_type: str, is_upload: bool
) -> None:
    labels = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]
    rule = "upload_moment" if is_upload else "containing"
    found = read(labels, {"labels": rule}, statType=stat_type)
    for moment, start, by in zip(
        moments, found.table["start"].to_pylist(), found.table["relabelled"].to_pylist(), strict=True
    ):
        slot = slot_at(moment, GRAINS[stat_type])
        if is_upload:
            slot = slot_at(slot.start - dt.timedelta(microseconds=1), GRAINS[stat_type])
        assert start == slot.start
        assert by == (None if start == moment else f"labels = {rule}")


@pytest.mark.parametrize(("minutes", "start"), [(15, "09:45:00"), (30, "09:30:00"), (60, "09:00:00")])
def test_the_period_before_an_upload_is_as_long_as_the_link_says(minutes: int, start: str) -> None:
    found = read(["2026-11-22 10:03:27"], {"labels": "upload_moment", "realtime_minutes": minutes})
    assert starts(found)[0] == f"2026-11-22 {start}"


def test_without_a_declaration_labels_are_left_as_they_came() -> None:
    found = read(["2026-11-22 10:03:27", "nonsense"], {})
    assert starts(found) == ["2026-11-22 10:03:27", None]
    assert found.table["relabelled"].to_pylist() == [None, None]


def test_what_cannot_be_read_is_null_whatever_the_link_declares() -> None:
    for quirks in ({"labels": "containing"}, {"day_begins": "16:10"}, {"hours": 12}):
        found = read(["nonsense"], quirks, statType="1")
        assert starts(found) == [None]
        assert found.table["relabelled"].to_pylist() == [None]


def test_a_day_cut_at_another_hour_stays_on_its_day_and_is_marked() -> None:
    found = read(
        ["2026-11-22 16:10:00", "2026-11-22 00:00:00", "2026-11-22 16:11:00"],
        {"day_begins": "16:10"},
        statType="1",
    )
    assert starts(found) == ["2026-11-22 00:00:00", "2026-11-22 00:00:00", "2026-11-22 16:11:00"]
    assert found.table["relabelled"].to_pylist() == ["day_begins = 16:10", "day_begins = 16:10", None]
    quarters = read(["2026-11-22 16:10:00"], {"day_begins": "16:10"})
    assert starts(quarters) == ["2026-11-22 16:10:00"]


def twelve(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %I:%M:%S}"


@given(st.integers(1, 3), st.sampled_from([15, 60]))
def test_whole_days_of_12_hour_labels_are_told_apart_by_their_order(days: int, minutes: int) -> None:
    first = dt.datetime(2026, 11, 20, tzinfo=BEIJING)
    moments = [first + n * dt.timedelta(minutes=minutes) for n in range(days * 1440 // minutes)]
    found = read([twelve(moment) for moment in moments], {"hours": 12, "realtime_minutes": minutes})
    assert found.rejections.num_rows == 0
    assert starts(found) == [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]
    by = found.table["relabelled"].to_pylist()
    assert by == ["hours = 12" if twelve(m) != f"{m:%Y-%m-%d %H:%M:%S}" else None for m in moments]


def test_a_morning_that_could_be_an_afternoon_is_refused_in_words() -> None:
    found = read(["2026-11-22 03:00:00", "2026-11-22 03:15:00"], {"hours": 12})
    assert found.table.num_rows == 0
    assert found.rejections["code"].to_pylist() == ["unclear-hour"] * 2
    assert "morning or afternoon" in found.rejections["why"][0].as_py()


def test_a_day_with_an_hour_beyond_12_was_written_on_a_clock_of_24() -> None:
    labels = ["2026-11-22 03:00:00", "2026-11-22 13:00:00"]
    assert starts(read(labels, {"hours": 12})) == labels
    thrice = read(["2026-11-22 03:00:00"] * 3, {"hours": 12})
    assert starts(thrice) == ["2026-11-22 03:00:00", "2026-11-22 15:00:00"]
    assert thrice.rejections["row"].to_pylist() == [3]


def test_labels_of_several_points_are_told_apart_by_themselves() -> None:
    codes = ["00-00-0000-023300-11", "00-00-0000-011500-11"]
    rows = [{**ROW, "dataCode": code, "statDate": "2026-11-22 12:00:00"} for _ in range(2) for code in codes]
    found = arrived(json.dumps(rows).encode(), UNIT, DIALECT.settled({"hours": 12}))
    assert starts(found) == ["2026-11-22 00:00:00"] * 2 + ["2026-11-22 12:00:00"] * 2


@given(st.decimals(-(10**13), 10**13, places=4) | st.decimals(0, 100, places=8))
def test_a_half_hour_is_shared_out_over_its_quarter_hours_to_the_last_digit(value: Decimal) -> None:
    found = read(["2026-11-22 10:30:00"], {"realtime_minutes": 30}, dataValue=f"{value:f}")
    assert starts(found) == ["2026-11-22 10:30:00", "2026-11-22 10:45:00"]
    shares = [Decimal(text) for text in found.table["value"].to_pylist()]
    assert sum(shares) == value
    assert shares[0] == round(shares[0], 4)
    assert abs(shares[1] - shares[0]) <= Decimal("0.0002")
    assert found.table["origin"].to_pylist() == ["estimated"] * 2
    assert found.table["row"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    ("said", "shares"),
    [
        ("1.5e3", ["750", "750"]),
        (".5", ["0.25", "0.25"]),
        ("+3.123456789012", ["1.5617", "1.56175678"]),
        ("1e-300", ["0", "0"]),
        ("0.000250000000001", ["0.0001", "0.00015001"]),
    ],
)
def test_a_half_hour_is_shared_out_however_its_number_is_written(said: str, shares: list[str]) -> None:
    found = read(["2026-11-22 10:30:00"], {"realtime_minutes": 30}, dataValue=said)
    first, second = (Decimal(text) for text in found.table["value"].to_pylist())
    assert [first, round(second, 8)] == pytest.approx(
        [Decimal(share) for share in shares], abs=Decimal("2e-8")
    )
    assert found.table["origin"].to_pylist() == ["estimated"] * 2


@pytest.mark.parametrize("said", ["1e15", "123456789012345.5", "1e9999", "0x10", "1_000", "١"])
def test_a_half_hour_too_large_for_the_store_or_no_number_stays_as_it_came(said: str) -> None:
    found = read(["2026-11-22 10:30:00"], {"realtime_minutes": 30}, dataValue=said)
    assert found.table["value"].to_pylist() == [said]


def test_of_half_hours_what_does_not_add_up_is_the_same_in_both_and_days_are_left_alone() -> None:
    found = read(
        ["2026-11-22 10:00:00"], {"realtime_minutes": 30}, dataCode="00-00-0000-080000-11", dataValue="0.85"
    )
    assert found.table["value"].to_pylist() == ["0.85", "0.85"]
    day = read(["2026-11-22 00:00:00"], {"realtime_minutes": 30}, statType="1")
    assert day.table["value"].to_pylist() == ["1.5"]
    assert day.table["origin"].to_pylist() == ["instrument"]


def test_a_label_between_half_hours_is_refused_and_what_is_no_number_is_left_to_the_intake() -> None:
    found = read(["2026-11-22 10:15:00", "2026-11-22 10:30:00"], {"realtime_minutes": 30})
    assert found.rejections.to_pylist()[0]["code"] == "off-grid"
    assert "half-hour" in found.rejections["why"][0].as_py()
    assert found.table["row"].to_pylist() == [2, 2]
    bad = read(["2026-11-22 10:30:00", "nonsense"], {"realtime_minutes": 30}, dataValue="n/a")
    assert bad.table["value"].to_pylist() == ["n/a", "n/a"]
    assert bad.table["row"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    "quirks", [{"labels": "end"}, {"day_begins": "4:10"}, {"day_begins": 16}, {"hours": 13}, {"hours": True}]
)
def test_a_declaration_nobody_knows_is_a_configuration_error(quirks: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        DIALECT.check(quirks)
