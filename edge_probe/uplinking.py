"""A probe's uplinks at work: deliveries, what compares them by night, and what goes on beside them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import httpx

from edge_probe.board import Board
from edge_probe.board_file import BoardFile, board_file
from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.delivery import Delivery
from edge_probe.fields import Fields
from edge_probe.local_answers import LocalAnswers
from edge_probe.local_page import LocalPage
from edge_probe.nights import Night
from edge_probe.observed import observed
from edge_probe.ports import Clock
from edge_probe.readings import Event
from edge_probe.reconciling import Reconciling
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.tokens import Credential, OwnTokens
from edge_probe.uplink_ports import Companion, UplinkKind, UplinkMeans

Proof: TypeAlias = Credential | str | None  # to a platform: a key of the probe's own, a password, or nothing

_spread = secrets.SystemRandom().uniform


def settings_of(plan: UplinkPlan, kind: UplinkKind, faults: list[str]) -> Any:
    """What a kind of platform reads of an uplink's own settings; what is wrong with them goes to the faults."""
    return kind.read(Fields(plan.settings, f"uplink {plan.name}.settings", faults))


def comparable(config: ProbeConfig, kinds: Mapping[str, UplinkKind]) -> frozenset[str]:
    """The platforms of a configuration that tell digests of what they hold."""
    return frozenset(plan.name for plan in config.uplinks if kinds[plan.kind].compares)


@dataclass(frozen=True)
class Uplinking:
    """One probe's uplinks, with what they are made of."""

    config: ProbeConfig
    credentials: Mapping[str, Proof]
    clock: Clock
    spool: Spool
    clients: Mapping[str, httpx.AsyncClient]
    tell: Callable[[Event], None]
    board: Board
    kinds: Mapping[str, UplinkKind]

    def deliveries(self) -> list[Delivery]:
        """What hands readings to each platform."""
        return [
            Delivery(
                plan.name,
                observed(plan.name, self.kinds[plan.kind].reach(self._means(plan)), self.board),
                self.spool,
                self.clock,
                _spread,
                self.tell,
                self.kinds[plan.kind].pace,
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
            answers = LocalAnswers(self.config, self.spool, self.board, comparable(self.config, self.kinds))
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
        compares = self.kinds[plan.kind].compares
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
            settings=settings_of(plan, self.kinds[plan.kind], []),
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
    """What an uplink keeps of its platform, in the spool (edge_probe.uplink_ports.Memory)."""

    spool: Spool
    uplink: str

    def recall(self) -> str | None:
        """What was kept last."""
        return self.spool.recall(self.uplink)

    def keep(self, text: str) -> None:
        """Keep this in its place."""
        self.spool.keep(self.uplink, text)
