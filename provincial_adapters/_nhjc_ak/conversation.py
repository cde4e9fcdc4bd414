"""The steps of the AK dialect but the records: keys, registration, tokens, versions, base data, configurations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graph.model.access_device import Slot
from graph.model.credit_code import CreditCode
from graph.model.period import UTC, beijing_day
from graph.model.sync_run import Link
from graph.ports import Clock
from provincial_adapters._nhjc04.base_data import REG_VERSION, base_data, dic_version
from provincial_adapters._nhjc04.quirks import CLOSED
from provincial_adapters._nhjc_ak import configs
from provincial_adapters._nhjc_ak.answers import FORBIDDEN, Answer, Refused, success
from provincial_adapters._nhjc_ak.configs import Calibration, Row
from provincial_adapters._nhjc_ak.gate import Caller, Gate
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.messages import AkAsk, Asked, KeyAsk, decoded
from provincial_adapters._nhjc_ak.notices import stamp
from provincial_adapters._nhjc_ak.quirks import FROM, settled
from provincial_adapters._nhjc_ak.whose import unit_of
from provincial_adapters._toolkit.devices import Devices, Enrolled, Proposal, Seen, why_no_link

BASE_PATH = "/YNEnergy"
TOLD_MAX = 20  # problems of a configuration told in its answer; the device's page has more of them

# The registry's calibration of a unit's instruments, by their numbers: since when, and until when.
Step: TypeAlias = Callable[[bytes, Caller], Answer]
Calibrations: TypeAlias = Callable[[CreditCode], Mapping[str, Calibration]]


@dataclass(frozen=True)
class Conversation:
    """Each step takes a body and who called, and answers or raises Refused, or an error of the tree."""

    base_url: str
    gate: Gate
    devices: Devices
    calibrations: Calibrations
    clock: Clock

    def steps(self) -> Mapping[str, Step]:
        """Every step by its path below the base."""
        return {
            "/enterpriseInfo/rwk": self.key,
            "/enterpriseInfo/apply": self.apply,
            "/enterpriseInfo/update": self.update,
            "/requestAK": self.request_ak,
            "/platformAccessURL": self.platform_url,
            "/checkVersion": self.check_version,
            "/dataDownload": self.download,
            **{path: self._configuring(path) for path in _CONFIGURES},
        }

    def key(self, body: bytes, _: Caller) -> Answer:
        """A unit's secretKey."""
        unit, link = self._listed(decoded(body, KeyAsk).enterprise_code)
        return success({"secretKey": self.gate.key_of(unit, link)})

    def apply(self, body: bytes, caller: Caller) -> Answer:
        """A device registers, says of its enterprise, and agrees on a password."""
        message = decoded(body, dict[str, Any])
        unit, link = self._listed(_text(message, "enterpriseCode"))
        _check_open(link)
        device = self.devices.find(unit)
        self.gate.check_password(unit, link, message.get("password"))
        device = self.gate.checked(device or self.devices.enrol(unit), unit.text)
        self.gate.settle_password(device, message["password"], caller)
        self.gate.count_configuration(device)
        return self._enterprise(device, message)

    def update(self, body: bytes, caller: Caller) -> Answer:
        """What a device says of its enterprise by now; a password in it is a new one."""
        message = decoded(body, dict[str, Any])
        device = self._shown(caller, _asked(message))
        _check_open(device.link)
        self.gate.count_configuration(device)
        if message.get("password") not in (None, ""):
            self.gate.change_password(device, message["password"])
        return self._enterprise(device, message)

    def _enterprise(self, device: Enrolled, message: Row) -> Answer:
        today = beijing_day(self.clock.now())
        said = configs.enterprise(message, device.unit, today)
        self.devices.say(device, said)
        self.devices.note(device, **{Seen.REGISTERED.value: None})
        return success({"enterpriseCode": device.unit.text, **_problems(said)})

    def request_ak(self, body: bytes, caller: Caller) -> Answer:
        """A token for who shows what the password makes."""
        ask = decoded(body, AkAsk)
        self._listed(ask.enterprise_code)
        device = self.gate.known(ask.enterprise_code)
        text, token = self.gate.token_for(device, ask.password, caller)
        quirks = settled(device.link)
        life_s = quirks["token_seconds"]
        end = dt.datetime.fromtimestamp(token.until_s, UTC)
        valid_at = end - dt.timedelta(seconds=life_s) if quirks["ak_valid_at"] == FROM else end
        return success(
            {
                "token": text,
                "akValidAt": stamp(valid_at),
                "akExpiresIn": life_s,
                "enterpriseUploadTime": str(Slot.of_place(device.place)),
                "platformURL": self._url(),
            }
        )

    def platform_url(self, body: bytes, _: Caller) -> Answer:
        """Where the platform is."""
        self._listed(decoded(body, KeyAsk).enterprise_code)
        return success({"platformURL": self._url()})

    def check_version(self, body: bytes, caller: Caller) -> Answer:
        """Which versions are in use; what the device was told is noted."""
        device = self._shown(caller, decoded(body or b"{}", Asked))
        self.devices.note(device, **{Seen.CHECKED.value: None, Seen.TOLD.value: dic_version()})
        return success({"regVersion": REG_VERSION, "dicVersion": dic_version()})

    def download(self, body: bytes, caller: Caller) -> Answer:
        """The base data: our code tables."""
        device = self._shown(caller, decoded(body or b"{}", Asked))
        self.devices.note(device, **{Seen.DOWNLOADED.value: dic_version()})
        return success({"dicVersion": dic_version(), "baseData": base_data()})

    def _configuring(self, path: str) -> Step:
        read = _CONFIGURES[path]

        def step(body: bytes, caller: Caller) -> Answer:
            message = decoded(body, dict[str, Any])
            device = self._shown(caller, _asked(message))
            _check_open(device.link)
            self.gate.count_configuration(device)
            rows, wrong = configs.rows_of(message, path.removeprefix("/"))
            said = read(self, rows, device)
            said = replace(said, problems=(*wrong, *said.problems))
            if not isinstance(
                message.get("data"), list
            ):  # who says one row at a time does not mean that it is all
                said = replace(said, added=frozenset(said.parts))
            self.devices.say(device, said)
            return success({"rows": len(rows) - len(wrong), **_problems(said)})

        return step

    def collect_items(self, rows: Sequence[Row], device: Enrolled) -> Proposal:
        """Points it will send, and how virtual meters are worked out."""
        minutes = settled(device.link)["realtime_minutes"]
        return configs.collect_items(rows, device.unit, minutes, beijing_day(self.clock.now()))

    def verifications(self, rows: Sequence[Row], device: Enrolled) -> Proposal:
        """Verified instruments, beside what the registry says of them."""
        return configs.verifications(rows, device.unit, self.calibrations(device.unit))

    def _shown(self, caller: Caller, asked: Asked) -> Enrolled:
        """The device a token is of; a credit code beside it must be its own. Raises Refused."""
        token = self.gate.admit(caller.token or asked.token, caller)
        check_same(token, asked.enterprise_code)
        return self.gate.holder(token)

    def _listed(self, enterprise: str) -> tuple[CreditCode, Link]:
        unit = unit_of(enterprise)
        link = self.devices.link_of(unit)
        if link is None:
            raise Refused(why_no_link(self.devices, unit, "AK"), FORBIDDEN)
        return unit, link

    def _url(self) -> str:
        return self.base_url.rstrip("/") + BASE_PATH


def check_same(token: Token, enterprise: str | None) -> None:
    """Raise Refused where a message names another unit than its token's."""
    if enterprise not in (None, "", token.unit.text) and unit_of(enterprise or "") != token.unit:
        raise Refused(f"enterpriseCode {enterprise:.64} 与 token 所属企业不符")


_CONFIGURES: Mapping[str, Callable[[Conversation, Sequence[Row], Enrolled], Proposal]] = {
    "/processConfigure": lambda _, rows, device: configs.part("processes", rows, device.unit),
    "/processUnitConfigure": lambda _, rows, device: configs.part("processUnits", rows, device.unit),
    "/collectItemConfigure": Conversation.collect_items,
    "/gaugeConfigure": lambda _, rows, device: configs.instruments(rows, device.unit),
    "/gaugeReplaceConfigure": lambda _, rows, device: configs.replacements(rows, device.unit),
    "/gaugeVerifyConfigure": Conversation.verifications,
}


def _asked(message: Row) -> Asked:
    token = message.get("token")
    return Asked(_text(message, "enterpriseCode", missing=""), token if isinstance(token, str) else None)


def _text(message: Row, field: str, missing: str | None = None) -> str:
    said = message.get(field, missing)
    if not isinstance(said, str):
        raise Refused(f"{field} 缺失或不是文本")
    return said


def _problems(said: Proposal) -> dict[str, list[str]]:
    return {"problems": [str(problem) for problem in said.problems[:TOLD_MAX]]} if said.problems else {}


def _check_open(link: Link) -> None:
    if settled(link)["registration"] == CLOSED:
        raise Refused("本省平台不开放设备自助申请与配置，请联系省级平台", FORBIDDEN)
