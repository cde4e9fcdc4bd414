"""What the probe asks of platforms that readings go to: Protocols with one or two verbs each, and what is told of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Protocol, runtime_checkable

import httpx

from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.ports import Clock
from edge_probe.readings import Spooled
from graph.errors import SourceRefused, SourceUnreachable
from graph.model.digest import Digest
from graph.model.probe_span import ProbeSpan


@dataclass(frozen=True)
class Refusal:
    """A row that the platform took note of and did not keep; sending it again would change nothing."""

    row: Spooled | None
    code: str
    why: str


class TryLater(SourceUnreachable):
    """The platform is there and busy; it may have asked for a pause, in seconds."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Uplink(Protocol):
    """One platform the probe hands its readings to."""

    async def opens(self, oldest: dt.datetime, /) -> dt.datetime | None:
        """When rows may be sent of which the oldest was written then; None: now. Raises as `send` does."""
        ...

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Hand over rows; returns, with the platform's refusals, once they are the platform's own.

        Raises SourceUnreachable, SourceMalformed or SourceRefused when the rows must be sent again.
        """
        ...


class Absent(SourceRefused):
    """The platform answers, and has no such address: it is older than the probe, or another."""


class Comparing(Protocol):
    """A platform that tells digests of what it holds (docs/digests.md). Both verbs raise as `Uplink.send` does."""

    async def days(self, unit: str, first: dt.date, last: dt.date) -> Mapping[dt.date, Digest]:
        """Of a unit's days, of all it holds of them as quarter-hours."""
        ...

    async def points(
        self, unit: str, first: dt.date, last: dt.date, codes: int
    ) -> Mapping[tuple[dt.date, str], Digest]:
        """The same by data code, of which some `codes` are expected."""
        ...


@runtime_checkable
class Packs(Protocol):
    """An uplink that can make what it sends of rows before their turn comes."""

    async def pack(self, rows: Sequence[Spooled]) -> None:
        """Keep these packed, in place of those before: the next `send` may be of them."""
        ...


@runtime_checkable
class Reporter(Protocol):
    """An uplink whose platform is told of time, too: when the probe ran, when not, when meters gave nothing."""

    async def report(self, spans: Sequence[ProbeSpan]) -> None:
        """Tell of these; returns once they are kept. Raises as `send` does."""
        ...


class Companion(Protocol):
    """What goes on beside the meters as long as they are read."""

    async def keep(self) -> None:
        """At work until cancelled. Raises StoreError."""
        ...


class Tokens(Protocol):
    """What tells a platform who sends a request."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers of one request. Raises SourceUnreachable, SourceMalformed or SourceRefused without a token."""
        ...

    def refused(self) -> None:
        """The platform took the last token no longer."""
        ...


class Memory(Protocol):
    """What an uplink remembers of its platform when the probe begins anew."""

    def recall(self) -> str | None:
        """What was kept last."""
        ...

    def keep(self, text: str) -> None:
        """Keep this in its place."""
        ...


class Shows(StrEnum):
    """What tells a kind of platform who sends: a key of the probe's own, a password, or nothing."""

    KEY = auto()
    PASSWORD = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class UplinkMeans:
    """What an uplink is given: its plan and settings, whose probe it is, and the way out.

    `identity` is the spool's own id. `took` notes rows as the platform's own while others of the batch are on their way;
    `between` reads what the spool keeps of a data code, sent or not.
    """

    plan: UplinkPlan
    config: ProbeConfig
    settings: Any
    identity: str
    client: httpx.AsyncClient
    clock: Clock
    memory: Memory
    took: Callable[[Sequence[int]], None]
    between: Callable[[str, dt.datetime, dt.datetime], Sequence[Spooled]]
    tokens: Tokens | None = None
    password: str = field(default="", repr=False)


def no_settings(fields: Fields) -> None:
    """Of a kind of platform that has none."""
    fields.finish()


@dataclass(frozen=True)
class Pace:
    """How rows go to a kind of platform: so many at once, within so long; whether those it refuses go once a day again.

    A backlog's batches grow up to `rows_max` while the platform answers at once; None: they are never larger.
    """

    rows: int = 2_000  # 20 points for a day; some 300 kB before compression, far below a hub's bound
    rows_max: int | None = None
    seconds: float = 60.0  # one batch with its receipt; a platform that takes longer has hung
    tries_again: bool = False


USUAL_PACE = Pace()


@dataclass(frozen=True)
class UplinkKind:
    """A member of `edge_probe/uplinks`: its name in the configuration, how its settings are read, how it is reached.

    `compares` is how it is asked what it holds; None where such a platform tells no digests.
    """

    name: str
    reach: Callable[[UplinkMeans], Uplink]
    read: Callable[[Fields], Any] = no_settings
    shows: Shows = Shows.KEY
    pace: Pace = USUAL_PACE
    compares: Callable[[UplinkMeans], Comparing] | None = None
