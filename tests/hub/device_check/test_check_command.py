"""`nengshu device check FILE` says what is wrong with an export, in both languages, and ends with a verdict."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.cli.device import app
from hub.device_check.files import conversation_in
from hub.simulate._device_rows import posts
from hub.simulate.device import app as simulated
from tests.hub.device_check.exported import NOW, checked, codes, export, plan


def run(*words: str) -> Result:
    """The command with these words."""
    return CliRunner().invoke(app, ["check", *words])


def row(**other: Any) -> dict[str, Any]:
    """A day of electricity."""
    return {
        "dataCode": "00-00-0000-023300-11", "dataValue": "1200.5", "inputType": "4", "statType": "1", "scope": "1",
        "statDate": "2026-11-16 00:00:00", "uploadDate": "2026-11-17 01:00:00", "valid": "0", **other,
    }  # fmt: skip


def test_a_clean_export_conforms_in_both_languages(tmp_path: Path) -> None:
    done = run(str(export(tmp_path)), "--valid-means", "0")
    assert done.exit_code == 0, done.output
    assert "结论：符合" in done.output
    assert "verdict: conforms" in done.output
    assert "completeness 100.0 %" in done.output


def test_a_fault_is_told_by_message_row_and_field_with_its_number_and_what_to_mend(tmp_path: Path) -> None:
    done = run(str(export(tmp_path, "false-zeros")))
    assert done.exit_code == 1
    for words in (
        "现场问题 1", "field failure 1", "第 4 条报文", "message 4, row", "dataValue", "= 0.00", "整改：", "mend: ",
        "verdict: does not conform",
    ):  # fmt: skip
        assert words in done.output, words


@pytest.mark.parametrize(("lang", "there", "not_there"), [("zh", "整改", "mend:"), ("en", "mend:", "整改")])
def test_one_language_alone_may_be_asked_for(tmp_path: Path, lang: str, there: str, not_there: str) -> None:
    said = run(str(export(tmp_path, "false-zeros")), "--lang", lang).output
    assert there in said
    assert not_there not in said


def test_machines_get_json(tmp_path: Path) -> None:
    done = run(str(export(tmp_path, "malformed-code")), "--json")
    said = json.loads(done.output)
    assert done.exit_code == 1
    assert said["conforms"] is False
    assert {14} <= {number for finding in said["findings"] for number in finding["failures"]}
    assert any(finding["field"] == "collectItemConfig[5].energyTypeCode" for finding in said["findings"])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"no file .*none\.json") as told:
        raise run(str(tmp_path / "none.json")).exception or AssertionError
    assert "CONFIGURATION" in getattr(told.value, "code", "")


def test_what_is_no_json_is_told_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"deviceId": "x"}\n{"deviceId": \n', encoding="utf-8")
    with pytest.raises(Exception, match="object 2"):
        conversation_in(file)


def test_an_export_without_readings_does_not_conform(tmp_path: Path) -> None:
    file = tmp_path / "nothing.json"
    file.write_text("[]", encoding="utf-8")
    done = run(str(file))
    assert done.exit_code == 1
    assert "verdict: nothing to look at" in done.output


@pytest.mark.parametrize("shape", ["array", "lines", "message", "enveloped", "marked", "records"])
def test_the_same_rows_in_any_shape_are_the_same_readings(tmp_path: Path, shape: str) -> None:
    rows = [row(), row(statDate="2026-11-17 00:00:00", dataValue=1300)]
    upload = {"deviceId": "x", "enterpriseCode": "91990000MA0000001B", "data": rows}
    records = [{**each, "enterpriseCode": "91990000MA0000001B", "convertRation": "0.1229"} for each in rows]
    written = {
        "array": json.dumps(rows),
        "lines": "\r\n".join(map(json.dumps, rows)),
        "message": json.dumps(upload),
        "enveloped": json.dumps(
            [{"url": "https://x/enterprise/uploadEnergyData", "body": json.dumps(upload)}]
        ),
        "marked": "\ufeff" + json.dumps(rows),
        "records": json.dumps(records),
    }[shape]
    file = tmp_path / "export.json"
    file.write_text(written, encoding="utf-8")
    report = checked(file)
    assert (report.summary.readings, report.summary.points, report.summary.days) == (2, 1, 2)
    assert report.conforms, codes(report)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_rows_of_a_spreadsheet_are_read_too(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "export.CSV"
    rows = [row(remark="厂"), row(remark="区", dataValue="n/a")]
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    report = checked(file)
    assert codes(report) == {"bad-rows"}
    (finding,) = report.findings
    assert (finding.found.message, finding.found.row, finding.found.field) == (1, 2, "dataValue")


def test_a_record_that_is_wrong_is_told_by_its_message(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson"
    records = [
        {**row(), "convertRation": 1},
        {**row(), "convertRation": 1, "dataCode": "00-00-0000023400-80"},
    ]
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    (finding,) = checked(file).findings
    assert (finding.check.code, finding.found.message, finding.found.row) == ("malformed-codes", 2, 1)


def test_the_simulated_device_lists_its_faults_and_exports_them(tmp_path: Path) -> None:
    listed = CliRunner().invoke(simulated, ["--faults"])
    assert listed.exit_code == 0
    assert " 7  twelve-hour" in listed.output
    file = tmp_path / "device.ndjson"
    words = ["--export", str(file), "--start", "2026-11-16", "--days", "3", "--fault", "twelve-hour"]
    assert CliRunner().invoke(simulated, words).exit_code == 0
    assert "field failure 7" in run(str(file)).output
    unknown = CliRunner().invoke(simulated, [*words, "--fault", "none"])
    assert unknown.exit_code == 1
    assert "there are false-zeros" in unknown.stderr


def test_a_device_without_address_and_file_is_told_what_is_missing() -> None:
    done = CliRunner().invoke(simulated, [])
    assert done.exit_code == 1
    assert "--base-url" in done.stderr


def test_days_sent_besides_are_the_sum_of_their_quarter_hours() -> None:
    (rows,) = posts(plan(days=1), NOW)
    days = [each for each in rows if each["statType"] == "1"]
    assert len(days) == 2
    assert len(rows) == 2 * 97
