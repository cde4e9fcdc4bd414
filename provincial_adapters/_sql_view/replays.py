"""Rows of a view that were kept as they came, read once more: the watermark is their version, as it was in the run."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._mapping.reread import reread
from provincial_adapters._sql_view.declared import Declared
from provincial_adapters._toolkit.dialect import Reread


def reread_view(raw: pa.Table, declared: Declared) -> Reread:
    """What the mapping makes of these rows."""
    marks = [name for name in (declared.watermark, declared.watermark_fallback) if name is not None]
    given = declared.mapping
    mapping = replace(given, ignored_columns=(*given.ignored_columns, *marks))
    return reread(raw, _versioned(mapping, raw, marks))


def _versioned(mapping: ColumnMapping, raw: pa.Table, marks: list[str]) -> ColumnMapping:
    there = next((name for name in marks if name in raw.column_names), None)
    if mapping.version_column is not None or there is None:
        return mapping
    is_moment = pa.types.is_timestamp(raw.schema.field(there).type)
    return replace(mapping, version_column=there) if is_moment else mapping
