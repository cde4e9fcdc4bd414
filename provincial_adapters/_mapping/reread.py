"""Rows that were kept as they came, read once more by a mapping as it now stands."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from provincial_adapters._mapping.arrange import arranged
from provincial_adapters._mapping.drift import drift_of
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._toolkit.dialect import Reread


def reread(raw: pa.Table, mapping: ColumnMapping) -> Reread:
    """What the mapping makes of these rows."""
    lines = Lines.of_raw(raw)
    return Reread(arranged(lines, mapping), drift_of(lines, mapping), mapping.digest, _meanings(mapping))


def _meanings(mapping: ColumnMapping) -> Mapping[str, str]:
    """What each column is read as, in the mapping's order."""
    found = {mapping.label_column: f"label of each {mapping.labels.granularity}".replace("_", " ")}
    if mapping.unit_column is not None:
        found[mapping.unit_column] = "unit"
    if mapping.version_column is not None:
        found[mapping.version_column] = "when it was written"
    for value in mapping.values:
        of = str(value.data_code or f"what {value.data_code_column} says")
        in_measure = f" in {value.measure.word}" if value.measure else ""
        found[value.column] = f"value of {of}{in_measure}"
        if value.data_code_column is not None:
            found[value.data_code_column] = "data code"
    return found | {name: "left aside" for name in mapping.ignored_columns if name not in found}
