"""Drift (来源变化): how a source's columns differ from what its mapping expects. It is told, and stops nothing that fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DriftKind(StrEnum):
    """What happened to a column: it is not mapped, it is not there, or its type cannot be read (新增、缺失、变型)."""

    NEW = "new"
    MISSING = "missing"
    RETYPED = "retyped"


@dataclass(frozen=True)
class ColumnDrift:
    """One column that is not as the mapping expects; `came` is the type it has, null where it is missing."""

    column: str
    kind: DriftKind
    came: str | None = None

    @property
    def keeps_rows_out(self) -> bool:
        """Whether readings may be missing for it: the rows as they came are kept until the mapping is mended."""
        return self.kind is not DriftKind.NEW
