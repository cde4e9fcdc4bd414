"""What an OPC UA server shows of a node, and whether a figure may be made of it: its status, its time, its number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto

from edge_probe.freshness import AHEAD_S_MAX
from edge_probe.map_nodes import Node
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

# The server is well, and the meter behind it is not heard from: OPC 10000-4, 7.39 and OPC 10000-8, 6.3 (names read in an
# open client).
NOT_HEARD_FROM = frozenset(
    {
        "BadNoCommunication",
        "BadCommunicationError",
        "BadNotConnected",
        "BadTimeout",
        "BadWaitingForInitialData",
        "UncertainNoCommunicationLastUsableValue",
        "UncertainLastUsableValue",
    }
)
SEVERITIES = ("good", "uncertain", "bad", "bad")  # the two highest bits: OPC 10000-4, 7.39.1 (read)


class DatedBy(StrEnum):
    """Which of a value's times says how old it is: when it last changed, or when the server last knew it to be so."""

    SOURCE = auto()
    SERVER = auto()


@dataclass(frozen=True)
class Fresh:
    """How old a figure may be, and by which of its times."""

    seconds: float
    dated_by: DatedBy = DatedBy.SOURCE


@dataclass(frozen=True)
class Seen:
    """A node's status with its name, its two times, its number; None where what `came` is none."""

    status: int
    status_name: str
    source: dt.datetime | None
    server: dt.datetime | None
    number: Decimal | None
    came: str


@dataclass(frozen=True)
class Shown:
    """What nodes showed, in the order they were asked, and the server's own time meanwhile where it tells it."""

    now: dt.datetime | None
    seen: tuple[Seen, ...]


def figure(node: Node, seen: Seen, now: dt.datetime, fresh: Fresh) -> Decimal:
    """The figure of a node, in its unit. Raises what keeps it from being one: SourceError."""
    severity = SEVERITIES[seen.status >> 30 & 3]
    if severity != "good":
        raise _not_good(f"{node.node} is {severity}: {seen.status_name}", seen.status_name)
    dated = seen.source if fresh.dated_by is DatedBy.SOURCE else seen.server
    if dated is None:
        why = f"bears no time of its {fresh.dated_by}, so that nobody knows how old it is"
        raise SourceMalformed(f"{node.node} {why}")
    age_s = (now - dated).total_seconds()
    if age_s > fresh.seconds:
        raise SourceUnreachable(f"{node.node} is {age_s:.0f} s old, expected at most {fresh.seconds:g}")
    if age_s < -AHEAD_S_MAX:
        raise SourceMalformed(f"{node.node} is dated {-age_s:.0f} s after its server's own time")
    if seen.number is None:
        raise SourceMalformed(f"{node.node}: expected a number, came {seen.came}")
    return seen.number * node.scale


def _not_good(why: str, name: str) -> SourceError:
    return SourceUnreachable(why) if name in NOT_HEARD_FROM else SourceRefused(why)
