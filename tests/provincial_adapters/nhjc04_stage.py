"""A hub's side of NHJC-04 for tests: fakes at its ports that remember what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from graph.errors import NengshuError
from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING
from graph.model.region import RegionCode
from graph.model.sync_run import Link, Receipt
from graph.model.verdict import Rejection
from graph.ports import Delivery
from provincial_adapters._toolkit.devices import Enrolled, Raw, Upload, only_new
from provincial_adapters.nhjc04 import AccessDevices, Proposal

UNIT = CreditCode("91970000MA00000013")
STRANGER = CreditCode("91990000MA0000002E")
SECRET = b"a secret of the test, long enough"
BASE_URL = "https://hub.example:8443/nengshu/"
LINK = Link("link-97", "nhjc04", RegionCode("970000"), "", quirks={"valid_means": "0"})
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
RECORDED = Path(__file__).parent / "recorded"


@dataclass
class Stage:
    """Every port at once."""

    link: Link = LINK
    known_codes: tuple[str, ...] = ()
    state: str = "active"
    deliveries: list[Delivery] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    refuse_all: bool = False
    fault: NengshuError | None = None
    clock: dt.datetime = NOW
    receipts: dict[str, Receipt] = field(default_factory=dict)
    device: DeviceState = DeviceState.APPROVED
    noted: list[Mapping[str, str | None]] = field(default_factory=list)
    raws: list[pa.Table] = field(default_factory=list)
    asked: int = 0  # how often it was looked for whose something is

    def link_of(self, unit: CreditCode) -> Link | None:
        self.asked += 1
        return self.link if unit == UNIT else None

    def province_of(self, unit: CreditCode) -> RegionCode | None:
        return self.link.region if unit == UNIT else None

    def enrol(self, unit: CreditCode) -> Enrolled | None:
        return self.find(unit)

    def find(self, unit: CreditCode) -> Enrolled | None:
        return self.find_all([unit]).get(unit)

    def find_all(self, units: Collection[CreditCode]) -> dict[CreditCode, Enrolled]:
        self.asked += 1
        return {unit: Enrolled(self.link, unit, self.device, 0, "不在本省") for unit in units if unit == UNIT}

    def say(self, device: Enrolled, proposal: Proposal) -> None:
        self.proposals.append(only_new(proposal, self.points([device.unit.text])))

    def note(self, device: Enrolled, **what: str | None) -> None:  # noqa: ARG002 - a port's words
        self.noted.append(what)

    def units(self) -> list[tuple[CreditCode, str]]:
        return [(UNIT, self.link.key)]

    def points(self, units: Sequence[str]) -> pa.Table:
        codes: list[str | None] = [*self.known_codes] or [None]
        states = [self.state if code else None for code in codes]
        return pa.table(
            {
                "unit": [units[0]] * len(codes),
                "data_code": pa.array(codes, pa.string()),
                "state": pa.array(states, pa.string()),
            }
        )

    def now(self) -> dt.datetime:
        return self.clock

    def deliver(self, device: Enrolled, delivery: Delivery, raw: Raw) -> Receipt:  # noqa: ARG002 - a port's words
        self.raws.append(raw())
        if self.fault is not None:
            raise self.fault
        self.deliveries.append(delivery)
        return self.receipts.setdefault(delivery.key, self._receipt(delivery))

    def _receipt(self, delivery: Delivery) -> Receipt:
        arrived = delivery.arrived
        refused = tuple(Rejection(**row) for row in arrived.rejections.to_pylist())
        if self.refuse_all:
            refused = tuple(
                Rejection(number, "unknown-code", "no such point") for number in range(1, arrived.rows + 1)
            )
        receipt = Receipt(
            1, delivery.source, delivery.key, self.clock, arrived.rows, 0, 0, 0, 0, 0, delivery.digest, "head"
        )
        kept = arrived.rows - len(refused)
        return replace(receipt, accepted=kept, rejected=refused, rejected_count=len(refused))

    def deliver_all(self, uploads: Sequence[Upload]) -> list[Receipt | NengshuError]:
        return [self._outcome(each) for each in uploads]

    def _outcome(self, upload: Upload) -> Receipt | NengshuError:
        try:
            return self.deliver(upload.device, upload.delivery, upload.raw)
        except NengshuError as fault:
            return fault

    def devices(self, base_url: str = BASE_URL, secret: bytes = SECRET) -> AccessDevices:
        """The side under test."""
        return AccessDevices(
            base_url=base_url,
            secret=secret,
            devices=self,
            deliver=self.deliver_all,
            clock=self,
        )

    def identity(self) -> str:
        """The deviceId UNIT's device is given."""
        answer = self.devices().register(b'{"enterpriseCode": "91970000MA00000013", "region": "970100"}')
        return str(answer["deviceId"])

    def recorded(self, name: str) -> bytes:
        """A recorded message with the identity this hub gave."""
        return (RECORDED / name).read_bytes().replace(b"%DEVICE%", self.identity().encode())
