"""Access devices: slots that stand evenly however many there are, and what a device says beside what is registered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.access_device import (
    NIGHT_BEGINS_S,
    NIGHT_ENDS_S,
    PLACE_BITS,
    AccessDevice,
    DayOfDevice,
    DeviceState,
    Slot,
    beside,
)
from graph.model.credit_code import CreditCode

NATION = 17_000  # devices of a nation
NIGHT_S = NIGHT_ENDS_S - NIGHT_BEGINS_S
UNIT = CreditCode("91970000MA00000013")
DAY = dt.date(2026, 11, 23)


@given(st.integers(2, 3_000))
def test_of_the_gaps_between_so_many_devices_the_largest_is_at_most_twice_the_smallest(count: int) -> None:
    seconds = sorted(Slot.of_place(place).second for place in range(count))
    gaps = [after - before for before, after in pairwise([*seconds, seconds[0] + NIGHT_S])]
    assert (
        max(gaps) <= 2 * (min(gaps) + 1) + 1
    )  # whole seconds: each gap is cut by less than one at either end


@given(st.integers(1, NATION))
def test_no_half_minute_has_more_than_its_share_and_two(count: int) -> None:
    in_each = Counter(Slot.of_place(place).second // 30 for place in range(count))
    assert max(in_each.values()) <= -(-count // 600) + 2


def test_the_devices_of_a_nation_give_no_half_minute_more_than_its_share_and_one() -> None:
    in_each = Counter(Slot.of_place(place).second // 30 for place in range(NATION))
    assert len(in_each) == 600
    assert (min(in_each.values()), max(in_each.values())) == (27, 30)
    assert max(in_each.values()) <= -(-NATION // 600) + 1


@given(st.integers(0, (1 << PLACE_BITS) - 1))
def test_every_slot_lies_in_the_night(place: int) -> None:
    assert NIGHT_BEGINS_S <= Slot.of_place(place).second < NIGHT_ENDS_S


def test_a_slot_is_told_as_a_time_of_the_day() -> None:
    assert [str(Slot.of_place(place)) for place in range(4)] == [
        "00:30:00",
        "03:00:00",
        "01:45:00",
        "04:15:00",
    ]


@pytest.mark.parametrize("place", [-1, 1 << PLACE_BITS])
def test_a_place_that_none_has_is_refused(place: int) -> None:
    with pytest.raises(InvalidInput, match="place"):
        Slot.of_place(place)


def test_a_device_is_refused_with_a_reason_and_not_without() -> None:
    assert AccessDevice(UNIT, "devices", DeviceState.REFUSED, "设备编号不符").why == "设备编号不符"
    with pytest.raises(InvalidInput, match="why"):
        AccessDevice(UNIT, "devices", DeviceState.REFUSED)


def test_what_came_of_a_day_in_two_uploads_is_their_sum() -> None:
    first = DayOfDevice(DAY, 96, 90, {"negative": 6}, {"rounded": 2})
    second = DayOfDevice(DAY, 4, 3, {"future": 1})
    assert first + second == DayOfDevice(DAY, 100, 93, {"future": 1, "negative": 6}, {"rounded": 2})


def test_what_differs_from_the_registry_stands_first_and_what_it_does_not_hold_last() -> None:
    said = {"phone": "000", "name": "某厂 ", "regionCode": "970200", "code": UNIT.text.lower()}
    held = {"name": "某厂", "region": "970100", "credit_code": UNIT.text}
    found = beside(said, held)
    assert [(each.field, each.differs) for each in found] == [
        ("regionCode", True), ("name", False), ("code", False), ("phone", None),
    ]  # fmt: skip
    assert (found[0].said, found[0].registered) == ("970200", "970100")
