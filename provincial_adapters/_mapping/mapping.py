"""What a province declares of a source's columns, so that reading it needs no code: a mapping, checked whole.

The part that files, REST answers and views of a database have in common, as TOML:

    unit = "91970000MA00000013"          # or unit_column = "企业代码"
    granularity = "quarter_hour"
    label_column = "date"
    date_format = "%d/%m/%Y %H:%M"       # %Y %m %d %H %M %S
    label = "end"                        # or "start", where the label stands in its period
    end_of_day = "same_day"              # or "next_day": the date of a day's last label, 00:00; not for months, years
    origin = "instrument"
    version_column = "written"           # when the source wrote the value; optional
    version_format = "%Y-%m-%d %H:%M:%S"
    ignored_columns = ["备注"]           # columns that are there and mean nothing here; any other is told as new

    [[values]]                           # one for each column of values
    column = "Usage_kWh"
    data_code = "00-00-0000-023300-11"   # or data_code_column = "数据编码"
    measure = "kWh"                      # the unit of measure; left out, the variety's own
    factor = "80"                        # a further exact factor, such as a transformer's ratio; optional
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from graph.errors import ConfigurationError
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.period import Granularity
from graph.model.reading import Origin
from provincial_adapters._mapping.measures import FACTOR_DIGITS, FACTOR_SCALE, MEASURES, Measure
from provincial_adapters._mapping.settings_table import Table
from provincial_adapters._toolkit.columns import BEIJING_FORMAT, EndOfDay, LabelRule, LabelSide, label_pattern

VALUE_COLUMNS_MAX = 1000  # a plant has some hundred points; more is a source of another shape
IGNORED_MAX = 1000  # columns that are named to be left aside


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
class ColumnMapping:
    """How a source's columns become readings (字段映射). Made by `of_table`, which tells every fault at once."""

    label_column: str
    labels: LabelRule
    values: tuple[ValueColumn, ...]
    unit: CreditCode | None = None
    unit_column: str | None = None
    origin: Origin = Origin.INSTRUMENT
    version_column: str | None = None
    version_format: str = BEIJING_FORMAT
    ignored_columns: tuple[str, ...] = ()

    @classmethod
    def of_table(cls, given: Mapping[str, Any], place: str = "given") -> ColumnMapping:
        """From a table as TOML or JSON gives it. Raises ConfigurationError with every fault."""
        table = Table(given, "")
        mapping = cls(**read_columns(table))
        if table.all_faults():
            raise ConfigurationError(f"mapping {place}", table.all_faults())
        return mapping

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once each."""
        named = [self.label_column, self.unit_column, self.version_column]
        for value in self.values:
            named += [value.column, value.data_code_column]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def digest(self) -> str:
        """Changes whenever the same rows would be read otherwise."""
        said = [getattr(self, field.name) for field in fields(self) if field.name not in _NOT_READ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


_NOT_READ = (
    "files",
    "order",
    "checksum",
    "ignored_columns",
)  # which files are looked at, and what is left aside


def read_columns(table: Table) -> dict[str, Any]:
    """What a table says of columns, as ColumnMapping takes it; its faults stay with the table."""
    unit, unit_column = table.one_or_other("unit", "unit_column", CreditCode.parse)
    return {
        "label_column": table.text("label_column"),
        "labels": _labels(table),
        "values": _values(table),
        "unit": unit,
        "unit_column": unit_column,
        "origin": table.word("origin", Origin, Origin.INSTRUMENT),
        "version_column": table.optional_text("version_column"),
        "version_format": table.parsed("version_format", _format) or BEIJING_FORMAT,
        "ignored_columns": table.texts("ignored_columns", IGNORED_MAX),
    }


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
