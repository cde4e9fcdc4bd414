"""A stray quote in a file costs its own line; quoted fields are read without their quotes either way."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pytest

from provincial_adapters._toolkit import quotes
from provincial_adapters.file_drop import FileMapping, read

MAPPING = FileMapping.of_toml("""
unit = "91970000MA05TEEL1J"
label_column = "day"
date_format = "%Y-%m-%d"
label = "start"
granularity = "day"
[[values]]
column = "value"
data_code = "00-00-0000-023300-11"
""")
DAYS = [f'2026-10-{day:02d},"{day}.5"' for day in range(1, 29)]


def values_of(folder: Path, lines: list[str]) -> list[str]:
    """What a file of these lines says."""
    file = folder / "days.csv"
    file.write_text("\n".join(["day,value", *lines]) + "\n", encoding="utf-8")
    (delivery,) = read(file, MAPPING, source="test")
    said: list[str] = delivery.arrived.table["value"].cast(pa.string()).to_pylist()
    return said


def test_quoted_fields_are_read_without_their_quotes(tmp_path: Path) -> None:
    assert values_of(tmp_path, DAYS)[:2] == ["1.5", "2.5"]


@pytest.mark.parametrize("place", [0, 13, 27])
def test_a_stray_quote_swallows_no_other_line(tmp_path: Path, place: int) -> None:
    lines = [*DAYS]
    lines[place] = lines[place].removesuffix('"')
    said = values_of(tmp_path, lines)
    assert len(said) == 28
    assert [n for n, value in enumerate(said) if not value[0].isdigit()] == [place]


def test_a_quote_is_found_open_wherever_a_piece_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in range(1, 12):
        monkeypatch.setattr(quotes, "_PIECE_BYTES", size)
        assert quotes.quote_of(io.BytesIO(b'a,b\n"1",2\n"3","4"\n')) == '"'
        assert quotes.quote_of(io.BytesIO(b'a,b\n"1",2\n"3,4\n5,6\n')) is False
        assert quotes.quote_of(io.BytesIO(b'a,b\n1,2\n3,"4')) is False
