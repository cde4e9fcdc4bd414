"""What each protocol's simulated meter does when it is told to misbehave: a stage for every file of the open folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from edge_probe.config import Device
from hub.simulate._meter_octets import Octets
from hub.simulate._mqtt_broker import MqttFaults
from hub.simulate._opcua_front import OpcuaFaults
from hub.simulate._server_faults import ServerFaults
from hub.simulate.meter import Faults
from hub.simulate.meter645 import Faults645, Meter645
from tests.edge_probe import meter645_stage, modbus_stages, mqtt_stage, opcua_stage
from tests.edge_probe.simulation import simulated

LATE_S, TIMEOUT_S = 0.3, 0.2  # later than two timeouts it costs another look (test_modbus_late.py)
SESSION_S = 1.0  # in which a session is opened with five answers, on a machine that has other work to do, too
UNASKED_S = 0.6  # in which a thread connects, and a figure comes that is published every so often


class Misbehaviour(StrEnum):
    """What meters do in the field; `WRONG` is a frame whose check does not hold, `FOREIGN` another's answer."""

    LATE = auto()
    SILENT = auto()
    WRONG = auto()
    HALF = auto()
    BUSY = auto()
    FOREIGN = auto()


@dataclass(frozen=True)
class Staged:
    """A meter on its line: how a probe reaches it, how it is told to misbehave, and what its counter shows from now on.

    Where figures come unasked, the one from before still holds for `good_for_s`.
    """

    device: Device
    misbehave: Callable[[Misbehaviour | None], None]
    show: Callable[[Decimal], None]
    good_for_s: float = 0.0


FaultsT = TypeVar("FaultsT", bound=ServerFaults)
Stage: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Staged]]

MODBUS = {
    Misbehaviour.LATE: Faults(late_s=LATE_S),
    Misbehaviour.SILENT: Faults(silent_after=0),
    Misbehaviour.WRONG: Faults(octets=Octets.WRONG_CHECK),
    Misbehaviour.HALF: Faults(octets=Octets.HALF),
    Misbehaviour.BUSY: Faults(busy=True),
    Misbehaviour.FOREIGN: Faults(octets=Octets.OTHER_UNIT),
}


def server_faults(kind: type[FaultsT], late_s: float) -> Mapping[Misbehaviour | None, FaultsT]:
    """The same of a server of any protocol, which calls them alike; sound where it is told nothing."""
    return {
        None: kind(),
        Misbehaviour.LATE: kind(late_s=late_s),
        Misbehaviour.SILENT: kind(silent=True),
        Misbehaviour.WRONG: kind(wrong=True),
        Misbehaviour.HALF: kind(half=True),
        Misbehaviour.BUSY: kind(busy=True),
        Misbehaviour.FOREIGN: kind(foreign=True),
    }


DLT645 = server_faults(Faults645, LATE_S)
OPCUA = server_faults(OpcuaFaults, 2 * SESSION_S)
MQTT = server_faults(MqttFaults, LATE_S)


@asynccontextmanager
async def modbus(protocol: str, folder: Path) -> AsyncIterator[Staged]:
    """Registers, by any of the ways of speaking Modbus."""
    meter = simulated()

    def misbehave(how: Misbehaviour | None) -> None:
        meter.faults = MODBUS[how] if how else Faults()

    def show(figure: Decimal) -> None:
        meter.load.initial = figure

    async with modbus_stages.staged(protocol, meter, folder, timeout_s=TIMEOUT_S) as device_of:
        yield Staged(device_of(1), misbehave, show)


@asynccontextmanager
async def dlt645_tcp(_: Path) -> AsyncIterator[Staged]:
    """Data identifiers, behind a gateway."""
    meter = meter645_stage.meter645()
    async with meter645_stage.gateway(meter) as port:
        yield _staged645(meter, meter645_stage.device645(port, timeout_s=TIMEOUT_S))


@asynccontextmanager
async def dlt645_serial(_: Path) -> AsyncIterator[Staged]:
    """Data identifiers, on a serial port."""
    meter = meter645_stage.meter645()
    with meter645_stage.serial_port(meter) as path:
        yield _staged645(meter, meter645_stage.at_serial(path))


def _staged645(meter: Meter645, device: Device) -> Staged:
    def misbehave(how: Misbehaviour | None) -> None:
        meter.faults = DLT645[how]

    def show(figure: Decimal) -> None:
        meter.shows.load.initial = figure

    return Staged(device, misbehave, show)


@asynccontextmanager
async def opcua(_: Path) -> AsyncIterator[Staged]:
    """Nodes of an OPC UA server."""
    async with opcua_stage.fronted() as (front, shows, port):

        def misbehave(how: Misbehaviour | None) -> None:
            front.faults = OPCUA[how]

        def show(figure: Decimal) -> None:
            shows.meter.load.initial = figure

        yield Staged(opcua_stage.device_opcua(port, timeout_s=SESSION_S), misbehave, show)


@asynccontextmanager
async def mqtt(_: Path) -> AsyncIterator[Staged]:
    """Topics of an MQTT broker."""
    async with mqtt_stage.published() as (broker, port):

        def misbehave(how: Misbehaviour | None) -> None:
            broker.misbehave(MQTT[how])

        def show(figure: Decimal) -> None:
            broker.meter.load.initial = figure

        device = mqtt_stage.device_mqtt(port, timeout_s=UNASKED_S)
        yield Staged(device, misbehave, show, mqtt_stage.FRESH_S)


STAGES: Mapping[str, Stage] = {
    **{name: partial(modbus, name) for name in modbus_stages.SPOKEN},
    "dlt645_tcp": dlt645_tcp,
    "dlt645_serial": dlt645_serial,
    "opcua": opcua,
    "mqtt": mqtt,
}
