"""Live answers (实时查询): what a provincial hub says at this moment, and how the asking went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class LiveState(StrEnum):
    """How it went to ask a province's hub."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    LYING = "lying"
    REFUSED = "refused"
    NO_LINK = "no_link"


@dataclass(frozen=True)
class LiveQuestion:
    """A GraphQL document of one query, and its variables as they came.

    `fields` are the names of all fields it selects. `version_key` is what the version of the hub's readings is called in
    its answer; None where it is not asked for.
    """

    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    version_key: str | None = None
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LiveFault:
    """An error in a hub's answer, in its own words; `path` is its own too and () where it names none."""

    message: str
    code: str | None = None
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class LiveAnswer:
    """What came of a question to a hub. `data` is unchecked: whoever completes it must not believe it.

    `why` is for the asker and names no address; None where all is well. `size_bytes` is None where no answer was read whole.
    """

    state: LiveState
    seconds: float
    data: Mapping[str, Any] | None = None
    faults: tuple[LiveFault, ...] = ()
    why: str | None = None
    size_bytes: int | None = None
