"""What goes wrong in the field ends well in the AK dialect, too: a record a POST, over a socket, by a program of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.field_stage import SLOTS, Field, field_of

pytestmark = pytest.mark.slow
ROWS = 2 * SLOTS  # of a day: electricity and gas


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One hub for all of them."""
    with field_of(tmp_path_factory.mktemp("field-ak"), dialect="nhjc_ak") as it:
        yield it


def test_a_device_without_a_fault_is_complete_for_its_day_and_nothing_is_found(field: Field) -> None:
    assert field.send("good", days=1)["readings"] == ROWS
    assert field.starts("good") == field.slots(days=1)
    assert field.verdicts("good") == {}
    assert field.device("good")["seen"]["dictionaryOld"] is False


def test_8_a_swapped_position_is_a_problem_of_the_device(field: Field) -> None:
    field.send("swapped-position", "--granularity", "day", days=1)
    (problem,) = field.device("swapped-position")["problems"]
    assert "swapped" in problem


def test_10_a_record_that_is_sent_again_counts_once(field: Field) -> None:
    field.send("resend", days=1)
    assert field.starts("resend") == field.slots(days=1)
    assert field.completeness("resend")["received"] == ROWS


def test_13_a_device_with_an_old_dictionary_is_told_and_its_records_count(field: Field) -> None:
    field.send("old-dictionary", days=1)
    device = field.device("old-dictionary")
    assert device["seen"]["dictionaryOld"] is True
    assert any("dictionary" in problem for problem in device["problems"])
    assert field.completeness("old-dictionary")["received"] == ROWS


def test_14_a_malformed_code_is_refused_to_its_sender_and_the_others_count(field: Field) -> None:
    told = field.send("malformed-code", days=1, ends=False)
    assert "malformed-data-code" in told["error"]
    assert field.completeness("malformed-code")["received"] == ROWS


def test_15_a_meter_replaced_without_readings_is_a_problem_and_its_negative_use_is_suspected(
    field: Field,
) -> None:
    field.send("meter-replaced", days=1)
    assert len(field.verdicts("meter-replaced")["negative"]) == 1
    assert any(
        "replaced without readings" in problem for problem in field.device("meter-replaced")["problems"]
    )
