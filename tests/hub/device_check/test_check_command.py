"""`nengshu device check FILE` says what is wrong with an export, in both languages, and ends with a verdict."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from graph.errors import MalformedBody
from hub.cli.device import app
from hub.device_check.files import conversation_in
from hub.device_check.telling import Tongue, told
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


def test_a_file_that_is_not_there_is_told_in_both_languages_and_by_an_exit_code_of_its_own(
    tmp_path: Path,
) -> None:
    done = run(str(tmp_path / "none.json"))
    assert done.exit_code == 3
    assert all(words in done.stderr for words in ("CONFIGURATION", "没有此文件", "no file", "none.json"))


@pytest.mark.parametrize(
    ("content", "chinese"), [("no json", "没有一行是 JSON 对象"), ("[1, 2", "不是 JSON 数组")]
)
def test_what_cannot_be_read_is_told_in_both_languages_and_is_no_device_that_does_not_conform(
    tmp_path: Path, content: str, chinese: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(content, encoding="utf-8")
    done = run(str(file), "--lang", "en")
    assert (done.exit_code, done.stdout) == (3, "")
    assert all(words in done.stderr for words in ("MALFORMED_BODY", "cannot be checked", chinese, file.name))
    assert run(str(file), "--valid-means", "7").exit_code == 3


def test_a_line_that_is_no_json_is_told_by_its_place_and_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "broken.ndjson"
    lines = [json.dumps(row()), '{"deviceId": ', json.dumps(row(statDate="2026-11-17 00:00:00")), '{"data']
    file.write_text("\n".join(lines), encoding="utf-8")
    report = checked(file)
    assert (report.summary.readings, report.summary.messages) == (2, 3)
    (finding,) = report.findings
    assert (finding.check.code, finding.found.count) == ("bad-rows", 2)
    assert finding.found.evidence.startswith("object 2: ")


@pytest.mark.parametrize("name", ["broken.json", "broken.csv", "long.csv"])
def test_a_file_of_which_nothing_can_be_read_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("数据编码,数据值\n1,2\n" if name == "broken.csv" else "0" * 200_000, encoding="gb18030")
    with pytest.raises(MalformedBody, match="数据编码" if name == "broken.csv" else None):
        conversation_in(file)


def test_a_spreadsheet_without_a_row_is_nothing_to_look_at(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    assert not checked(file).findings


@pytest.mark.parametrize(
    "message",
    [
        {"path": "/enterprise/uploadEnergyData", "body": {}},
        {"path": "/enterprise/uploadEnergyData", "body": None},
        {"path": "/enterprise/uploadEnergyData", "body": "no json"},
    ],
)
def test_an_upload_without_data_or_of_nothing_is_told(tmp_path: Path, message: dict[str, Any]) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps([message, {"data": [row()]}]), encoding="utf-8")
    report = checked(file)
    assert codes(report) == {"bad-rows"}
    assert report.summary.readings == 1


def test_a_log_in_gb_18030_is_read_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "export.ndjson"
    said = [
        {
            "path": "/YNEnergy/enterpriseInfo/apply",
            "body": {"enterpriseCode": "虚构", "enterpriseName": "虚构甲厂"},
        },
        {"enterpriseCode": "虚构", "data": [row(remark="厂")]},
    ]
    file.write_bytes("\n".join(json.dumps(each, ensure_ascii=False) for each in said).encode("gb18030"))
    assert checked(file).summary.readings == 1


def test_a_kind_of_bad_row_is_told_once_however_many_there_are(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    rows = [row(statDate=f"2026/11/{day:02d} 00:00:00") for day in range(10, 17)]
    file.write_text(
        json.dumps([*rows, {name: value for name, value in row().items() if name != "dataValue"}]),
        encoding="utf-8",
    )
    found = [(each.found.field, each.found.count) for each in checked(file).findings]
    assert sorted(found) == [("dataValue", 1), ("statDate", 7)]


def test_a_label_of_the_future_neither_stretches_the_days_nor_leaves_gaps(tmp_path: Path) -> None:
    future = checked(export(tmp_path, "future"))
    assert "no-back-fill" not in codes(future)
    assert future.summary.completeness == checked(export(tmp_path)).summary.completeness


def test_what_a_device_says_never_steers_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps([row(dataCode="\x1b[2J\x07")]), encoding="utf-8")
    assert not {"\x1b", "\x07"} & set("".join(told(checked(file), Tongue.BOTH)))


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_of_a_spreadsheet_are_read_too(tmp_path: Path, separator: str, encoding: str) -> None:
    file = tmp_path / "export.CSV"
    rows = [row(remark="厂"), row(remark="区", dataValue="n/a")]
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
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
