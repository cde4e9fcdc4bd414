"""A hub whose devices need their province's word, and what a device says to it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.period import beijing_day
from graph.ports import Ask, Condition
from hub.device_booking import Booking
from hub.wiring import Hub
from tests.hub.invented_hub import WHO, YI, hub_of, units_of

UNIT = units_of(YI)[1].code
POWER, GAS, UNHEARD = "00-00-0000-023300-11", "00-00-0000-011500-11", "00-00-0000-023200-11"
SUCCESS = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS"}
LINK = "devices"
NUMBERS = count(1)
DAY = "2026-10-05"


@dataclass
class Stage:
    """One unit's device, and its province."""

    hub: Hub
    unit: str = UNIT

    def say(self, step: str, **message: Any) -> dict[str, Any]:
        """The hub's answer to a message."""
        answer: dict[str, Any] = getattr(self.hub.devices, step)(json.dumps(message).encode())
        return answer

    def registered(self) -> str:
        """The identity the device is given."""
        return str(self.say("register", enterpriseCode=self.unit, region=YI)["deviceId"])

    def configure(self, *codes: str, **enterprise: Any) -> dict[str, Any]:
        """The device says what it will send."""
        items = [_item(code) for code in codes]
        sender = {"deviceId": self.registered(), "enterpriseCode": self.unit}
        return self.say("upload_config", **sender, collectItemConfig=items, enterprise=enterprise)

    def upload(self, *rows: dict[str, Any]) -> dict[str, Any]:
        """The device sends readings."""
        return self.say("upload_data", deviceId=self.registered(), enterpriseCode=self.unit, data=list(rows))

    def decide(self, state: DeviceState, why: str | None = None) -> None:
        """Its province decides of it."""
        row = {"unit": self.unit, "link": LINK, "state": state, "why": why}
        self.hub.registry.upsert("access_device", [row], WHO)

    def map(self, *codes: str, state: str = "active") -> None:
        """Its province maps its points."""
        rows = [{"unit": self.unit, "code": code, "state": state} for code in codes]
        rows = [{**row, "granularity": "day", "since": "2026-01-01"} for row in rows]
        self.hub.registry.upsert("data_point", rows, WHO)

    def book(self) -> int:
        """What the hub does by itself when something was decided: how many files it booked from."""
        booking = Booking(self.hub)
        return len([booking.book(file) for file in booking.due() if file.unit == self.unit])

    def rows(self, noun: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a noun of the registry."""
        conditions = tuple(Condition(name, value) for name, value in where.items())
        return list(self.hub.registry.rows(Ask(noun, where=conditions)).table.to_pylist())

    def newcomer(self) -> Stage:
        """The same hub, with a unit of its own that has points of electricity and gas."""
        (like,) = self.rows("unit", credit_code=UNIT)
        code = str(CreditCode.of_body(f"91920100MA9{next(NUMBERS):06d}"))
        given = {name: like[name] for name in ("name", "region", "industry", "tier")}
        self.hub.registry.upsert("unit", [{"credit_code": code, **given}], WHO)
        other = Stage(self.hub, code)
        other.map(POWER, GAS)
        return other

    def device(self) -> dict[str, Any]:
        """The device as it stands."""
        (row,) = self.rows("access_device", unit=self.unit)
        return row

    def batches(self) -> Sequence[dict[str, Any]]:
        """What the ledger has of the unit's device."""
        of = (Condition("source", f"link:{LINK}"), Condition("unit", self.unit))
        asked = Ask("batch", where=of)
        return list(self.hub.store.rows(asked).table.to_pylist())


def _item(code: str) -> dict[str, str]:
    digits = code.replace("-", "")
    return {
        "processCode": digits[:2], "processUnitCode": digits[2:4], "equipmentCode": digits[4:6],
        "equipmentUnitCode": digits[6:8], "energyClassCode": digits[8:10], "energyTypeCode": digits[10:14],
        "dataUsageCode": digits[14:], "statType": "1", "scope": "1",
    }  # fmt: skip


def row(code: str, value: str = "12.5", day: str = DAY, **changes: Any) -> dict[str, Any]:
    """A day of a point as a device says it."""
    written = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return {
        "dataCode": code, "dataValue": value, "inputType": "4", "statType": "1", "scope": "1",
        "statDate": f"{day} 00:00:00", "uploadDate": f"{written} 01:00:00", "valid": "0", **changes,
    }  # fmt: skip


@contextmanager
def stage_in(folder: Path, **settings: Any) -> Iterator[Stage]:
    """A hub in a folder, whose devices need approval."""
    with hub_of(folder, sync_seconds=0, **settings) as hub:
        link = {"key": LINK, "quirks": "{}"}
        hub.registry.upsert("link", [link], WHO)
        yield Stage(hub)


def today(hub: Hub) -> dt.date:
    """The Beijing day at the hub."""
    return beijing_day(hub.clock.now())
