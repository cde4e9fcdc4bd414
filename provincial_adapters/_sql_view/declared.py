"""What a link declares of a view, checked: its quirks as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graph.errors import InvalidInput
from provincial_adapters._mapping.lines import READINGS_A_DELIVERY
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._sql_view.place import NAME_MAX, ViewName, tls_fault
from provincial_adapters._toolkit.dialect import Quirk, one_of, table_of, whole_number

ROWS_AT_ONCE = 50_000  # about 10 MB as columns
OVERLAP_MAX = 10**12  # a bound for typing errors; of seconds it is a long way back
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Declared:
    """How a link's view is read. To its mapping the watermark's columns are nothing new."""

    view: ViewName
    mapping: ColumnMapping
    watermark: str
    watermark_fallback: str | None
    overlap: int
    rows_at_once: int
    zoneless: str
    tls: Any

    @classmethod
    def of_quirks(cls, quirks: Mapping[str, Any]) -> Declared:
        """From quirks that passed the dialect's check."""
        mapping = ColumnMapping.of_table(quirks["mapping"])
        marks = quirks["watermark"], quirks["watermark_fallback"]
        aside = (*mapping.ignored_columns, *(name for name in marks if name is not None))
        rows = min(quirks["rows_at_once"], READINGS_A_DELIVERY // len(mapping.values))
        return cls(
            ViewName.parse(quirks["view"]),
            replace(mapping, ignored_columns=aside),
            *marks,
            quirks["overlap"],
            rows,
            quirks["zoneless"],
            quirks["tls"],
        )

    def versioned(self, watermark: str, *, is_moment: bool) -> ColumnMapping:
        """The mapping with the watermark as version: of two rows of one period the later written one holds.

        Not the one that is read later: after an outage that is the older one.
        """
        if self.mapping.version_column is not None or not is_moment:
            return self.mapping
        return replace(self.mapping, version_column=watermark)


def _view_fault(given: Any) -> str | None:
    if not isinstance(given, str):
        return f"came {given!r:.80}, expected view or schema.view"
    try:
        ViewName.parse(given)
    except InvalidInput as fault:
        return str(fault)
    return None


def _column_fault(given: Any) -> str | None:
    if isinstance(given, str) and given.isprintable() and 0 < len(given) <= NAME_MAX:
        return None
    return f"came {given!r:.80}, expected a column's name"


QUIRKS = (
    Quirk("view", "the view or table that is read, as view or schema.view", required=True, fault=_view_fault),
    Quirk(
        "mapping",
        "how the view's columns become readings",
        required=True,
        fault=table_of(ColumnMapping.of_table),
    ),
    Quirk("watermark", "the column that grows as rows appear", required=True, fault=_column_fault),
    Quirk(
        "watermark_fallback",
        "a column that stands in where the watermark is null",
        fault=lambda given: None if given is None else _column_fault(given),
    ),
    Quirk(
        "overlap",
        "how far below the last watermark is read again, since rows appear late: seconds, or numbers",
        required=True,
        fault=whole_number(0, OVERLAP_MAX),
    ),
    Quirk("rows_at_once", "rows of one piece", ROWS_AT_ONCE, fault=whole_number(1, READINGS_A_DELIVERY)),
    Quirk(
        "zoneless",
        "the zone of timestamps without one",
        "Asia/Shanghai",
        fault=one_of("Asia/Shanghai", "UTC"),
    ),
    Quirk(
        "tls",
        "how the line is encrypted: none, unverified, or the file of whom its certificate is believed from",
        required=True,
        fault=tls_fault,
    ),
)
