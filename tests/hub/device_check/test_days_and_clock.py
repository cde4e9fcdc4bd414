"""What the bench says of a clock that is wrong, of days far apart and of too little: each once, and by its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from hub.device_check.bench import Report
from hub.device_check.telling import Tongue, told
from tests.hub.device_check.exported import checked, codes, export

LABELS = [f"2026-11-{day} 00:00:00" for day in range(16, 22)]


def days(folder: Path, labels: Iterable[str], stat_type: str = "1") -> Report:
    """The report of an export with these labels."""
    rows = [
        {
            "dataCode": "00-00-0000-023300-11", "dataValue": f"{1200.5 + place}", "inputType": "4", "statType": stat_type,
            "scope": "1", "statDate": label, "valid": "0",
        }
        for place, label in enumerate(labels)
    ]  # fmt: skip
    file = folder / "export.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    return checked(file)


def test_labels_days_ahead_are_a_clock_that_is_wrong_and_no_twelve_hours(tmp_path: Path) -> None:
    report = checked(export(tmp_path, "future"))
    assert codes(report) == {"clock-ahead"}
    assert not report.conforms


@pytest.mark.parametrize(
    ("label", "code"), [("2026-11-23 18:00:00", "twelve-hour"), ("2026-11-24 00:00:00", "clock-ahead")]
)
def test_a_label_some_hours_ahead_may_be_twelve_hours_and_one_further_is_none(
    tmp_path: Path, label: str, code: str
) -> None:
    assert code in codes(days(tmp_path, [label], "0"))


def test_one_label_of_ten_years_ago_is_one_line_with_its_reason_and_no_missing_day(tmp_path: Path) -> None:
    report = days(tmp_path, ["2016-11-16 00:00:00", *LABELS])
    (finding,) = report.findings
    assert finding.check.code == "days-apart"
    assert finding.found.evidence == "2016-11-16 … 2026-11-16, 3651 d > 184 d"
    assert "a clock never set" in "".join(told(report, Tongue.ENGLISH))
    assert report.summary.days == 7
    assert report.summary.completeness == 1


def test_a_gap_a_device_can_fill_is_missing_days(tmp_path: Path) -> None:
    report = days(tmp_path, ["2026-05-15 00:00:00", *LABELS])
    missing = next(each.found for each in report.findings if each.check.code == "no-back-fill")
    assert (missing.count, missing.evidence[:10]) == (184, "2026-05-16")
    assert "days-apart" not in codes(report)
    assert "days-apart" in codes(days(tmp_path, ["2026-05-14 00:00:00", *LABELS]))


def test_too_little_is_told_with_the_share_that_is_expected(tmp_path: Path) -> None:
    report = checked(export(tmp_path, "gaps"))
    (finding,) = [each for each in report.findings if each.check.code == "incomplete"]
    assert finding.found.evidence.endswith("% < 90.0 %")
    for tongue, words in (
        (Tongue.CHINESE, "完整率低于 90.0 %"),
        (Tongue.ENGLISH, "completeness is below 90.0 %"),
    ):
        assert any(words in line for line in told(report, tongue))


def test_nine_tenths_are_enough(tmp_path: Path) -> None:
    labels = [f"2026-11-{day:02d} 00:00:00" for day in range(3, 23)]
    assert "incomplete" not in codes(days(tmp_path, labels[:9] + labels[11:]))
    assert "incomplete" in codes(days(tmp_path, labels[:9] + labels[12:]))
