"""JSON that was laid down: every digit kept, each bad row told by itself, and what is no JSON never no data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError, MalformedBody, TooLarge
from graph.model.drift import ColumnDrift, DriftKind
from graph.ports import RAW_ROW
from provincial_adapters._file_drop import json_lines
from provincial_adapters._mapping.arrange import arranged
from provincial_adapters._mapping.lines import Lines
from tests.provincial_adapters.test_file_drop import GAS, POWER, deliveries, hour, mapping, refused, rows

TIME = "2026-11-01 00:00"
FIRST = '{"time": "2026-11-01 00:00", "kWh": 1.50}'
SECOND = '{"kWh": "2", "time": "2026-11-01 01:00"}'
TWO_VALUES = [{"column": "kWh", "data_code": POWER}, {"column": "m3", "data_code": GAS}]


@pytest.mark.parametrize(
    ("content", "changes", "numbers"),
    [
        (f"[{FIRST},\n {SECOND}]", {}, [1, 2]),
        (f"\ufeff[{FIRST}, {SECOND}]", {}, [1, 2]),
        (f"{FIRST}\n\n{SECOND}\n", {}, [1, 3]),
        (f"{FIRST}\r\n{SECOND}", {}, [1, 2]),
        (
            f'{{"code": 0, "data": {{"items": [{FIRST}, {SECOND}], "more": 1}}}}',
            {"rows": "$.data.items[*]"},
            [1, 2],
        ),
        (f'[[], {{"行": [{FIRST}, {SECOND}]}}]', {"rows": "$[-1]['行'][*]"}, [1, 2]),
    ],
)
def test_rows_stand_in_an_array_on_lines_or_inside_of_an_object(
    tmp_path: Path, content: str, changes: dict[str, Any], numbers: list[int]
) -> None:
    found = rows(deliveries(tmp_path, content, mapping(**changes), "a.json"))
    assert [(row["row"], row["start"], row["value"]) for row in found] == [
        (numbers[0], hour(0), "1.50"),
        (numbers[1], hour(1), "2"),
    ]


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?", fullmatch=True))
def test_a_number_keeps_every_digit(tmp_path_factory: pytest.TempPathFactory, written: str) -> None:
    content = f'[{{"time": "{TIME}", "kWh": {written}}}]'
    (row,) = rows(deliveries(tmp_path_factory.mktemp("json"), content, mapping(), "a.json"))
    assert row["value"] == written


def test_a_row_that_is_none_costs_itself(tmp_path: Path) -> None:
    content = f'{FIRST}\n{{"time": \n[1]\n"text"\n{{"time": "{TIME}", "kWh": "\\ud800"}}\n{SECOND}\n'
    found = deliveries(tmp_path, content, mapping(), "a.ndjson")
    assert [row["row"] for row in rows(found)] == [1, 6]
    assert [(row["row"], row["code"]) for row in refused(found)] == [
        (n, "malformed-row") for n in (2, 3, 4, 5)
    ]
    assert refused(found)[0]["raw"] == '{"time": '


def test_a_key_some_rows_lack_is_blank_there_and_true_is_no_number(tmp_path: Path) -> None:
    content = f'[{{"time": "{TIME}"}}, {FIRST}, {{"time": null, "kWh": true}}]'
    found = rows(deliveries(tmp_path, content, mapping(), "a.json"))
    assert [(row["label"], row["value"]) for row in found] == [(TIME, None), (TIME, "1.50"), (None, "true")]


def test_a_column_of_values_with_parts_is_retyped_and_kept_as_it_came(tmp_path: Path) -> None:
    content = (
        f'[{{"time": "{TIME}", "kWh": {{"v": 1.50}}, "m3": 2}}, {{"time": "{TIME}", "kWh": null, "m3": 3}}]'
    )
    (found,) = deliveries(tmp_path, content, mapping(values=TWO_VALUES), "a.json")
    assert found.drift == (ColumnDrift("kWh", DriftKind.RETYPED, "struct<json: string>"),)
    assert [(row["data_code"], row["value"]) for row in rows([found])] == [
        (POWER, None), (POWER, None), (GAS, "2"), (GAS, "3"),
    ]  # fmt: skip
    assert found.raw is not None
    assert found.raw.to_pylist() == [
        {RAW_ROW: 1, "time": TIME, "kWh": {"json": '{"v": 1.50}'}, "m3": "2"},
        {RAW_ROW: 2, "time": TIME, "kWh": None, "m3": "3"},
    ]


def test_one_value_with_parts_among_numbers_costs_itself(tmp_path: Path) -> None:
    content = f'[{FIRST}, {{"time": "{TIME}", "kWh": [2]}}]'
    (found,) = deliveries(tmp_path, content, mapping(), "a.json")
    assert found.drift == ()
    assert [row["value"] for row in rows([found])] == ["1.50", "[2]"]


def test_json_drifts_as_any_source_and_a_mended_mapping_reads_its_rows(tmp_path: Path) -> None:
    content = f'[{{"day": "{TIME}", "kWh": 1, "note": "!"}}]'
    (found,) = deliveries(tmp_path, content, mapping(), "a.json")
    assert [(each.column, each.kind) for each in found.drift] == [
        ("time", "missing"), ("day", "new"), ("note", "new"),
    ]  # fmt: skip
    assert found.raw is not None
    again = arranged(Lines.of_raw(found.raw), mapping(label_column="day"))
    assert [(row["row"], row["value"]) for row in again.table.to_pylist()] == [(1, "1")]


def test_many_rows_are_one_table_in_equal_deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "ROWS_AT_ONCE", 7)
    content = "\n".join(
        json.dumps({"time": TIME, "kWh": n} | ({"late": 1} if n > 50 else {})) for n in range(100)
    )
    (found,) = deliveries(tmp_path, content, mapping(), "a.jsonl")
    assert [row["value"] for row in rows([found])] == [str(n) for n in range(100)]
    assert [each.column for each in found.drift] == ["late"]


@pytest.mark.parametrize(
    ("content", "changes", "why"),
    [
        ("<html><body>please sign in</body></html>", {}, r"a\.json: \$: is no JSON array of rows"),
        ("[1, 2", {}, r"a\.json: \$: is no JSON array of rows"),
        ("[]", {}, "holds no row that is an object"),
        ("[1, null]", {}, "holds no row that is an object"),
        ('{"time": \n 1,\n "data": []}', {}, "is one object, expected .*`rows` says where"),
        ('{"code": 0, "data": []}', {}, "none of the mapped columns time, kWh; came code, data"),
        (
            '{"code": 0, "data": {"rows": []}}',
            {"rows": "$.data.items[*]"},
            r"\$\.data: has no 'items'; came 'rows'",
        ),
        ('{"code": 0, "data": 1}', {"rows": "$.data.items[*]"}, r"\$\.data: is no JSON object"),
        ('{"code": 0, "data": {}}', {"rows": "$.data[*]"}, r"\$\.data: is no JSON array of rows"),
        ("[[1]]", {"rows": "$[3][*]"}, r"\$: has no entry 3, but 1 of them"),
        ("time,kWh\n2026-11-01 00:00,1\n", {}, "named as JSON, and begins as CSV"),
        ("[" * 100_000, {}, r"a\.json: \$: is no JSON array of rows"),
    ],
)
def test_what_is_no_json_of_rows_says_so_and_is_never_no_data(
    tmp_path: Path, content: str, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(MalformedBody, match=why) as caught:
        deliveries(tmp_path, content, mapping(**changes), "a.json")
    assert "a.json" in str(caught.value)


def test_json_is_bounded_in_bytes_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {f"k{n}": n for n in range(1_001)}
    with pytest.raises(TooLarge, match="more than 1000 names"):
        deliveries(tmp_path, json.dumps([keys]), mapping(), "a.json")
    monkeypatch.setattr(json_lines, "FILE_BYTES_MAX", 10)
    with pytest.raises(TooLarge, match="at most 10 of JSON"):
        deliveries(tmp_path, f"[{FIRST}]", mapping(), "a.json")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"header_row": 0}, "header_row: came 0, expected a whole number from 1 to 1000"),
        ({"header_row": True}, "header_row: came True"),
        ({"sheet": 3}, "sheet: came 3, expected text"),
        ({"rows": "data.items"}, "rows: 'data.items': a selector begins with"),
        ({"rows": "$.data.items"}, "rows are the entries of a list"),
        ({"rows": "$.data[*].rows[*]"}, "expected one array"),
    ],
)
def test_what_a_mapping_says_of_a_format_is_checked(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        mapping(**changes)
