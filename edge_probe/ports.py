"""What the probe asks of the world: the time, a meter, a platform; Protocols with one or two verbs each.

The time is a port of its own here because `graph.ports` speaks Arrow, which a probe's small box does not load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any, Protocol, TypeAlias, TypeGuard, runtime_checkable

import httpx

from edge_probe.config import Device, ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.meter_map import MeterMap
from edge_probe.plan import Span
from edge_probe.reaching import USUAL_REACH, Reach
from edge_probe.readings import Spooled
from graph.errors import SourceError, SourceRefused, SourceUnreachable
from graph.model.digest import Digest
from graph.model.probe_span import ProbeSpan


class Clock(Protocol):
    """The probe's time, which a simulation may run faster than the wall's."""

    def now(self) -> dt.datetime:
        """The present moment, aware."""
        ...

    def seconds_until(self, moment: dt.datetime) -> float:
        """How many real seconds to wait for `moment`; 0 when it has passed."""
        ...


@dataclass(frozen=True)
class Fault:
    """Why a quantity has no value.

    `kind` is silent (no answer in time), refused (the meter said no), malformed, or unknown-map (another meter hangs there).
    """

    kind: str
    detail: str

    @classmethod
    def of(cls, error: SourceError) -> Fault:
        """What an error of a source is to a meter's quantity."""
        if isinstance(error, SourceUnreachable):
            return cls("silent", str(error))
        return cls("refused" if isinstance(error, SourceRefused) else "malformed", str(error))


Answers: TypeAlias = Mapping[str, Decimal | Fault]


def is_silent(answer: Decimal | Fault) -> TypeGuard[Fault]:
    """Whether no answer came in time."""
    return isinstance(answer, Fault) and answer.kind == "silent"


class Meter(Protocol):
    """One meter on its line."""

    async def read(self) -> Answers:
        """Every quantity asked of it, in the map's unit, or the fault that kept it back. Never raises for those."""
        ...

    async def close(self) -> None:
        """Let go of the line; the next read opens it again."""
        ...


class Looks(Protocol):
    """What looks at one device's meter and writes down what came of it."""

    device: Device

    async def look(self) -> bool:
        """One look; whether there may be something to hand over. Raises StoreError when it could not be written."""
        ...

    async def close(self) -> None:
        """Let go of the meter's line."""
        ...


Reaching: TypeAlias = Callable[[Device, MeterMap], Meter]


def alone(together: Callable[[], Reaching]) -> Reaching:
    """A meter that has to itself the line which meters otherwise share."""
    return lambda device, meter_map: together()(device, meter_map)


def registered(device: Device) -> list[str]:
    """What is wrong with a device of registers, which knows no settings of its own."""
    faults = [f"settings: {key}: no such setting" for key in device.settings]
    if not device.map.quantities:
        faults.append(f"map: {device.map.name} has no registers, which {device.protocol} reads")
    return faults


class RegistersRefused(SourceRefused):
    """The meter said no to a read, with this exception code (Modbus application protocol V1.1b3, 7)."""

    def __init__(self, message: str, exception: int) -> None:
        super().__init__(message)
        self.exception = exception


class Registers(Protocol):
    """One meter's registers as they are, for who finds out how it wants to be read."""

    async def registers(self, span: Span) -> Sequence[int]:
        """These registers. Raises RegistersRefused, SourceUnreachable or SourceMalformed; close after the latter two."""
        ...

    async def close(self) -> None:
        """Let go of the line; the next read opens it again."""
        ...


@dataclass(frozen=True)
class MeterProtocol:
    """A member of `edge_probe/protocols`: its name in the configuration, and how a meter is reached with it.

    `reach_by` is what it wants of a device's table. `together` begins a probe in which devices behind one endpoint share
    their line; None where each has its own. `check` tells what is wrong with a device of its, its settings and its map.
    `registers` reaches its registers as they are, over a line of their own; None where it has none.
    """

    name: str
    reach: Reaching
    reach_by: Reach = USUAL_REACH
    together: Callable[[], Reaching] | None = None
    check: Callable[[Device], list[str]] = registered
    registers: Callable[[Device, MeterMap], Registers] | None = None

    def begun(self) -> MeterProtocol:
        """The protocol as one probe uses it, its meters on lines that they share."""
        return replace(self, reach=self.together()) if self.together else self


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
