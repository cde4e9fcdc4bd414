"""Makes a probe of its configuration: the only place in it that creates clients, files and clocks."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from edge_probe.asking_time import AskingTime
from edge_probe.choosing import meter_of
from edge_probe.clock import SystemClock
from edge_probe.config import Device, ProbeConfig, UplinkPlan
from edge_probe.config_file import load_config
from edge_probe.delivery import Delivery
from edge_probe.fields import Fields
from edge_probe.health import Running
from edge_probe.joining import Joining
from edge_probe.nights import Night
from edge_probe.ports import Clock, MeterProtocol, Shows, UplinkKind, UplinkMeans
from edge_probe.probe import Probe
from edge_probe.readings import Event
from edge_probe.reconciling import Reconciling
from edge_probe.resting import Resting
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.spool_start import opened
from edge_probe.timekeeping import Timekeeper
from edge_probe.tokens import Credential, OwnTokens
from edge_probe.watch import DEADLINE_TIMEOUTS, Watch
from graph.discover import members_of
from graph.errors import ConfigurationError, InvalidInput
from graph.model.period import UTC

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0  # a hub answers a batch in well under a second

Shown: TypeAlias = Credential | str | None  # to a platform: a key of the probe's own, a password, or nothing
PASSWORD_CHARACTERS_MAX = 512  # what a platform of people's making gives out is a tenth of it

_spread = secrets.SystemRandom().uniform


def protocols() -> dict[str, MeterProtocol]:
    """The meter protocols there are, by name."""
    return members_of("edge_probe.protocols", "PROTOCOL", MeterProtocol)


def uplink_kinds() -> dict[str, UplinkKind]:
    """The kinds of platform a probe can hand its readings to, by name."""
    return members_of("edge_probe.uplinks", "UPLINK", UplinkKind)


def bare_kinds() -> list[str]:
    """The kinds of platform that are shown no credential."""
    return [name for name, kind in uplink_kinds().items() if kind.shows is Shows.NOTHING]


def comparable(config: ProbeConfig) -> frozenset[str]:
    """The platforms of a configuration that tell digests of what they hold."""
    kinds = uplink_kinds()
    return frozenset(plan.name for plan in config.uplinks if kinds[plan.kind].compares)


def load(file: Path, environ: Mapping[str, str]) -> tuple[ProbeConfig, dict[str, Shown]]:
    """A configuration and what each uplink shows. Raises ConfigurationError telling every fault."""
    config = load_config(file, protocols(), uplink_kinds(), bare_kinds())
    faults: list[str] = []
    ways = protocols()
    for device in config.devices:
        faults += [f"device {device.name}: {why}" for why in ways[device.protocol].check(device)]
    found = {plan.name: _shown(plan, environ, faults) for plan in config.uplinks}
    for plan in config.uplinks:
        _settings(plan, faults)
    if faults:
        raise ConfigurationError(str(file), faults)
    return config, found


@asynccontextmanager
async def assembled(
    config: ProbeConfig, credentials: Mapping[str, Shown], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[Probe]:
    """A probe with its spool open and its clients ready. Raises StoreError when the spool cannot be opened."""
    spool, found = opened(config.spool, clock.now())
    for event in found:
        tell(event)
    try:
        spool.add_uplinks(plan.name for plan in config.uplinks)
        keeper = Timekeeper(time.monotonic) if isinstance(clock, SystemClock) else None
        async with _client(keeper) as client:
            made = _Made(config, credentials, clock, spool, client, tell)
            deliveries = made.deliveries()
            cycle = dt.timedelta(seconds=config.cycle_s)
            watches, nights = _watches(config, clock, spool, tell, keeper), made.nights(deliveries)
            beside = [AskingTime(config.time, keeper, clock.now, tell).keep] if keeper else []
            yield Probe(clock, cycle, spool, watches, deliveries, tell, nights, beside)
    finally:
        spool.close()


@asynccontextmanager
async def comparing(
    config: ProbeConfig, credentials: Mapping[str, Shown], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[dict[str, Reconciling | None]]:
    """What compares each uplink; None where such a platform tells no digests. Raises StoreError without a spool."""
    spool = Spool(config.spool, create=False)
    try:
        async with _client() as client:
            made = _Made(config, credentials, clock, spool, client, tell)
            yield {delivery.name: made.reconciling(delivery) for delivery in made.deliveries()}
    finally:
        spool.close()


def _watches(
    config: ProbeConfig, clock: Clock, spool: Spool, tell: Callable[[Event], None], keeper: Timekeeper | None
) -> list[Watch]:
    known = spool.counters()
    reach = {name: protocol.begun() for name, protocol in protocols().items()}
    tolerance = dt.timedelta(seconds=config.tolerance_s)
    join = Joining(spool, str(config.unit), config.virtual, tell).join
    running = Running(spool.spans.alive_at())
    unit = str(config.unit)
    watches = []
    for device in config.devices:
        meter = meter_of(device, reach[device.protocol])
        resting, deadline_s = Resting(meter, device.quantities, clock), look_s_max(device, config)
        watches.append(
            Watch(
                device, unit, resting, clock, spool, known, tolerance, tell, join, running, deadline_s, keeper
            )
        )
    return watches


def look_s_max(device: Device, config: ProbeConfig) -> float:
    """How long a look at a device may take: a turn of everybody on its line, and never longer than its cycle."""
    line = [each for each in config.devices if (each.host, each.port) == (device.host, device.port)]
    return min(sum(map(turn_s_max, line)), float(device.cycle_s or config.cycle_s))


def turn_s_max(device: Device) -> float:
    """How long a device may have its line: a few timeouts, or where each figure is a question of its own, one for each."""
    questions = len(device.quantities) + 1
    return max(DEADLINE_TIMEOUTS, questions) * device.timeout_s + questions * device.pause_s


@dataclass(frozen=True)
class _Made:
    """One probe's uplinks, with what they are made of."""

    config: ProbeConfig
    credentials: Mapping[str, Shown]
    clock: Clock
    spool: Spool
    client: httpx.AsyncClient
    tell: Callable[[Event], None]

    def deliveries(self) -> list[Delivery]:
        """What hands readings to each platform."""
        kinds = uplink_kinds()
        return [
            Delivery(
                plan.name,
                kinds[plan.kind].reach(self._means(plan)),
                self.spool,
                self.clock,
                _spread,
                self.tell,
                kinds[plan.kind].pace,
            )
            for plan in self.config.uplinks
        ]

    def nights(self, deliveries: Sequence[Delivery]) -> list[Night]:
        """What compares each platform by night, where the configuration wants it and the platform can tell."""
        slot = self.config.reconcile_slot
        if slot is None:
            return []
        found = [made for delivery in deliveries if (made := self.reconciling(delivery))]
        return [Night(made, slot, self.clock, _spread, self.tell, self._add_events) for made in found]

    def reconciling(self, delivery: Delivery) -> Reconciling | None:
        """What compares a platform with the spool; None where it tells no digests."""
        (plan,) = (plan for plan in self.config.uplinks if plan.name == delivery.name)
        compares = uplink_kinds()[plan.kind].compares
        if compares is None:
            return None
        codes = [code for code, _ in self.config.data_codes]
        return Reconciling(
            plan.name,
            str(self.config.unit),
            codes,
            compares(self._means(plan)),
            delivery.push,
            SpoolComparing(self.spool),
            self.clock,
            self.tell,
            self._add_events,
        )

    def _add_events(self, events: Sequence[Event]) -> None:
        self.spool.append(events=events)

    def _means(self, plan: UplinkPlan) -> UplinkMeans:
        shown = self.credentials[plan.name]
        own = OwnTokens(plan.name, plan.url, shown, self.client) if isinstance(shown, Credential) else None
        return UplinkMeans(
            plan=plan,
            config=self.config,
            settings=_settings(plan, []),
            identity=self.spool.identity,
            client=self.client,
            clock=self.clock,
            memory=_SpoolMemory(self.spool, plan.name),
            took=partial(self.spool.take_note, plan.name),
            between=self.spool.between,
            tokens=own,
            password=shown if isinstance(shown, str) else "",
        )


@dataclass(frozen=True)
class _SpoolMemory:
    """What an uplink keeps of its platform, in the spool (edge_probe.ports.Memory)."""

    spool: Spool
    uplink: str

    def recall(self) -> str | None:
        """What was kept last."""
        return self.spool.recall(self.uplink)

    def keep(self, text: str) -> None:
        """Keep this in its place."""
        self.spool.keep(self.uplink, text)


def _settings(plan: UplinkPlan, faults: list[str]) -> Any:
    return uplink_kinds()[plan.kind].read(Fields(plan.settings, f"uplink {plan.name}.settings", faults))


def _client(keeper: Timekeeper | None = None) -> httpx.AsyncClient:
    # trust_env and redirects off: readings and tokens go to the address in the configuration and nowhere else.
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    hooks: dict[str, list[Callable[..., Any]]] = (
        {} if keeper is None else {"response": [partial(_dated, keeper)]}
    )
    return httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False, event_hooks=hooks)


async def _dated(keeper: Timekeeper, answer: httpx.Response) -> None:
    """What an answer of a platform says of the time."""
    keeper.platform_said(answer.url.host, dt.datetime.now(UTC), answer.headers.get("date"))


def _shown(plan: UplinkPlan, environ: Mapping[str, str], faults: list[str]) -> Shown:
    shows = uplink_kinds()[plan.kind].shows
    if shows is Shows.NOTHING:
        return None
    place = f"uplink {plan.name}"
    if plan.credential_env is not None:
        where, text = f"environment variable {plan.credential_env}", environ.get(plan.credential_env, "")
    else:
        where, text = f"file {plan.credential_file}", _file_text(plan.credential_file, place, faults)
    if not text.strip():
        faults.append(f"{place}: {where} holds no credential")
        return None
    try:
        return _password(text.strip()) if shows is Shows.PASSWORD else Credential.parse(text.strip())
    except InvalidInput as fault:
        faults.append(f"{place}: {where} holds something else than a credential: {fault}")
        return None


def _password(text: str) -> str:
    if len(text) > PASSWORD_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(f"expected a password of at most {PASSWORD_CHARACTERS_MAX} visible characters")
    return text


def _file_text(file: Path | None, place: str, faults: list[str]) -> str:
    try:
        return file.read_text("utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(f"{place}: credential_file {file}: {fault}")
        return ""
