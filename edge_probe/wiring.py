"""Makes a probe of its configuration: the only place in it that has clients, files and clocks made."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from edge_probe.asking_time import AskingTime
from edge_probe.board import Board
from edge_probe.choosing import meter_of
from edge_probe.clock import SystemClock
from edge_probe.config import Device, ProbeConfig, UplinkPlan
from edge_probe.config_file import load_config
from edge_probe.health import Running
from edge_probe.integrating import integrating
from edge_probe.joining import Joining
from edge_probe.logins import kept, logged_in, password_of
from edge_probe.observed import ObservedMeter
from edge_probe.ports import Clock, Looks, MeterProtocol
from edge_probe.probe import Probe
from edge_probe.reaching import Way
from edge_probe.readings import Event
from edge_probe.reconciling import Reconciling
from edge_probe.resting import Resting
from edge_probe.spool import Spool
from edge_probe.spool_start import opened
from edge_probe.timekeeping import Timekeeper
from edge_probe.tokens import Credential
from edge_probe.typed_watch import TypedWatch
from edge_probe.uplink_clients import uplink_clients
from edge_probe.uplink_ports import Shows, UplinkKind
from edge_probe.uplink_tls import tls_context
from edge_probe.uplinking import Proof, Uplinking, settings_of
from edge_probe.watch import DEADLINE_TIMEOUTS, Shared, Watch, undoubted
from graph.discover import members_of
from graph.errors import ConfigurationError, InvalidInput


def protocols() -> dict[str, MeterProtocol]:
    """The meter protocols there are, by name."""
    return members_of("edge_probe.protocols", "PROTOCOL", MeterProtocol)


def uplink_kinds() -> dict[str, UplinkKind]:
    """The kinds of platform a probe can hand its readings to, by name."""
    return members_of("edge_probe.uplinks", "UPLINK", UplinkKind)


def bare_kinds() -> list[str]:
    """The kinds of platform that are shown no credential."""
    return [name for name, kind in uplink_kinds().items() if kind.shows is Shows.NOTHING]


def plain(file: Path) -> ProbeConfig:
    """A configuration as it stands in its file, for who asks no meter and no platform. Raises ConfigurationError."""
    return load_config(file, protocols(), uplink_kinds(), bare_kinds())


def load(file: Path, environ: Mapping[str, str]) -> tuple[ProbeConfig, dict[str, Proof]]:
    """A configuration and what each uplink shows. Raises ConfigurationError telling every fault."""
    config = plain(file)
    faults: list[str] = []
    config = replace(config, devices=tuple(logged_in(each, environ, faults) for each in config.devices))
    faults += _device_faults(config)
    found = {plan.name: _shown(plan, environ, faults) for plan in config.uplinks}
    for plan in config.uplinks:
        settings_of(plan, uplink_kinds()[plan.kind], faults)
        _tls(plan, faults)
    if faults:
        raise ConfigurationError(str(file), faults)
    return config, found


def without_secrets(file: Path) -> ProbeConfig:
    """A configuration, for who does not speak to platforms. Raises ConfigurationError telling every fault."""
    config = plain(file)
    if faults := _device_faults(config):
        raise ConfigurationError(str(file), faults)
    return config


def _device_faults(config: ProbeConfig) -> list[str]:
    ways = protocols()
    return [
        f"device {each.name}: {why}" for each in config.devices for why in ways[each.protocol].check(each)
    ]


@asynccontextmanager
async def assembled(
    config: ProbeConfig, credentials: Mapping[str, Proof], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[Probe]:
    """A probe with its spool open and its clients ready. Raises StoreError when the spool cannot be opened."""
    spool, found = opened(config.spool, clock.now())
    for event in found:
        tell(event)
    try:
        spool.add_uplinks(plan.name for plan in config.uplinks)
        board = Board(clock)
        keeper = Timekeeper(time.monotonic, board.heard) if isinstance(clock, SystemClock) else None
        async with uplink_clients(config, keeper) as clients:
            made = Uplinking(config, credentials, clock, spool, clients, tell, board, uplink_kinds())
            deliveries = made.deliveries()
            cycle = dt.timedelta(seconds=config.cycle_s)
            shared = shared_of(config, clock, spool, tell, keeper)
            beside = made.beside(deliveries)
            if keeper is not None:
                beside.append(AskingTime(config.time, keeper, clock.now, tell))
            yield Probe(clock, cycle, spool, watches_of(config, shared, board), deliveries, tell, beside)
    finally:
        spool.close()


@asynccontextmanager
async def comparing(
    config: ProbeConfig, credentials: Mapping[str, Proof], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[dict[str, Reconciling | None]]:
    """What compares each uplink; None where such a platform tells no digests. Raises StoreError without a spool."""
    spool = Spool(config.spool, create=False)
    try:
        async with uplink_clients(config) as clients:
            made = Uplinking(config, credentials, clock, spool, clients, tell, Board(clock), uplink_kinds())
            yield {delivery.name: made.reconciling(delivery) for delivery in made.deliveries()}
    finally:
        spool.close()


def shared_of(
    config: ProbeConfig,
    clock: Clock,
    spool: Spool,
    tell: Callable[[Event], None],
    keeper: Timekeeper | None,
) -> Shared:
    """What the watches of a probe have in common; only a clock that is kept comes into doubt."""
    unit, tolerance = str(config.unit), dt.timedelta(seconds=config.tolerance_s)
    join = Joining(spool, unit, config.virtual, tell).join
    doubt = keeper.seen if keeper else undoubted
    running = Running(spool.spans.alive_at())
    return Shared(unit, clock, spool, tolerance, tell, spool.counters(), join, doubt, running)


def watches_of(config: ProbeConfig, shared: Shared, board: Board) -> list[Looks]:
    """What looks at each device, as its protocol wants it; meters of one endpoint share its line."""
    reach = {name: protocol.begun() for name, protocol in protocols().items()}
    watches: list[Looks] = []
    for device in config.devices:
        protocol = reach[device.protocol]
        read = integrating(device, meter_of(device, protocol), shared.known, shared.clock)
        meter = ObservedMeter(device.name, Resting(read, device.quantities, shared.clock), board)
        if protocol.reach_by.way is Way.PERSON:
            watches.append(TypedWatch(device, meter, shared))
        else:
            watches.append(Watch(device, meter, shared, look_s_max(device, config)))
    return watches


def look_s_max(device: Device, config: ProbeConfig) -> float:
    """How long a look at a device may take: a turn of everybody on its line, and never longer than its cycle."""
    line = [each for each in config.devices if (each.host, each.port) == (device.host, device.port)]
    return min(sum(map(turn_s_max, line)), float(device.cycle_s or config.cycle_s))


def turn_s_max(device: Device) -> float:
    """How long a device may have its line: a few timeouts, or where each figure is a question of its own, one for each.

    Where it has several maps, each costs a question besides that may go unanswered, and the quiet after it.
    """
    maps = len(device.others) + 1 if device.others else 0
    questions = len(device.quantities) + 1 + maps
    return (max(DEADLINE_TIMEOUTS, questions) + maps) * device.timeout_s + questions * device.pause_s


def _tls(plan: UplinkPlan, faults: list[str]) -> None:
    try:
        tls_context(plan.name, plan.tls)
    except ConfigurationError as fault:
        faults += [f"uplink {plan.name}.tls: {each}" for each in fault.faults]


def _shown(plan: UplinkPlan, environ: Mapping[str, str], faults: list[str]) -> Proof:
    shows = uplink_kinds()[plan.kind].shows
    if shows is Shows.NOTHING:
        return None
    place = f"uplink {plan.name}"
    where, text = kept(plan.credential_env, plan.credential_file, environ, place, faults)
    if not text:
        faults.append(f"{place}: {where} holds no credential")
        return None
    try:
        return password_of(text) if shows is Shows.PASSWORD else Credential.parse(text)
    except InvalidInput as fault:
        faults.append(f"{place}: {where} holds something else than a credential: {fault}")
        return None
