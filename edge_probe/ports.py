"""What the probe asks of the world: the time, a meter, a platform; Protocols with one or two verbs each.

The time is a port of its own here because `graph.ports` speaks Arrow, which a probe's small box does not load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeAlias

import httpx

from edge_probe.config import Device, UplinkPlan
from edge_probe.meter_map import MeterMap
from edge_probe.readings import Spooled
from graph.errors import SourceUnreachable


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
    """Why a quantity has no value: `kind` is silent (no answer in time), refused (the meter said no) or malformed."""

    kind: str
    detail: str


Answers: TypeAlias = Mapping[str, Decimal | Fault]


class Meter(Protocol):
    """One meter on its line."""

    async def read(self) -> Answers:
        """Every quantity asked of it, in the map's unit, or the fault that kept it back. Never raises for those."""
        ...

    async def close(self) -> None:
        """Let go of the line; the next read opens it again."""
        ...


@dataclass(frozen=True)
class MeterProtocol:
    """A member of `edge_probe/protocols`: its name in the configuration, and how a meter is reached with it."""

    name: str
    reach: Callable[[Device, MeterMap], Meter]


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

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Hand over rows; returns, with the platform's refusals, once they are the platform's own.

        Raises SourceUnreachable, SourceMalformed or SourceRefused when the rows must be sent again.
        """
        ...


class Tokens(Protocol):
    """What tells a platform who sends a request."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers of one request. Raises SourceUnreachable, SourceMalformed or SourceRefused without a token."""
        ...

    def refused(self) -> None:
        """The platform took the last token no longer."""
        ...


@dataclass(frozen=True)
class UplinkKind:
    """A member of `edge_probe/uplinks`: its name in the configuration, and how a platform is reached with it.

    `reach` gets the plan, its tokens, the spool's own id and the HTTP client.
    """

    name: str
    reach: Callable[[UplinkPlan, Tokens, str, httpx.AsyncClient], Uplink]
