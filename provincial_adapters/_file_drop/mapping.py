"""What a province declares of its files, so that reading them needs no code: a mapping, checked whole.

A mapping is a TOML file (or the same table in a link's quirks):

    unit = "91970000MA00000013"          # or unit_column = "企业代码"
    granularity = "quarter_hour"
    label_column = "date"
    date_format = "%d/%m/%Y %H:%M"       # %Y %m %d %H %M %S
    label = "end"                        # or "start", where the label stands in its period
    end_of_day = "same_day"              # or "next_day": the date of a day's last label, 00:00; not for months, years
    encoding = "utf-8"                   # or "gb18030"
    delimiter = ","
    origin = "instrument"
    version_column = "written"           # when the source wrote the value; optional
    version_format = "%Y-%m-%d %H:%M:%S"
    files = "*.csv"                      # which files of a watched folder are meant

    [[values]]                           # one for each column of values
    column = "Usage_kWh"
    data_code = "00-00-0000-023300-11"   # or data_code_column = "数据编码"
    measure = "kWh"                      # the unit of measure; left out, the variety's own
    factor = "80"                        # a further exact factor, such as a transformer's ratio; optional
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from graph.errors import ConfigurationError
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.period import Granularity
from graph.model.reading import Origin
from provincial_adapters._file_drop.faults import Table
from provincial_adapters._file_drop.measures import FACTOR_DIGITS, FACTOR_SCALE, MEASURES, Measure
from provincial_adapters._toolkit.columns import BEIJING_FORMAT, EndOfDay, LabelRule, LabelSide, label_pattern

MAPPING_BYTES_MAX = 1024 * 1024  # a mapping is a page of text
VALUE_COLUMNS_MAX = 1000  # a plant has some hundred points; more is a file of another shape
ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class ValueColumn:
    """A column of values: what it measures (a data code, or the column that names one) and in which unit."""

    column: str
    data_code: DataCode | None = None
    data_code_column: str | None = None
    measure: Measure | None = None
    factor: Decimal = Decimal(1)

    @property
    def times(self) -> Decimal:
        """What a written value is multiplied with to become native units."""
        return self.factor * (self.measure.factor if self.measure else 1)


@dataclass(frozen=True)
class FileMapping:
    """How a file's columns become readings (文件映射). Made by `of_table`, which tells every fault at once."""

    label_column: str
    labels: LabelRule
    values: tuple[ValueColumn, ...]
    unit: CreditCode | None = None
    unit_column: str | None = None
    origin: Origin = Origin.INSTRUMENT
    encoding: str = "utf-8"
    delimiter: str = ","
    version_column: str | None = None
    version_format: str = BEIJING_FORMAT
    files: str = "*"

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
        unit, unit_column = table.one_or_other("unit", "unit_column", CreditCode.parse)
        mapping = cls(
            label_column=table.text("label_column"),
            labels=_labels(table),
            values=_values(table),
            unit=unit,
            unit_column=unit_column,
            origin=table.word("origin", Origin, Origin.INSTRUMENT),
            encoding=table.choice("encoding", ENCODINGS) or "utf-8",
            delimiter=table.choice("delimiter", {mark: mark for mark in DELIMITERS}) or ",",
            version_column=table.optional_text("version_column"),
            version_format=table.parsed("version_format", _format) or BEIJING_FORMAT,
            files=table.optional_text("files") or "*",
        )
        if table.all_faults():
            raise ConfigurationError(f"mapping {place}", table.all_faults())
        return mapping

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the file that is read, once each."""
        named = [self.label_column, self.unit_column, self.version_column]
        for value in self.values:
            named += [value.column, value.data_code_column]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def digest(self) -> str:
        """Changes whenever the same file would be read otherwise. `files` does not count."""
        said = [self.label_column, self.labels, self.values, self.unit, self.unit_column, self.origin]
        said += [self.encoding, self.delimiter, self.version_column, self.version_format]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def _labels(table: Table) -> LabelRule:
    side = table.word("label", LabelSide)
    end_of_day = table.word("end_of_day", EndOfDay, EndOfDay.NEXT_DAY)
    if side is LabelSide.START and end_of_day is EndOfDay.SAME_DAY:
        table.fault("end_of_day", 'speaks of labels at the end, but label is "start"')
    granularity = table.word("granularity", Granularity)
    if end_of_day is EndOfDay.SAME_DAY and granularity.minutes is None:
        table.fault("end_of_day", f'speaks of times of day, but granularity is "{granularity}"')
    return LabelRule(granularity, table.parsed("date_format", _format) or BEIJING_FORMAT, side, end_of_day)


def _values(table: Table) -> tuple[ValueColumn, ...]:
    entries = table.tables("values")
    if not 0 < len(entries) <= VALUE_COLUMNS_MAX:
        table.fault("values", f"came {len(entries)} columns of values, expected 1 to {VALUE_COLUMNS_MAX}")
    return tuple(_value(entry) for entry in entries)


def _value(entry: Table) -> ValueColumn:
    code, code_column = entry.one_or_other("data_code", "data_code_column", DataCode.parse)
    measure = entry.choice("measure", MEASURES)
    factor = entry.parsed("factor", Decimal)
    if code and measure and (fault := unfitting(code, measure)):
        entry.fault("measure", fault)
    times = Decimal(1) if factor is None else factor
    value = ValueColumn(entry.text("column"), code, code_column, measure, times)
    if (fault := _beyond(value.times)) is not None:
        entry.fault("factor", fault)
    return value


def unfitting(code: DataCode, measure: Measure) -> str | None:
    """Why values of this code cannot stand in this measure, or None. Varieties not in the tables may."""
    known = VARIETIES.get(code.variety)
    if known is None or known.unit is measure.native:
        return None
    return f"{measure.word} is no measure of {known.english} ({code}), which is summed in {known.unit.value}"


def _format(text: str) -> str:
    label_pattern(text)
    return text


def _beyond(factor: Decimal) -> str | None:
    """Why a factor cannot be used, or None."""
    if not factor.is_finite() or factor <= 0:
        return f"came {factor}, expected more than 0"
    scale = -int(factor.as_tuple().exponent)
    if scale > FACTOR_SCALE or factor.adjusted() >= FACTOR_DIGITS - FACTOR_SCALE:
        return (
            f"{factor} in all, expected below 10^{FACTOR_DIGITS - FACTOR_SCALE} and {FACTOR_SCALE} decimals"
        )
    return None
