"""What links need of the hub: which dialects there are, what each takes, and which puller it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from graph.discover import members_of
from graph.errors import ConfigurationError, InvalidInput
from graph.model.sync_run import Link
from graph.ports import Clock, DayLog, Puller, RunBlocking
from national_sync.by_day import ByDay, Days, Whole
from provincial_adapters import AGAIN_DAYS, DAYS_A_RUN, SINCE, Dialect, Direction, Means


class Way(StrEnum):
    """Which way a link's rows go: into this hub, or out of it (拉取、上报)."""

    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True)
class DayAsking:
    """What a source that is asked day by day needs beside its dialect."""

    log: DayLog
    clock: Clock
    blocking: RunBlocking


def dialects() -> dict[str, Dialect]:
    """Every dialect of the open folder, by name."""
    return members_of("provincial_adapters", "DIALECT", Dialect)


@cache
def waiting() -> frozenset[str]:
    """The dialects whose links are never run: the other side calls."""
    return frozenset(name for name, dialect in dialects().items() if dialect.direction is Direction.RECEIVE)


@cache
def row_by_row() -> frozenset[str]:
    """The dialects whose rows say what they say each by itself."""
    return frozenset(name for name, dialect in dialects().items() if dialect.row_by_row)


def is_pushed(link: Link) -> bool:
    """Whether the hub hands over by a link, rather than asks."""
    dialect = dialects().get(link.dialect)
    return dialect is not None and dialect.direction is Direction.PUSH


def check_links(rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise ConfigurationError with every fault of these links: an unknown dialect, a quirk it does not know."""
    faults = []
    for row in rows:
        dialect = dialects().get(str(row.get("dialect")))
        quirks = row.get("quirks", {})
        if dialect is None:
            faults.append(
                f"{row.get('key')}: dialect {row.get('dialect')!r}, expected one of {', '.join(dialects())}"
            )
        elif isinstance(quirks, Mapping):
            try:
                dialect.check(quirks)
            except ConfigurationError as fault:
                faults += [f"{row.get('key')}: {told}" for told in fault.faults]
    if faults:
        raise ConfigurationError("links", faults)


def puller_of(link: Link, means: Means, asking: DayAsking, *, looking: bool = False) -> Puller:
    """What runs a link of its dialect; while `looking` nothing is taken away from its source.

    Raises ConfigurationError where the other side calls, or nobody knows the dialect.
    """
    dialect = dialects().get(link.dialect)
    days = None if dialect is None or dialect.day_puller is None else days_of(dialect.settled(link.quirks))
    if dialect is not None and dialect.day_puller is not None and days is not None:
        return ByDay(dialect.day_puller(means), asking.log, days, asking.clock, asking.blocking)
    if dialect is None or dialect.puller is None:
        why = (
            "is none this hub knows"
            if dialect is None
            else f"is not pulled: {_WHO_BEGINS[dialect.direction]}"
        )
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} {why}"])
    if dialect.retells and not looking:
        return Whole(dialect.puller(means), asking.log, asking.clock, asking.blocking)
    return (dialect.looker if looking and dialect.looker else dialect.puller)(means)


_WHO_BEGINS = {Direction.RECEIVE: "the other side calls", Direction.PUSH: "this hub hands over by it"}


def days_of(quirks: Mapping[str, Any]) -> Days | None:
    """Which days a link is asked for; None where it does not say since when. Raises ConfigurationError."""
    since = quirks.get(SINCE)
    return (
        None if since is None else Days(dt.date.fromisoformat(since), quirks[AGAIN_DAYS], quirks[DAYS_A_RUN])
    )


def chosen(links: tuple[Link, ...], keys: list[str], way: Way | None = None) -> list[Link]:
    """The links the hub runs, enabled and not paused; of these the named ones, or those of one way.

    Raises InvalidInput for any other name.
    """
    known = {link.key: link for link in links}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidInput(f"no link {', '.join(unknown)}; there are {', '.join(known) or 'none'}", "link")
    pulled = dialects().keys() - waiting()
    runnable = [key for key in known if known[key].is_run and known[key].dialect in pulled]
    if idle := [f"{key} {_why_idle(known[key])}" for key in keys if key not in runnable]:
        raise InvalidInput("; ".join(idle), "link")
    found = [known[key] for key in keys or runnable]
    other = [link.key for link in found if way is not None and is_pushed(link) is not (way is Way.PUSH)]
    if keys and other:
        raise InvalidInput(f"{', '.join(other)}: goes the other way than {way}", "link")
    return [link for link in found if link.key not in other]


def _why_idle(link: Link) -> str:
    """Why a link is not run."""
    if not link.enabled:
        return "is disabled"
    if link.paused_why is not None:
        return f"is paused: {link.paused_why}"
    return "is not run, the other side calls"
