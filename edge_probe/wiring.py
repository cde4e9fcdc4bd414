"""Makes a probe of its configuration: the only place in it that has clients, files and clocks made."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from edge_probe.board import Board
from edge_probe.board_file import BoardFile, board_file
from edge_probe.config import ProbeConfig, UplinkPlan, load_config
from edge_probe.delivery import Delivery
from edge_probe.fields import Fields
from edge_probe.health import Running
from edge_probe.joining import Joining
from edge_probe.local_answers import LocalAnswers
from edge_probe.local_page import LocalPage
from edge_probe.nights import Night
from edge_probe.observed import ObservedMeter, observed
from edge_probe.ports import Clock, Companion, MeterProtocol, Shows, UplinkKind, UplinkMeans
from edge_probe.probe import Probe
from edge_probe.readings import Event
from edge_probe.reconciling import Reconciling
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.tokens import Credential, OwnTokens
from edge_probe.uplink_clients import uplink_clients
from edge_probe.uplink_tls import tls_context
from edge_probe.watch import Watch
from graph.discover import members_of
from graph.errors import ConfigurationError, InvalidInput

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
    found = {plan.name: _shown(plan, environ, faults) for plan in config.uplinks}
    for plan in config.uplinks:
        _settings(plan, faults)
        _tls(plan, faults)
    if faults:
        raise ConfigurationError(str(file), faults)
    return config, found


@asynccontextmanager
async def assembled(
    config: ProbeConfig, credentials: Mapping[str, Shown], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[Probe]:
    """A probe with its spool open and its clients ready. Raises StoreError when the spool cannot be opened."""
    spool = Spool(config.spool)
    try:
        spool.add_uplinks(plan.name for plan in config.uplinks)
        board = Board(clock)
        async with uplink_clients(config, board) as clients:
            made = _Made(config, credentials, clock, spool, clients, tell, board)
            deliveries = made.deliveries()
            cycle = dt.timedelta(seconds=config.cycle_s)
            watches, beside = _watches(config, clock, spool, tell, board), made.beside(deliveries)
            yield Probe(clock, cycle, spool, watches, deliveries, tell, beside)
    finally:
        spool.close()


@asynccontextmanager
async def comparing(
    config: ProbeConfig, credentials: Mapping[str, Shown], clock: Clock, tell: Callable[[Event], None]
) -> AsyncIterator[dict[str, Reconciling | None]]:
    """What compares each uplink; None where such a platform tells no digests. Raises StoreError without a spool."""
    spool = Spool(config.spool, create=False)
    try:
        async with uplink_clients(config, board := Board(clock)) as clients:
            made = _Made(config, credentials, clock, spool, clients, tell, board)
            yield {delivery.name: made.reconciling(delivery) for delivery in made.deliveries()}
    finally:
        spool.close()


def _watches(
    config: ProbeConfig, clock: Clock, spool: Spool, tell: Callable[[Event], None], board: Board
) -> list[Watch]:
    known, reach = spool.counters(), protocols()
    tolerance = dt.timedelta(seconds=config.tolerance_s)
    join = Joining(spool, str(config.unit), config.virtual, tell).join
    running = Running(spool.spans.alive_at())
    watches = []
    for device in config.devices:
        meter = ObservedMeter(device.name, reach[device.protocol].reach(device, device.map), board)
        watches.append(
            Watch(device, str(config.unit), meter, clock, spool, known, tolerance, tell, join, running)
        )
    return watches


@dataclass(frozen=True)
class _Made:
    """One probe's uplinks, with what they are made of."""

    config: ProbeConfig
    credentials: Mapping[str, Shown]
    clock: Clock
    spool: Spool
    clients: Mapping[str, httpx.AsyncClient]
    tell: Callable[[Event], None]
    board: Board

    def deliveries(self) -> list[Delivery]:
        """What hands readings to each platform."""
        kinds = uplink_kinds()
        return [
            Delivery(
                plan.name,
                observed(plan.name, kinds[plan.kind].reach(self._means(plan)), self.board),
                self.spool,
                self.clock,
                _spread,
                self.tell,
                kinds[plan.kind].pace,
            )
            for plan in self.config.uplinks
        ]

    def beside(self, deliveries: Sequence[Delivery]) -> list[Companion]:
        """What goes on beside reading and handing over: nights, what `status` reads, and the page where one is wanted."""
        found: list[Companion] = [
            *self.nights(deliveries),
            BoardFile(board_file(self.config.spool), self.board),
        ]
        if self.config.page is not None:
            answers = LocalAnswers(self.config, self.spool, self.board, self.clock, comparable(self.config))
            found.append(LocalPage(self.config.page, answers.answer, self.clock.now, self.tell))
        return found

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
        client = self.clients[plan.name]
        own = OwnTokens(plan.name, plan.url, shown, client) if isinstance(shown, Credential) else None
        return UplinkMeans(
            plan=plan,
            config=self.config,
            settings=_settings(plan, []),
            identity=self.spool.identity,
            client=client,
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


def _tls(plan: UplinkPlan, faults: list[str]) -> None:
    try:
        tls_context(plan.name, plan.tls)
    except ConfigurationError as fault:
        faults += [f"uplink {plan.name}.tls: {each}" for each in fault.faults]


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
