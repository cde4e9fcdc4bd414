"""What the probe asks of the world: the time and meters; Protocols with one or two verbs each.

What it asks of platforms stands in `edge_probe/uplink_ports.py`.
The time is a port of its own here because `graph.ports` speaks Arrow, which a probe's small box does not load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, TypeAlias, TypeGuard

from edge_probe.config import Device
from edge_probe.meter_map import MeterMap
from edge_probe.plan import Span
from edge_probe.reaching import USUAL_REACH, Reach
from graph.errors import SourceError, SourceRefused, SourceUnreachable


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
