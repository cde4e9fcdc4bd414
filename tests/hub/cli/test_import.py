"""`nengshu import`: files become batches; what cannot be read is named and what can is kept."""

from __future__ import annotations

import datetime as dt
import re
import socket
from pathlib import Path
from typing import NoReturn

import pytest
import xlsxwriter

from tests.hub.cli.terminal import Said, Terminal
from tests.hub.invented_hub import JIA, fill, units_of

MAPPING = """
unit_column = "unit"
label_column = "day"
date_format = "%Y-%m-%d"
label = "start"
granularity = "day"

[[values]]
column = "value"
data_code = "00-00-0000-023300-11"
"""


BATCHES = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a mapping, and a registry that knows a province."""
    return laid_out(tmp_path)


def laid_out(folder: Path) -> Path:
    """A folder with a mapping and such a registry in it."""
    fill(folder / "data", JIA)
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    return folder


def folder_of_batches(nengshu: Terminal, folder: Path) -> Path:
    """The same with a store that holds three batches of a day each."""
    laid_out(folder)
    files = [lay_down(folder, f"{n}.csv", f"2026-08-0{n},{n}") for n in range(1, BATCHES + 1)]
    assert imported(nengshu, folder, *files).code == 0
    return folder


def lay_down(folder: Path, name: str, *rows: str) -> Path:
    """A file of days and values of one unit."""
    unit = units_of(JIA)[0].code
    lines = [row if row.startswith("!") else f"{unit},{row}" for row in rows]
    path = folder / name
    path.write_text("\n".join(["unit,day,value", *(line.lstrip("!") for line in lines)]) + "\n", "utf-8")
    return path


def imported(nengshu: Terminal, folder: Path, *files: Path) -> Said:
    """What an import says."""
    return nengshu("import", *files, "--mapping", folder / "mapping.toml", "--data", folder / "data")


def counts(said: Said) -> dict[str, int]:
    """Its counts."""
    found = re.findall(r"^ *([a-z]+) +([\d,]+) *$", said.out, re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_files_come_in_and_a_second_time_are_duplicates(nengshu: Terminal, folder: Path) -> None:
    files = [
        lay_down(folder, f"{month}.csv", f"2026-{month}-01,5", f"2026-{month}-02,6") for month in ("08", "09")
    ]
    first, again = imported(nengshu, folder, *files), imported(nengshu, folder, *files)
    assert (first.code, again.code) == (0, 0), first.err
    assert (counts(first)["rows"], counts(first)["accepted"]) == (4, 4)
    assert (counts(again)["rows"], counts(again)["accepted"], counts(again)["duplicate"]) == (4, 0, 4)


def test_changed_values_are_corrections(nengshu: Terminal, folder: Path) -> None:
    imported(nengshu, folder, lay_down(folder, "a.csv", "2026-08-01,5", "2026-08-02,6"))
    said = imported(nengshu, folder, lay_down(folder, "a.csv", "2026-08-01,5", "2026-08-02,7"))
    assert (said.code, counts(said)["corrected"], counts(said)["duplicate"]) == (0, 1, 1)


def test_bad_rows_are_named_and_the_good_ones_kept(nengshu: Terminal, folder: Path) -> None:
    rows = ("2026-08-01,5", "2026-08-02,[/red]", "32 August,1", "![bold],2026-08-03,1", "2026-08-04,6")
    said = imported(nengshu, folder, lay_down(folder, "a.csv", *rows))
    assert said.code == 3
    assert (counts(said)["accepted"], counts(said)["rejected"]) == (2, 3)
    assert "[/red]" in said.out
    assert "row 3: not-a-number" in said.out


def test_many_bad_rows_are_not_all_printed(nengshu: Terminal, folder: Path) -> None:
    said = imported(nengshu, folder, lay_down(folder, "a.csv", *["2026-08-01,x"] * 50))
    assert (said.code, said.out.count("not-a-number")) == (3, 20)
    assert "and 30 more" in said.out


def test_a_mapping_tells_all_its_faults(nengshu: Terminal, folder: Path) -> None:
    file = lay_down(folder, "a.csv", "2026-08-01,5")
    wrong = (
        MAPPING.replace('"day"\n\n', '"fortnight"\n\n').replace('"start"', '"middle"').replace("-11", "-1")
    )
    (folder / "mapping.toml").write_text(wrong.replace('label_column = "day"\n', ""), "utf-8")
    said = imported(nengshu, folder, file)
    assert said.code == 1
    words = ("CONFIGURATION", "granularity", "fortnight", "label", "middle", "data_code", "label_column")
    assert all(word in said.complaint for word in words), said.complaint


@pytest.mark.parametrize("mapping", [b"= 1", b"\xff\xfe", b""])
def test_a_mapping_that_is_none_is_refused(nengshu: Terminal, folder: Path, mapping: bytes) -> None:
    (folder / "mapping.toml").write_bytes(mapping)
    said = imported(nengshu, folder, lay_down(folder, "a.csv", "2026-08-01,5"))
    assert (said.code, said.complaint.startswith("CONFIGURATION")) == (1, True)


def test_a_file_that_cannot_be_read_ends_it_and_what_came_before_is_told(
    nengshu: Terminal, folder: Path
) -> None:
    good, later = lay_down(folder, "a.csv", "2026-08-01,5"), lay_down(folder, "c.csv", "2026-08-02,5")
    said = imported(nengshu, folder, good, folder / "absent.csv", later)
    assert (said.code, counts(said)["accepted"]) == (1, 1)
    assert "absent.csv" in said.complaint
    retried = counts(imported(nengshu, folder, good, later))
    assert (retried["accepted"], retried["duplicate"]) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"unit,day,value\n", b"other,columns\n1,2\n", b"\0\0\0\0"])
def test_a_file_of_nothing_is_refused_in_a_sentence(nengshu: Terminal, folder: Path, content: bytes) -> None:
    path = folder / "a.csv"
    path.write_bytes(content)
    said = imported(nengshu, folder, path)
    assert said.code == 1
    assert "a.csv" in said.complaint


def test_no_network_is_needed(nengshu: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unplugged(*_: object, **__: object) -> NoReturn:
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", unplugged)
    monkeypatch.setattr(socket, "getaddrinfo", unplugged)
    said = imported(nengshu, folder, lay_down(folder, "a.csv", "2026-08-01,5"))
    assert (said.code, counts(said)["accepted"]) == (0, 1)


def test_workbooks_and_json_come_in_by_the_same_mapping(nengshu: Terminal, folder: Path) -> None:
    unit = units_of(JIA)[0].code
    (folder / "a.json").write_text(f'[{{"unit": "{unit}", "day": "2026-08-01", "value": 5}}]', "utf-8")
    with xlsxwriter.Workbook(folder / "b.xlsx") as book:
        page = book.add_worksheet()
        page.write_row("A1", ["unit", "day", "value"])
        page.write_row("A2", [unit, "2026-08-02", 6])
        page.write_datetime("B3", dt.datetime(2026, 8, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001 - a sheet knows no zones
        page.write_row("A3", [unit])
        page.write("C3", 5)
    said = imported(nengshu, folder, folder / "a.json", folder / "b.xlsx")
    assert said.code == 0, said.err
    assert (counts(said)["rows"], counts(said)["accepted"], counts(said)["duplicate"]) == (3, 2, 1)


def test_a_file_that_did_not_come_over_whole_is_told(nengshu: Terminal, folder: Path) -> None:
    file = lay_down(folder, "a.csv", "2026-08-01,5")
    (folder / "a.csv.sha256").write_text("0" * 64)
    said = imported(nengshu, folder, file)
    assert (said.code, "did not come over whole" in said.complaint) == (1, True)
