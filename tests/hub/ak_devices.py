"""A hub with a link of the AK dialect, and the steps by which a device of it comes to a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from graph.model.credit_code import CreditCode
from hub.settings import Settings
from hub.wiring import open_registry
from provincial_adapters._nhjc_ak.keys import proof_of
from tests.hub.invented_hub import WHO, YI, fill, units_of

BASE = "/YNEnergy"
PASSWORD = "Energy@2026"
UNIT = CreditCode(units_of(YI)[1].code)
LINK = {"key": "ak", "dialect": "nhjc_ak", "province": YI, "address": "devices call"}
RECORD: Mapping[str, Any] = {
    "dataCode": "00-00-0000-023300-11", "dataValue": "12.5", "inputType": "4", "statType": "1", "scope": "1",
    "statDate": "2026-10-05 00:00:00", "uploadDate": "2026-10-06 01:00:00", "valid": "0",
}  # fmt: skip


def ak_folder(folder: Path, **quirks: Any) -> Path:
    """A data folder with the units of a province whose devices come by the AK dialect, and count at once."""
    fill(folder, YI)
    registry = open_registry(Settings(data_dir=folder))
    said = {"approval": "automatic", **quirks}
    registry.upsert("link", [{**LINK, "quirks": json.dumps(said)}], WHO)
    registry.close()
    return folder


@dataclass
class Device:
    """A unit's device; `shown` is its token once it has one."""

    client: httpx.Client
    unit: CreditCode = UNIT
    password: str = PASSWORD
    shown: str | None = None

    def say(self, path: str, **message: Any) -> httpx.Response:
        """Post a message."""
        headers = {} if self.shown is None else {"token": self.shown}
        return self.client.post(
            BASE + path, json={"enterpriseCode": self.unit.text, **message}, headers=headers
        )

    def key(self) -> str:
        """Its secretKey."""
        return str(self.say("/enterpriseInfo/rwk").json()["data"]["secretKey"])

    def proof(self) -> str:
        """What it shows for a token."""
        return proof_of(self.key(), self.unit, self.password)

    def begin(self) -> Device:
        """Apply, and get a token."""
        applied = self.say("/enterpriseInfo/apply", password=self.password, name="虚构钢铁厂").json()
        assert applied["responseCode"] == "200", applied
        answer = self.say("/requestAK", password=self.proof()).json()
        assert answer["responseCode"] == "200", answer
        self.shown = answer["data"]["token"]
        return self

    def send(self, **changes: Any) -> httpx.Response:
        """Post a record."""
        return self.say("/dataEnterpriseEnergy", **{**RECORD, **changes})
