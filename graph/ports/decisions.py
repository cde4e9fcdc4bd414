"""What people decide (决策): rows as they are to stand, and what each of them changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from graph.model.principal import Principal


@dataclass(frozen=True)
class Decision:
    """A row as it is to stand: a cell that is not given keeps what stands, None empties it.

    `if_latest` is the newest audit row of its key that its author has seen, 0 for none.
    """

    cells: Mapping[str, Any]
    if_latest: int | None = None


@dataclass(frozen=True)
class AuditEntry:
    """An audit row (审计): its number, when, who, and whether the row was inserted or updated."""

    id: int
    at: dt.datetime
    who: str
    action: str


@dataclass(frozen=True)
class Decided:
    """What came of a decision: each column that changed with its value before and after, and the audit of it.

    A decision that changed nothing has no audit row; `latest` is the number of the newest of its key all the same.
    """

    changes: Mapping[str, tuple[Any, Any]]
    audit: AuditEntry | None
    latest: int


@dataclass(frozen=True)
class Decisions:
    """What came of decisions, in their order, and the rows as they now stand, as a list would show them."""

    table: pa.Table
    decided: Sequence[Decided]


class DecisionSink(Protocol):
    """Where people's decisions are written, each change audited in the transaction that makes it."""

    def decide(self, noun: str, decisions: Sequence[Decision], asker: Principal) -> Decisions:
        """Insert or change by the noun's natural key, all rows or none. Raises FaultyRows with every fault.

        What stands out of the asker's reach is not there for them; what a row may become rests on who they are, too.
        """
        ...
