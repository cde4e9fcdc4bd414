"""What goes wrong in the field ends well, failure by failure: devices call a served hub, and then it is asked.

Each device is a program of its own and speaks over a real socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.hub.field_stage import ALONE, CUT, DAYS, ELECTRICITY, GAS, SLOTS, TWELVE, UPLOADED, Field, field_of

pytestmark = pytest.mark.slow
ROWS = 2 * SLOTS  # of a day: electricity and gas


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One hub for all of them."""
    elsewhere = (("upload-moment", UPLOADED), ("day-cut", CUT), ("twelve-hour", TWELVE), ("gaps", ALONE))
    with field_of(tmp_path_factory.mktemp("field"), *elsewhere) as it:
        yield it


def test_a_device_without_a_fault_is_complete_and_nothing_is_found(field: Field) -> None:
    field.send("good")
    assert field.starts("good") == field.slots()
    assert field.verdicts("good") == field.refused("good") == {}
    assert field.completeness("good")["rate"] == 1
    assert field.device("good")["problems"] == []


def test_1_a_missing_value_that_was_sent_as_zero_is_suspected(field: Field) -> None:
    field.send("false-zeros")
    zeros = [each for each in field.readings("false-zeros")["readings"] if Decimal(each["value"]) == 0]
    assert len(zeros) == DAYS * SLOTS // 7 + 1
    found = field.verdicts("false-zeros")
    assert set(found) == {"false-zero"}
    assert len(found["false-zero"]) >= 2 * (
        len(zeros) - DAYS - 1
    )  # the first and last of a batch have one neighbour


def test_2_a_label_that_is_the_moment_of_upload_is_refused_and_nothing_is_acknowledged(field: Field) -> None:
    told = field.send("upload-moment", ends=False)
    assert "off-grid" in told["error"]
    assert set(field.refused("upload-moment")) == {"off-grid"}
    assert field.completeness("upload-moment")["received"] == 0


def test_2_a_link_that_declares_the_moment_of_upload_has_each_label_moved_to_its_period_and_marked(
    field: Field,
) -> None:
    name = f"upload-moment at {UPLOADED}"
    field.send(name)
    assert field.starts(name) == field.slots()
    assert len(field.verdicts(name)["relabelled"]) == DAYS * ROWS
    assert field.completeness(name)["rate"] == 1


def test_3_a_day_cut_at_ten_past_four_is_refused_and_its_quarter_hours_are_kept(field: Field) -> None:
    field.send("day-cut")
    refused = field.refused("day-cut")["off-grid"]
    assert len(refused) == 2 * DAYS
    assert all("16:10:00" in row["raw"] for row in refused)
    assert field.starts("day-cut") == field.slots()


def test_3_a_link_that_declares_when_its_day_begins_keeps_days_as_labelled_and_marks_them(
    field: Field,
) -> None:
    name = f"day-cut at {CUT}"
    field.send(name)
    assert field.starts(name, "DAY") == field.slots()[::SLOTS]
    found = field.verdicts(name)["relabelled"]
    assert {each["granularity"] for each in found} == {"DAY"}
    assert len(found) == 2 * DAYS
    assert field.refused(name) == {}


def test_4_a_day_that_was_never_sent_again_is_missing_and_lowers_the_completeness(field: Field) -> None:
    field.send("no-back-fill")
    found = field.completeness("no-back-fill")
    assert [row["received"] for row in found["rows"]] == [ROWS, 0, ROWS]
    assert len(field.readings("no-back-fill")["missing"]) == SLOTS


def test_5_a_first_quarter_hour_that_was_lost_is_named_as_missing(field: Field) -> None:
    field.send("first-quarter-lost")
    missing = field.readings("first-quarter-lost")["missing"]
    assert [moment[11:16] for moment in missing] == ["00:00"] * DAYS
    assert field.completeness("first-quarter-lost")["received"] == DAYS * (ROWS - 2)


def test_6_watt_hours_divided_in_integers_are_suspected(field: Field) -> None:
    field.send("whole-kwh")
    assert {row["dataCode"] for row in field.verdicts("whole-kwh")["whole-numbers"]} == {"0000000001150011"}


def test_7_labels_of_a_twelve_hour_clock_are_refused_by_rule(field: Field) -> None:
    field.send("twelve-hour", ends=False)
    assert set(field.refused("twelve-hour")) == {"twelve-hours"}
    assert field.completeness("twelve-hour")["received"] == 0


def test_7_a_link_that_declares_twelve_hours_has_its_afternoons_told_from_its_mornings(field: Field) -> None:
    name = f"twelve-hour at {TWELVE}"
    field.send(name)
    field.send("good")
    assert field.starts(name) == field.slots()
    assert field.completeness(name)["rate"] == 1
    assert field.refused(name) == {}


def test_8_a_swapped_position_is_a_problem_of_the_device(field: Field) -> None:
    field.send("swapped-position", days=1)
    (problem,) = field.device("swapped-position")["problems"]
    assert "latitude" in problem
    assert "swapped" in problem


def test_9_a_flag_with_the_opposite_meaning_is_suspected_and_the_values_stay(field: Field) -> None:
    field.send("polarity")
    found = field.verdicts("polarity")
    assert len(found["flagged-invalid"]) == DAYS * ROWS
    assert (
        len(found["polarity"]) == 2 * DAYS
    )  # of a batch the first and last: the link may declare the opposite
    assert field.completeness("polarity")["rate"] == 1


def test_10_a_batch_that_is_sent_again_counts_once(field: Field) -> None:
    assert field.send("resend")["resent"] == DAYS
    batches = field.batches("resend")
    assert [(each["rows"], each["accepted"], each["duplicate"]) for each in batches] == [
        (ROWS, ROWS, 0)
    ] * DAYS
    assert field.completeness("resend")["received"] == DAYS * ROWS


def test_11_a_device_with_addresses_of_its_own_is_answered_at_the_paths_of_the_field(field: Field) -> None:
    field.send("hard-coded-urls")
    assert field.completeness("hard-coded-urls")["rate"] == 1


def test_13_a_device_that_never_fetches_the_dictionary_is_told_and_seen(field: Field) -> None:
    field.send("old-dictionary", days=1)
    seen = field.device("old-dictionary")["seen"]
    assert seen["dictionaryTold"]
    assert seen["dictionaryOld"] is True
    field.send("good", days=1)
    assert field.device("good")["seen"]["dictionaryOld"] is False


def test_14_a_malformed_code_is_named_by_its_segment_and_sinks_nothing(field: Field) -> None:
    field.send("malformed-code")
    refused = field.refused("malformed-code")["malformed-data-code"]
    assert len(refused) == DAYS
    assert all("equipment (TTNN)" in row["why"] or "class" in row["why"] for row in refused)
    assert field.completeness("malformed-code")["rate"] == 1
    assert any("energyTypeCode" in problem for problem in field.device("malformed-code")["problems"])


def test_15_a_meter_replaced_without_its_readings_shows_as_a_negative_use(field: Field) -> None:
    field.send("meter-replaced")
    (verdict,) = field.verdicts("meter-replaced")["negative"]
    assert "-48211.37" in verdict["detail"]
    assert field.completeness("meter-replaced")["rate"] == 1


def test_18_days_delivered_late_are_booked_on_their_own_days_and_were_not_there_before(field: Field) -> None:
    before = {"batch": field.ask("{ nation { latestBatch { id } } }")["nation"]["latestBatch"]["id"]}
    field.send("late")
    found = field.completeness("late")
    assert [(row["day"], row["received"]) for row in found["rows"]] == [
        (str(day.date()), ROWS) for day in field.slots()[::SLOTS]
    ]
    assert field.completeness("late", before)["received"] == 0


def test_19_a_unit_a_thousand_times_too_large_is_outside_the_declared_range(field: Field) -> None:
    field.send("times-1000")
    found = field.verdicts("times-1000")["declared-range"]
    assert len(found) == ROWS
    assert {each["start"][:10] for each in found} <= {str(field.last), str(field.slots()[-SLOTS - 1].date())}


def test_19_a_day_without_its_transformers_ratio_is_not_what_the_day_itself_says(field: Field) -> None:
    field.send("ct-forgotten")
    found = field.verdicts("ct-forgotten")["sum-differs"]
    assert [each["start"][:10] for each in found] == [str(field.last)] * 2
    assert {each["dataCode"] for each in found} == {ELECTRICITY, GAS}


def test_20_one_bad_row_is_refused_with_its_number_and_the_others_are_acknowledged(field: Field) -> None:
    field.send("bad-row")
    refused = field.refused("bad-row")["not-a-number"]
    assert [row["row"] for row in refused] == [ROWS + 1] * DAYS
    assert field.completeness("bad-row")["rate"] == 1


def test_21_empty_reports_do_not_count_as_arrived(field: Field) -> None:
    field.send("empty-reports")
    assert field.batches("empty-reports") == []
    assert field.completeness("empty-reports")["received"] == 0
    assert field.device("empty-reports")["seen"]["uploadedAt"] is None


def test_21_no_rate_is_over_one_whatever_is_sent_twice(field: Field) -> None:
    field.send("twice-a-period")
    found = field.completeness("twice-a-period")
    assert (found["received"], found["rate"]) == (found["due"], 1)
    assert all(row["rate"] <= 1 for row in found["rows"])
    assert len(field.readings("twice-a-period")["readings"]) == DAYS * SLOTS


def test_22_the_same_completeness_stands_on_every_screen(field: Field) -> None:
    name = f"gaps at {ALONE}"
    field.send(name)
    received, due = DAYS * 2 * (SLOTS - SLOTS // 5), DAYS * ROWS
    found = field.completeness(name)
    assert (found["received"], found["due"]) == (received, due)
    figures = {
        "unit": found["rate"],
        "days": sum(row["received"] for row in found["rows"]) / sum(row["due"] for row in found["rows"]),
        **field.rates_of_province(ALONE),
    }
    assert figures == dict.fromkeys(figures, received / due)
    assert set(figures) == {"unit", "days", "nation", "province", "list", "dashboard", "command"}
