"""What is no plain workbook, or more than one: it says so, costs its own process only, and is never no data."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter.workbook import Workbook

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._file_drop import sheet_lines
from provincial_adapters.file_drop import read
from tests.provincial_adapters.test_file_drop import mapping, rows
from tests.provincial_adapters.test_file_drop_sheet import sheet, taken, workbook


def far(path: Path) -> Path:
    """A small workbook whose cells lie as far apart as they can."""

    def fill(book: Workbook) -> None:
        page = book.add_worksheet()
        page.write("A1", "time")
        page.write("XFD1048576", 1)

    return workbook(path, fill)


def test_one_cell_at_the_end_of_the_sheet_costs_neither_memory_nor_the_process(tmp_path: Path) -> None:
    path = far(tmp_path / "far.xlsx")
    assert path.stat().st_size < 8_000
    with pytest.raises(
        TooLarge, match=r"far\.xlsx: its cells span 1048576 rows of 16384 columns, at most 10000000"
    ):
        taken(path)


def rewritten(path: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """The same workbook with some of its parts made otherwise."""
    with zipfile.ZipFile(path) as parts:
        found = [change(name, parts.read(name)) for name in parts.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in found:
            parts.writestr(name, content)
    return path


def test_a_sheet_hidden_under_another_name_ends_its_own_process_only(tmp_path: Path) -> None:
    moved = rewritten(
        far(tmp_path / "far.xlsx"),
        lambda name, content: (
            name.replace("worksheets/sheet1.xml", "elsewhere.xml"),
            content.replace(b"worksheets/sheet1.xml", b"elsewhere.xml"),
        ),
    )
    with pytest.raises(TooLarge, match=r"far\.xlsx: takes more than \d+ bytes of memory"):
        taken(moved)


def test_what_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_lines, "DEADLINE_S", 0.01)
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), ("2026-11-01 00:00", 1))
    with pytest.raises(TooLarge, match=r"a\.xlsx: takes more than 0\.01 s"):
        taken(path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def garbled(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        begin = parts.getinfo("xl/worksheets/sheet1.xml").header_offset
    content = bytearray(path.read_bytes())
    content[begin + 60 : begin + 160] = bytes(100)
    path.write_bytes(content)


def with_macros(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"Sub")


def with_a_password(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def as_page(path: Path) -> None:
    path.write_text("<html><body>please sign in</body></html>\n<p>\n")


def another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("readme.txt", "nothing")


def of_zeros(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/zeros.bin", bytes(32 * 1024 * 1024))


def with_entities(path: Path) -> None:
    head = b"<?xml version='1.0'?>"
    entity = b"<!DOCTYPE worksheet [<!ENTITY a 'aaaaaaaaaa'>]>"
    rewritten(
        path,
        lambda name, content: (
            name,
            head + entity + content.partition(b"?>")[2] if "sheet1" in name else content,
        ),
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (cut, "not a whole workbook"),
        (garbled, "not a whole workbook"),
        (with_macros, "holds macros; save it as .xlsx, without them"),
        (with_a_password, "a workbook with a password or of before 2007"),
        (as_page, "named as a workbook, and begins as CSV"),
        (another_zip, "not a whole workbook"),
        (of_zeros, "xl/media/zeros.bin unpacks to more than 500 times its size"),
        (with_entities, "declares entities of its own"),
    ],
)
def test_what_is_no_plain_workbook_says_so_and_is_never_no_data(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), ("2026-11-01 00:00", 1))
    spoil(path)
    with pytest.raises((MalformedBody, TooLarge), match=why) as caught:
        taken(path)
    assert "a.xlsx" in str(caught.value)


def test_an_empty_sheet_and_one_of_a_header_alone_are_told(tmp_path: Path) -> None:
    with pytest.raises(MalformedBody, match="row 1 is blank"):
        taken(sheet(tmp_path / "a.xlsx"))
    with pytest.raises(MalformedBody, match="holds no row"):
        taken(sheet(tmp_path / "b.xlsx", ("time", "kWh")))


def children() -> set[str]:
    """The processes this one has started and not ended."""
    found = set()
    for said in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if said.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(said.parent.name)
    return found


def test_a_reader_who_leaves_early_leaves_no_process_behind(tmp_path: Path) -> None:
    lines = [("2026-11-01 00:00", n) for n in range(40_000)]
    path = sheet(tmp_path / "a.xlsx", ("time", "kWh"), *lines)
    before = children()
    reading = read(path, mapping(), source="drop", readings_max=1_000)
    next(reading)
    assert len(children() - before) == 1
    reading.close()
    assert children() == before


def test_content_decides_over_a_name(tmp_path: Path) -> None:
    inside = io.BytesIO(sheet(tmp_path / "a.xlsx", ("time", "kWh"), ("2026-11-01 00:00", 1)).read_bytes())
    (tmp_path / "a.csv").write_bytes(inside.getvalue())
    assert [row["value"] for row in rows(taken(tmp_path / "a.csv"))] == ["1"]
