"""Uploads that come together: each is answered for itself, and those that count wait for no others."""

from __future__ import annotations

from graph.model.access_device import DeviceState
from tests.provincial_adapters.nhjc04_stage import UNIT, Stage
from tests.provincial_adapters.test_access_devices import ROW, SUCCESS, said


def group_of(stage: Stage) -> list[bytes]:
    """Two uploads that differ, one that is none and one of a code that is none."""
    whose = {"deviceId": stage.identity(), "enterpriseCode": UNIT.text}
    bodies = [said(**whose, data=[{**ROW, "dataValue": value}]) for value in ("1", "2")]
    return [*bodies, b"<html>", said(**{**whose, "enterpriseCode": "short"}, data=[ROW])]


def test_what_an_awaiting_device_sends_is_left_to_its_own_turn_and_holds_up_nobody_in_its_group() -> None:
    stage = Stage(device=DeviceState.AWAITING)
    first, second, *others = stage.devices().take_all(group_of(stage))
    assert stage.deliveries == []
    assert callable(first)
    assert callable(second)
    assert all(not callable(each) and each["responseCode"] == "1" for each in others)
    assert (first(), second()) == (SUCCESS, SUCCESS)
    assert len(stage.deliveries) == 2


def test_what_an_approved_device_sends_is_booked_with_its_group() -> None:
    stage = Stage()
    answers = stage.devices().take_all(group_of(stage))
    assert answers[:2] == [SUCCESS, SUCCESS]
    assert len(stage.deliveries) == 2


def test_whose_a_group_of_uploads_is_is_asked_once_for_all_of_them() -> None:
    stage = Stage()
    bodies = group_of(stage)
    stage.asked = 0
    stage.devices().take_all(bodies)
    assert stage.asked == 1
