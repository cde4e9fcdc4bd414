"""What a check is, and what it finds: a place, what stands there, and the field failure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from graph.errors import InvalidInput
from hub.device_check.evidence import Evidence, Found

__all__ = ["Check", "Finding", "Found", "Look", "Severity", "Words"]

FAILURES = range(1, 23)  # what goes wrong in the field, numbered as the catalogue has it


class Severity(StrEnum):
    """Whether a device conforms with it (严重程度)."""

    ERROR = "error"  # it does not
    WARNING = "warning"  # it may; somebody has to look


@dataclass(frozen=True)
class Words:
    """What is wrong and what to mend, in both languages."""

    chinese: str
    english: str
    mend_chinese: str
    mend_english: str


Look: TypeAlias = Callable[[Evidence], Iterator[Found]]


@dataclass(frozen=True)
class Check:
    """One check. `failures` are the numbers of what it shows, the most likely first; `rules` the intake's it tells of."""

    code: str
    failures: tuple[int, ...]
    severity: Severity
    words: Words
    finds: Look
    rules: tuple[str, ...] = ()
    live: bool = False  # only a conversation shows it, no file

    def __post_init__(self) -> None:
        if strange := [number for number in self.failures if number not in FAILURES]:
            raise InvalidInput(f"{self.code}: failure {strange[0]}, expected 1 to {FAILURES[-1]}")


@dataclass(frozen=True)
class Finding:
    """What was found, and by which check."""

    check: Check
    found: Found
