"""What a dialect says of itself: its name, who speaks first, and which peculiarities of a link it understands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
import pyarrow as pa

from graph.errors import ConfigurationError
from graph.model.drift import ColumnDrift
from graph.model.reading import Arrived
from graph.model.sync_run import Link
from graph.ports import DayPuller, Puller


class Direction(StrEnum):
    """Who begins: the hub asks, hands over, somebody lays down files, or a device calls (拉取、上报、文件、接收)."""

    PULL = "pull"
    FILES = "files"
    RECEIVE = "receive"
    PUSH = "push"


def anything(_: Any) -> str | None:
    """A quirk whose every value will do."""
    return None


def one_of(*words: Any) -> Callable[[Any], str | None]:
    """A quirk that takes one of these words. `true` is not taken for 1."""

    def fault(value: Any) -> str | None:
        if any(type(value) is type(word) and value == word for word in words):
            return None
        return f"came {value!r:.64}, expected one of {', '.join(map(repr, words))}"

    return fault


@dataclass(frozen=True)
class Quirk:
    """A peculiarity (链路特性) a link may declare; `default` None says that nothing is assumed.

    `fault` tells in words what is wrong with a value, or None when nothing is.
    """

    key: str
    description: str
    default: Any = None
    required: bool = False
    fault: Callable[[Any], str | None] = anything


def table_of(read: Callable[[Mapping[str, Any]], object]) -> Callable[[Any], str | None]:
    """A quirk that takes a table which `read` understands, or else raises ConfigurationError of."""

    def fault(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return f"came {type(value).__name__}, expected a table"
        try:
            read(value)
        except ConfigurationError as fault:
            return "; ".join(fault.faults)
        return None

    return fault


def day(value: Any) -> str | None:
    """A quirk that takes a day, as text."""
    try:
        dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return f"came {value!r:.64}, expected a day such as '2026-01-31'"
    return None


def whole_number(low: int, high: int) -> Callable[[Any], str | None]:
    """A quirk that takes a whole number of this range."""

    def fault(value: Any) -> str | None:
        if type(value) is int and low <= value <= high:
            return None
        return f"came {value!r:.64}, expected a whole number from {low} to {high}"

    return fault


# What a link says whose source is asked day by day; the hub, which keeps the days, reads it.
SINCE, AGAIN_DAYS, DAYS_A_RUN = "since", "again_days", "days_a_run"
DAYS_MAX = 366
DAY_QUIRKS = (
    Quirk(SINCE, "the first day the source is asked for; with it the source is asked day by day", fault=day),
    Quirk(
        AGAIN_DAYS, "how many of the newest days are asked for each time", 3, fault=whole_number(1, DAYS_MAX)
    ),
    Quirk(DAYS_A_RUN, "how many days are asked for in one run", 31, fault=whole_number(1, DAYS_MAX)),
)


def no_faults(_: Mapping[str, Any]) -> list[str]:
    """Of quirks that have nothing to do with each other."""
    return []


def no_secret(link: Link) -> str:
    """Where nobody keeps secrets."""
    raise ConfigurationError(f"link {link.key}", ["nobody here keeps the secret its source asks for"])


def keeps_none(_link: Link) -> None:
    """Throw a token away where none is kept: the next is a new one anyway."""


@dataclass(frozen=True)
class Means:
    """What a puller is given: a client for HTTP, the token of a link whose source asks for one, and its bare secret.

    `refused` throws a token away that a link's source took no longer.
    """

    client: httpx.AsyncClient
    token: Callable[[Link], Awaitable[str]]
    secret: Callable[[Link], str] = no_secret
    refused: Callable[[Link], None] = keeps_none


@dataclass(frozen=True)
class Reread:
    """What a link as it now stands makes of rows as they came: readings, drift, and what each column is read as.

    `digest` names what they were read by: it changes whenever the same rows would be read otherwise.
    """

    arrived: Arrived
    drift: tuple[ColumnDrift, ...] = ()
    digest: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """One way in which readings come from outside (接入方言); every module of this folder has one as DIALECT.

    `puller` makes what runs a link of this dialect; None where the other side calls, or the hub hands over.
    `day_puller` makes what runs one that is asked day by day: a link that says since when (SINCE) in its quirks.
    `looker` makes what only looks, where the puller takes something away from its source. `replays` reads rows as they
    came (graph.ports.Delivery.raw) again; None where they come in no form of their own. Where it does so `row_by_row`, no
    row changes what another says, and rows of several deliveries may be read together. `between` tells the faults that lie
    between quirks which are right each by itself.

    So that a link's two ends can be compared a dialect `tells_digests` (docs/digests.md), or says what asks its source once
    more and moves nothing: `day_again` for a day, `whole_again` for all there is, where a link names no days or files lie.
    """

    name: str
    chinese: str
    english: str
    direction: Direction
    quirks: tuple[Quirk, ...] = ()
    puller: Callable[[Means], Puller] | None = None
    day_puller: Callable[[Means], DayPuller] | None = None
    retells: bool = False
    looker: Callable[[Means], Puller] | None = None
    replays: Callable[[Link, pa.Table], Reread] | None = None
    row_by_row: bool = False
    between: Callable[[Mapping[str, Any]], list[str]] = no_faults
    tells_digests: bool = False
    day_again: Callable[[Means], DayPuller] | None = None
    whole_again: Callable[[Means], Puller] | None = None

    def check(self, quirks: Mapping[str, Any]) -> None:
        """Raise ConfigurationError with every fault of a link's quirks: unknown, missing and wrong ones."""
        known = {quirk.key for quirk in self.quirks}
        faults = [
            f"{key}: unknown, expected {', '.join(sorted(known)) or 'no quirks'}"
            for key in sorted(set(quirks) - known)
        ]
        for quirk in self.quirks:
            if quirk.key not in quirks:
                faults += [f"{quirk.key}: missing; {quirk.description}"] * quirk.required
            elif why := quirk.fault(quirks[quirk.key]):
                faults.append(f"{quirk.key}: {why}")
        faults = faults or self.between(quirks)
        if faults:
            raise ConfigurationError(f"quirks of dialect {self.name}", faults)

    def settled(self, quirks: Mapping[str, Any]) -> dict[str, Any]:
        """The quirks after the check, with defaults where the link says nothing."""
        self.check(quirks)
        return {quirk.key: quirks.get(quirk.key, quirk.default) for quirk in self.quirks}
