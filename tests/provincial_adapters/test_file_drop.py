"""Files that were laid down become readings; a bad line costs itself, a bad file says where and why."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput, MalformedBody, TooLarge
from graph.model.period import BEIJING
from graph.model.principal import Reach
from graph.model.reading import REJECTIONS
from graph.model.region import RegionCode
from graph.ports import Delivery
from provincial_adapters._file_drop import csv_lines
from provincial_adapters._toolkit import malformed_lines
from provincial_adapters.file_drop import FileMapping, read

UNIT = "91970000MA00000013"
POWER, GAS = "0000000002330011", "0000000001150011"
HOURLY: dict[str, Any] = {
    "unit": UNIT,
    "granularity": "hour",
    "label_column": "time",
    "date_format": "%Y-%m-%d %H:%M",
    "label": "start",
    "values": [{"column": "kWh", "data_code": POWER}],
}
LINES = "time,kWh\n2026-11-01 00:00,1.50\n2026-11-01 01:00,2\n2026-11-01 02:00,x\n"


def mapping(**changes: Any) -> FileMapping:
    return FileMapping.of_table({**HOURLY, **changes})


def deliveries(folder: Path, content: str | bytes, given: FileMapping, name: str = "a.csv") -> list[Delivery]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(path, given, source="drop"))


def rows(found: list[Delivery]) -> list[dict[str, Any]]:
    return [row for delivery in found for row in delivery.arrived.table.to_pylist()]


def refused(found: list[Delivery]) -> list[dict[str, Any]]:
    assert all(delivery.arrived.rejections.schema == REJECTIONS for delivery in found)
    return [row for delivery in found for row in delivery.arrived.rejections.to_pylist()]


def hour(number: int) -> dt.datetime:
    return dt.datetime(2026, 11, 1, number, tzinfo=BEIJING)


def test_values_stay_what_was_written_and_rows_are_lines_of_the_file(tmp_path: Path) -> None:
    found = rows(deliveries(tmp_path, LINES, mapping()))
    assert [(row["row"], row["start"], row["value"]) for row in found] == [
        (2, hour(0), "1.50"),
        (3, hour(1), "2"),
        (4, hour(2), "x"),
    ]
    assert {(row["unit"], row["data_code"], row["granularity"], row["origin"]) for row in found} == {
        (UNIT, POWER, "hour", "instrument")
    }
    assert {row["version"] for row in found} == {None}


@pytest.mark.parametrize(
    ("encoding", "begins"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("gbk", b"")]
)
def test_a_chinese_export_is_read_in_its_encoding(tmp_path: Path, encoding: str, begins: bytes) -> None:
    text = "时间;用电量\r\n2026/11/1 0:00;3.5\r\n"
    given = mapping(
        label_column="时间",
        date_format="%Y/%m/%d %H:%M",
        encoding=encoding,
        delimiter=";",
        values=[{"column": "用电量", "data_code": POWER}],
    )
    (row,) = rows(deliveries(tmp_path, begins + text.encode(encoding), given))
    assert (row["start"], row["value"], row["label"]) == (hour(0), "3.5", "2026/11/1 0:00")


def test_malformed_lines_are_refused_with_their_number_and_text_and_the_rest_is_kept(tmp_path: Path) -> None:
    text = "time,kWh,note\n2026-11-01 00:00,1,\n2026-11-01 01:00,2\n\n2026-11-01 02:00,3,a,b\n2026-11-01 03:00,4,\n"
    found = deliveries(tmp_path, text, mapping())
    assert [(row["row"], row["value"]) for row in rows(found)] == [(2, "1"), (6, "4")]
    assert refused(found) == [
        {"row": 3, "code": "malformed-row", "why": "expected 3 fields, came 2", "raw": "2026-11-01 01:00,2"},
        {
            "row": 5,
            "code": "malformed-row",
            "why": "expected 3 fields, came 4",
            "raw": "2026-11-01 02:00,3,a,b",
        },
    ]


def test_line_numbers_hold_over_many_blocks_and_deliveries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 500)
    lines = [f"2026-11-01 00:00,{n}" if n % 7 else "broken" for n in range(2, 1000)]
    (tmp_path / "a.csv").write_text("time,kWh\n" + "\n".join(lines))
    found = list(read(tmp_path / "a.csv", mapping(), source="drop", readings_max=90))
    assert [(row["row"], row["value"]) for row in rows(found)] == [
        (n, str(n)) for n in range(2, 1000) if n % 7
    ]
    assert [row["row"] for row in refused(found)] == [n for n in range(2, 1000) if n % 7 == 0]
    assert {delivery.arrived.table.num_rows for delivery in found[:-1]} == {90}


def test_a_label_that_cannot_be_read_is_null_with_its_text_kept(tmp_path: Path) -> None:
    (row,) = rows(deliveries(tmp_path, "time,kWh\n31/02/2026,1\n", mapping()))
    assert (row["start"], row["label"]) == (None, "31/02/2026")


def test_several_columns_have_their_own_codes_and_factors(tmp_path: Path) -> None:
    given = mapping(
        values=[
            {"column": "MWh", "data_code": POWER, "measure": "MWh"},
            {"column": "gas", "data_code": GAS, "measure": "万m3", "factor": "0.5"},
        ]
    )
    found = rows(
        deliveries(tmp_path, "time,MWh,gas\n2026-11-01 00:00,1.2345,n/a\n2026-11-01 01:00,0.1,2\n", given)
    )
    assert [(row["row"], row["data_code"], row["value"]) for row in found] == [
        (2, POWER, "1234.5"),
        (3, POWER, "100"),
        (2, GAS, "n/a"),
        (3, GAS, "10000"),
    ]


def test_unit_code_and_version_may_stand_in_columns(tmp_path: Path) -> None:
    table = {key: value for key, value in HOURLY.items() if key != "unit"}
    given = FileMapping.of_table(
        {
            **table,
            "unit_column": "who",
            "version_column": "written",
            "values": [{"column": "v", "data_code_column": "code"}],
        }
    )
    text = (
        "time,who,code,v,written\n"
        "2026-11-01 00:00, 91970000MA00000013 ,00-00-0000-023300-11,1,2026-11-02 01:00:00\n"
        "2026-11-01 01:00,nobody,00-00-0000023400-80,2,\n"
    )
    first, second = rows(deliveries(tmp_path, text, given))
    assert (first["unit"], first["data_code"]) == (UNIT, POWER)
    assert first["version"] == dt.datetime(2026, 11, 2, 1, tzinfo=BEIJING)
    assert (second["unit"], second["data_code"], second["version"]) == ("nobody", "00-00-0000023400-80", None)


def test_a_code_that_is_not_summed_in_the_files_measure_is_refused(tmp_path: Path) -> None:
    given = mapping(values=[{"column": "v", "data_code_column": "code", "measure": "MWh"}])
    text = f"time,code,v\n2026-11-01 00:00,{POWER},1\n2026-11-01 00:00,{GAS},2\n2026-11-01 00:00,strange,3\n"
    found = deliveries(tmp_path, text, given)
    assert [(row["data_code"], row["value"]) for row in rows(found)] == [(POWER, "1000"), ("strange", "3000")]
    (wrong,) = refused(found)
    assert (wrong["row"], wrong["code"]) == (3, "measure-mismatch")
    assert "natural gas" in wrong["why"]


def test_the_same_file_has_the_same_keys_and_another_mapping_others(tmp_path: Path) -> None:
    first = deliveries(tmp_path, LINES, mapping())
    again = deliveries(tmp_path, LINES, mapping(), name="b.csv")
    other = deliveries(tmp_path, LINES, mapping(label="end"))
    assert [d.key for d in first] == [d.key for d in again] != [d.key for d in other]
    assert len(first[0].key) <= 128
    assert first[0].key.isascii()


def test_a_delivery_says_who_and_within_which_reach(tmp_path: Path) -> None:
    path, told = tmp_path / "a.csv", []
    path.write_text(LINES)
    reach = Reach(region=RegionCode("970000"))
    (found,) = read(
        path, mapping(), source="link-97", reach=reach, told=lambda now, all_: told.append((now, all_))
    )
    assert (found.source, found.reach, len(found.digest)) == ("link-97", reach, 64)
    assert told == [(len(LINES), len(LINES))]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "blank"),
        (b"time,kWh\n", "no row"),
        (b"time,kWh", "no row"),
        (b"hour,MWh\n2026-11-01 00:00,1\n", "none of the mapped columns time, kWh; came hour, MWh"),
        (b"time,kWh,kWh\n2026-11-01 00:00,1,2\n", "'kWh' 2 times"),
        (b"time,kWh\n\xff\xfe,1\n", "expected utf-8"),
        (b"\xff\xfet,kWh\n1,1\n", "line 1 is no header in utf-8"),
        (b"PAR1 and nothing more", "not a whole Parquet file"),
    ],
)
def test_a_file_that_is_none_names_itself_and_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(MalformedBody, match=why) as caught:
        deliveries(tmp_path, content, mapping())
    assert "a.csv" in str(caught.value)


def test_a_file_of_nothing_but_malformed_lines_refuses_each_of_them(tmp_path: Path) -> None:
    found = deliveries(tmp_path, "time,kWh\n1\n2\n", mapping())
    assert rows(found) == []
    assert [row["row"] for row in refused(found)] == [2, 3]


def test_too_many_malformed_lines_are_a_wrong_delimiter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malformed_lines, "MALFORMED_LINES_MAX", 10)
    with pytest.raises(MalformedBody, match="is the delimiter right"):
        deliveries(tmp_path, "time,kWh\n" + "a;b\n" * 11, mapping())


def test_a_line_longer_than_a_block_is_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 1000)
    with pytest.raises(MalformedBody, match=r"a\.csv"):
        deliveries(tmp_path, "time,kWh\n" + "2026-11-01 00:00,1\n" * 100 + "x" * 5000 + ",1\n", mapping())


def test_only_regular_files_within_bounds_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LINES)
    link, pipe = tmp_path / "link.csv", tmp_path / "pipe.csv"
    link.symlink_to(path)
    os.mkfifo(pipe)
    with pytest.raises(InvalidInput, match="symbolic link"):
        next(read(link, mapping(), source="drop"))
    with pytest.raises(InvalidInput, match="not a regular file"):
        next(read(pipe, mapping(), source="drop"))
    with pytest.raises(InvalidInput, match="not a regular file"):
        next(read(tmp_path, mapping(), source="drop"))
    with pytest.raises(InvalidInput, match="No such file"):
        next(read(tmp_path / "none.csv", mapping(), source="drop"))
    with pytest.raises(TooLarge, match="at most 10"):
        next(read(path, mapping(), source="drop", bytes_max=10))


def test_a_file_that_grows_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LINES)
    reading = read(path, mapping(), source="drop")
    next(reading)
    with path.open("a") as more:
        more.write("2026-11-01 03:00,4\n")
    with pytest.raises(MalformedBody, match="changed while it was read"):
        list(reading)
