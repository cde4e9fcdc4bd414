"""Rows of a view that were kept as they came, read once more: the watermark is their version, as it was in the run."""

from __future__ import annotations

import pyarrow as pa

from provincial_adapters._mapping.reread import reread
from provincial_adapters._sql_view.declared import Declared
from provincial_adapters._toolkit.dialect import Reread


def reread_view(raw: pa.Table, declared: Declared) -> Reread:
    """What the mapping makes of these rows."""
    marks = (declared.watermark, declared.watermark_fallback)
    there = next((name for name in marks if name in raw.column_names), None)
    if there is None:
        return reread(raw, declared.mapping)
    is_moment = pa.types.is_timestamp(raw.schema.field(there).type)
    return reread(raw, declared.versioned(there, is_moment=is_moment))
