"""What a province declares of its files: how they are written, and what their columns mean; checked whole.

Beside what any mapping says (provincial_adapters/_mapping/mapping.py), as TOML:

    encoding = "utf-8"                   # or "gb18030"
    delimiter = ","
    files = "*.csv"                      # which files of a watched folder are meant
    order = "name"                       # which of them is the newest, taken first: or "modified", when it was written
    checksum = "sha256"                  # or "sha512", "md5": a file without `name.csv.sha256` beside it is not ready yet
    sheet = "日数据"                     # of a workbook; left out, its first
    header_row = 3                       # the sheet's row that names the columns; left out, 1
    rows = "$.data.items[*]"             # of JSON: the entries of which array are rows; left out, of the whole
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import ConfigurationError, InvalidInput
from provincial_adapters._file_drop.checksums import Checksum
from provincial_adapters._file_drop.laid import Order
from provincial_adapters._mapping.mapping import ColumnMapping, read_columns
from provincial_adapters._mapping.selectors import EVERY, Selector
from provincial_adapters._mapping.settings_table import ENCODINGS, Table

MAPPING_BYTES_MAX = 1024 * 1024  # a mapping is a page of text
HEADER_ROW_MAX = 1_000  # a title page is shorter
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class FileMapping(ColumnMapping):
    """How a file's columns become readings (文件映射). Made by `of_table`, which tells every fault at once."""

    encoding: str = "utf-8"
    delimiter: str = ","
    files: str = "*"
    order: Order = Order.NAME
    checksum: Checksum | None = None
    sheet: str | None = None
    header_row: int = 1
    rows: Selector | None = None

    @classmethod
    def load(cls, path: Path) -> FileMapping:
        """From a TOML file. Raises ConfigurationError."""
        try:
            with path.open("rb") as file:
                text = file.read(MAPPING_BYTES_MAX + 1).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise ConfigurationError(f"mapping {path}", [str(fault)]) from fault
        if len(text) > MAPPING_BYTES_MAX:
            raise ConfigurationError(f"mapping {path}", [f"longer than {MAPPING_BYTES_MAX} bytes"])
        return cls.of_toml(text, str(path))

    @classmethod
    def of_toml(cls, text: str, place: str = "given") -> FileMapping:
        """From TOML text. Raises ConfigurationError."""
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise ConfigurationError(f"mapping {place}", [f"not TOML: {fault}"]) from fault
        return cls.of_table(table, place)

    @classmethod
    def of_table(cls, given: Mapping[str, Any], place: str = "given") -> FileMapping:
        """From a table as TOML or JSON gives it. Raises ConfigurationError with every fault."""
        table = Table(given, "")
        mapping = cls(
            **read_columns(table),
            encoding=table.choice("encoding", ENCODINGS) or "utf-8",
            delimiter=table.choice("delimiter", {mark: mark for mark in DELIMITERS}) or ",",
            files=table.optional_text("files") or "*",
            order=table.word("order", Order, Order.NAME),
            checksum=table.choice("checksum", {kind.value: kind for kind in Checksum}),
            sheet=table.optional_text("sheet"),
            header_row=table.number("header_row", 1, HEADER_ROW_MAX) or 1,
            rows=table.parsed("rows", _of_one_array),
        )
        if table.all_faults():
            raise ConfigurationError(f"mapping {place}", table.all_faults())
        return mapping


def _of_one_array(text: str) -> Selector:
    found = Selector.of_rows(text)
    if found.steps.count(EVERY) > 1:
        raise InvalidInput(f"came {text!r:.64}, expected one array: [*] once, at the end")
    return found
