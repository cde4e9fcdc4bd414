"""A large export is judged some rows at a time, with the same result, and with a bar where somebody watches."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.device import app
from hub.device_check.files import ROWS_AN_UPLOAD, conversation_in
from hub.device_check.heard import Step
from tests.hub.device_check.exported import checked, codes

MORE = 3
ROWS = [
    {
        "dataCode": f"00-00-{place // 100:02d}{place % 100:02d}-023300-11", "dataValue": f"{place % 997 + 1.5}",
        "inputType": "4", "statType": "1", "statDate": f"2026-11-{day:02d} 00:00:00", "valid": "0",
        "scope": "4" if place else "1",
    }
    for day in (16, 17, 18)
    for place in range((ROWS_AN_UPLOAD + MORE) // 3 + 1)
][: ROWS_AN_UPLOAD + MORE]  # fmt: skip


@pytest.fixture(params=["lines", "array", "csv"])
def large(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """An export of some more rows than are judged at once."""
    file = tmp_path / ("export.csv" if request.param == "csv" else "export.json")
    if request.param == "csv":
        with file.open("w", encoding="gb18030", newline="") as out:
            writer = csv.DictWriter(out, list(ROWS[0]))
            writer.writeheader()
            writer.writerows(ROWS)
    else:
        file.write_text(
            "\n".join(map(json.dumps, ROWS)) if request.param == "lines" else json.dumps(ROWS), "utf-8"
        )
    return file


def test_more_rows_than_are_judged_at_once_are_several_uploads_and_the_same_readings(large: Path) -> None:
    heard = conversation_in(large)
    assert [(each.number, each.step) for each in heard] == [(1, Step.DATA), (2, Step.DATA)]
    assert len(json.loads(heard[1].rows)) == MORE
    report = checked(large)
    assert (report.summary.readings, report.summary.days) == (len(ROWS), 3)
    assert codes(report) == set()


@pytest.mark.parametrize("first", ["", "no json\n", "\ufeff"])
def test_lines_are_read_one_by_one_whatever_stands_before_them(tmp_path: Path, first: str) -> None:
    file = tmp_path / "export.ndjson"
    file.write_text(first + "\n\n".join(map(json.dumps, ROWS[:5])) + "\n", "utf-8")
    assert checked(file).summary.readings == 5


@pytest.mark.parametrize("is_watched", [True, False])
def test_a_bar_is_drawn_where_somebody_watches_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_watched: bool
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1" if is_watched else "0")
    file = tmp_path / "export.json"
    file.write_text(json.dumps(ROWS[:5]), "utf-8")
    done = CliRunner().invoke(app, ["check", str(file)])
    assert ("judging" in done.stderr or "reading" in done.stderr or "looking" in done.stderr) == is_watched
    assert "verdict: conforms" in done.stdout
