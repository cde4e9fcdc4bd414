"""Verdicts (质量判定): what a rule says of a reading. A verdict is a row that can be asked for, not a log line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput


class Outcome(StrEnum):
    """What happens to a reading a rule finds: refused with its reason, or stored and marked (拒收、存疑)."""

    REJECT = "reject"
    SUSPECT = "suspect"


@dataclass(frozen=True)
class RuleText:
    """A rule's name and clause: `code` is stable, `source` says which standard, read or assumed."""

    code: str
    outcome: Outcome
    chinese: str
    english: str
    source: str
    version: int = 1

    def __post_init__(self) -> None:
        if not self.code or not self.code.replace("-", "").isalnum():
            raise InvalidInput(f"{self.code!r} is not a rule code, expected words joined by hyphens")


@dataclass(frozen=True)
class Rejection:
    """One row that was not stored: its 1-based place in the source, a stable code and the reason."""

    row: int
    code: str
    why: str
    raw: str = ""
