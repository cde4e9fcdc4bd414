"""A hub's side of the AK dialect for tests: fakes at its ports that remember what came."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import anyio
import pyarrow as pa

from graph.errors import NengshuError
from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING
from graph.model.region import RegionCode
from graph.model.sync_run import REJECTED_NAMED_MAX, Link, Receipt
from graph.model.verdict import Rejection
from graph.ports import Delivery
from provincial_adapters._nhjc_ak.configs import Calibration
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters._toolkit.devices import Enrolled, Proposal, Raw
from provincial_adapters.nhjc_ak import AkDevices, AkMeans, Answer, Caller

UNIT, SECOND = CreditCode("91970000MA00000013"), CreditCode.of_body("91970000MA0000002")
STRANGER = CreditCode("91990000MA0000002E")
SECRET = b"a secret of the test, long enough"
BASE_URL = "https://hub.example:8443/nengshu/"
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
PASSWORD = "Energy@2026"
SOMEWHERE = Caller("192.0.2.7")
PATIENCE_S = 30.0
T = TypeVar("T")

RECORD: Mapping[str, Any] = {
    "dataCode": "00-00-0000-023300-11", "dataValue": "12.50", "inputType": "4", "statType": "0",
    "statDate": "2026-11-22 00:15:00", "uploadDate": "2026-11-23 01:00:00", "scope": "1", "valid": "0",
}  # fmt: skip


@dataclass
class AkStage:
    """Every port at once. `refuse` names rows' values that a rule refuses, by the rule's code."""

    quirks: dict[str, Any] = field(default_factory=lambda: {"valid_means": "0"})
    state: DeviceState = DeviceState.APPROVED
    states: dict[CreditCode, DeviceState] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    fault: NengshuError | None = None
    link_key: str = "link-97"
    clock: dt.datetime = NOW
    enrolled: list[CreditCode] = field(default_factory=list)
    said: list[Proposal] = field(default_factory=list)
    notes: list[tuple[CreditCode, dict[str, str | None]]] = field(default_factory=list)
    kept: dict[tuple[str, CreditCode], bytes] = field(default_factory=dict)
    booked: list[Delivery] = field(default_factory=list)
    delivered: list[tuple[Enrolled, Delivery, pa.Table]] = field(default_factory=list)
    known: dict[str, Calibration] = field(default_factory=dict)
    coefficients: list[Decimal] = field(default_factory=list)
    writes: int = 0
    held: threading.Event | None = None  # what keeps a device's rows from their place until it is set

    @property
    def link(self) -> Link:
        return Link(self.link_key, "nhjc_ak", RegionCode("970000"), "", quirks=self.quirks)

    def link_of(self, unit: CreditCode) -> Link | None:
        return self.link if unit in (UNIT, SECOND) else None

    def province_of(self, unit: CreditCode) -> RegionCode | None:
        return self.link.region if unit in (UNIT, SECOND) else None

    def enrol(self, unit: CreditCode) -> Enrolled | None:
        if unit not in self.enrolled:
            self.enrolled.append(unit)
            self.writes += 1
        return self.find(unit)

    def find(self, unit: CreditCode) -> Enrolled | None:
        if unit not in self.enrolled:
            return None
        state = self.states.get(unit, self.state)
        return Enrolled(self.link, unit, state, self.enrolled.index(unit), None)

    def find_all(self, units: Collection[CreditCode]) -> dict[CreditCode, Enrolled]:
        return {unit: found for unit in units if (found := self.find(unit)) is not None}

    def say(self, device: Enrolled, proposal: Proposal) -> None:
        assert device.unit == proposal.unit
        self.said.append(proposal)

    def note(self, device: Enrolled, **what: str | None) -> None:
        self.notes.append((device.unit, what))

    def units(self) -> Sequence[tuple[CreditCode, str]]:
        return [(unit, self.link_key) for unit in self.enrolled]

    def keep(self, link: str, unit: CreditCode, digest: bytes) -> None:
        self.kept[link, unit] = digest

    def password(self, link: str, unit: CreditCode) -> bytes | None:
        return self.kept.get((link, unit))

    def now(self) -> dt.datetime:
        return self.clock

    def book(self, delivery: Delivery) -> Receipt:
        if self.fault is not None:
            raise self.fault
        self.booked.append(delivery)
        return self._receipt(delivery)

    def deliver(self, device: Enrolled, delivery: Delivery, raw: Raw) -> Receipt:
        if self.fault is not None:
            raise self.fault
        if self.held is not None:
            assert self.held.wait(PATIENCE_S)
        self.delivered.append((device, delivery, raw()))
        return self._receipt(delivery, waits=True)

    def _receipt(self, delivery: Delivery, *, waits: bool = False) -> Receipt:
        table, arrived = delivery.arrived.table, delivery.arrived
        named = [Rejection(**row) for row in arrived.rejections.to_pylist()]
        for row, value in zip(table["row"].to_pylist(), table["value"].to_pylist(), strict=True):
            if (code := self.refuse.get(value)) and not (waits and code == "unknown-code"):
                named.append(Rejection(row, code, "so said the rule"))
        counts = (arrived.rows, arrived.rows - len(named), 0, 0, 0, 0)
        moment = self.clock
        return Receipt(
            1,
            delivery.source,
            delivery.key,
            moment,
            *counts,
            delivery.digest,
            "head",
            tuple(named[:REJECTED_NAMED_MAX]),
            len(named),
        )

    def devices(self, base_url: str = BASE_URL, secret: bytes = SECRET) -> AkDevices:
        """The side under test."""
        return AkDevices(
            base_url,
            secret,
            AkMeans(
                devices=self,
                passwords=_Passwords(self),
                book=self.book,
                deliver=self.deliver,
                calibrations=lambda _: self.known,
                coefficients=lambda _unit, _variety: self.coefficients,
                version=lambda: self.writes,
                run=_run,
                clock=self,
            ),
        )


@dataclass
class _Passwords:
    stage: AkStage

    def find(self, link: str, unit: CreditCode) -> bytes | None:
        return self.stage.password(link, unit)

    def keep(self, link: str, unit: CreditCode, digest: bytes) -> None:
        self.stage.keep(link, unit, digest)


async def _run(call: Callable[[], T], /) -> T:
    return await anyio.to_thread.run_sync(call)


def told(answer: Answer) -> Any:
    """An answer as a client reads it."""
    return json.loads(answer.body)


def say(devices: AkDevices, path: str, caller: Caller = SOMEWHERE, /, **message: Any) -> Any:
    """A step's answer, read."""
    return told(devices.answer(path, json.dumps({"enterpriseCode": UNIT.text, **message}).encode(), caller))


def token(devices: AkDevices, unit: CreditCode = UNIT, password: str = PASSWORD) -> str:
    """The token of a unit's device that applied, in the dialect's own steps."""
    whose: dict[str, Any] = {"enterpriseCode": unit.text}
    applied = say(devices, "/enterpriseInfo/apply", SOMEWHERE, password=password, name="虚构钢铁厂", **whose)
    assert applied["responseCode"] == "200"
    key = say(devices, "/enterpriseInfo/rwk", SOMEWHERE, **whose)["data"]["secretKey"]
    answer = say(devices, "/requestAK", SOMEWHERE, password=proof_of(key, unit, password), **whose)
    assert answer["responseCode"] == "200"
    return str(answer["data"]["token"])


async def send(devices: AkDevices, shown: str | None, **changes: Any) -> Any:
    """What a record is answered, read."""
    body = json.dumps({**RECORD, **changes}).encode()
    return told(await devices.take(body, Caller(SOMEWHERE.address, shown)))
