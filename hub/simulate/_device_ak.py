"""The simulated device in the AK dialect: a key, a password, a token, configurations, and one record a POST."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from graph.errors import SourceMalformed
from hub.simulate._device_line import Answer, Line, Stopped
from hub.simulate._device_rows import DevicePlan, configuration, posts, stamp
from hub.simulate.device_faults import Row
from provincial_adapters._nhjc_ak.keys import proof_of

BASE = "/YNEnergy"
SHOWN = "simulated-1"  # in place of a password, by a device that is not there
OK, UNAUTHORIZED = "200", "401"
FORGETFUL = "old-dictionary"
OLD_VERSION = "1"  # of a dictionary nobody has in use
GAUGES = {"0000000002330011": "G-1", "0000000001150011": "G-2"}
RATIONS = {"023300": "0.1229", "011500": "1.2143"}  # what such a device believes an energy is worth


def is_success(said: Answer) -> bool:
    """Whether the platform took it."""
    return str(said.get("responseCode")) == OK


class AkConversation:
    """One device's calls; `line` carries its token."""

    def __init__(self, line: Line, base_url: str, plan: DevicePlan) -> None:
        self._line, self._plan = line, plan
        self._own = self._base = base_url.rstrip("/") + BASE
        self._unit = {"enterpriseCode": plan.enterprise.text}
        self.slot = ""

    def begin(self) -> None:
        """Apply with the enterprise, get a token, fetch the dictionary, say what it will send."""
        key = self._data(self._say("/enterpriseInfo/rwk", {}), "secretKey")
        said = configuration(self._plan)
        self._say("/enterpriseInfo/apply", {"password": SHOWN, **said["enterprise"]})
        self._proof = proof_of(key, self._plan.enterprise, SHOWN)
        self._renew()
        version = self._data(self._say("/checkVersion", {}), "dicVersion")
        if FORGETFUL not in self._plan.faults:
            self._say("/dataDownload", {})
        self._version = OLD_VERSION if FORGETFUL in self._plan.faults else version
        for path, rows in configurations(self._plan):
            self._say(path, {"data": rows})

    def send(self, row: Row) -> None:
        """One record; after a 401 with another token, unless it never asks for one."""
        message = {**record(row), "dicVersion": self._version}
        try:
            self._say("/dataEnterpriseEnergy", message)
        except Stopped:
            self._renew()
            self._line.resent += 1
            self._say("/dataEnterpriseEnergy", message)

    def replaced(self, moment: dt.datetime) -> None:
        """Say that a meter was replaced, with neither reading, as the dialect has it."""
        row = {
            "gaugeCode": "G-1",
            "newGaugeCode": "G-1-2",
            "replaceDate": stamp(moment),
            "reason": "故障更换",
        }
        self._say("/gaugeReplaceConfigure", {"data": [row]})

    def _renew(self) -> None:
        data = self._say("/requestAK", {"password": self._proof})["data"]
        self._line.headers = {"token": str(data["token"])}
        self.slot = str(data.get("enterpriseUploadTime", ""))
        if "hard-coded-urls" not in self._plan.faults:
            self._base = str(data.get("platformURL") or self._own).rstrip("/")

    def _say(self, path: str, message: Answer) -> Answer:
        base = self._own if path.startswith(("/enterpriseInfo/rwk", "/enterpriseInfo/apply")) else self._base
        return self._line.say(base + path, {**self._unit, **message})

    def _data(self, said: Answer, name: str) -> str:
        try:
            return str(said["data"][name])
        except (KeyError, TypeError) as fault:
            raise SourceMalformed(f"{self._own}: the answer lacks {name}") from fault


def configurations(plan: DevicePlan) -> list[tuple[str, list[Answer]]]:
    """Paths and rows of its configuration."""
    items = configuration(plan)["collectItemConfig"]
    gauges: list[Answer] = [
        {"gaugeCode": code, "gaugeName": code, "gaugeType": "15260500"} for code in GAUGES.values()
    ]
    return [("/gaugeConfigure", gauges), ("/collectItemConfigure", items)]


def record(row: Row) -> Answer:
    """A data row as one record."""
    digits = row["dataCode"].replace("-", "")
    return {**row, "convertRation": RATIONS.get(digits[8:14], "0"), "regVersion": "1.0", "remark": ""}


def talk(
    line: Line, base_url: str, plan: DevicePlan, now: dt.datetime, tell: Callable[[int, int], None]
) -> tuple[str, int]:
    """The whole conversation: the slot it was given, and how many readings were acknowledged."""
    device = AkConversation(line, base_url, plan)
    device.begin()
    if "endless-401" in plan.faults:
        line.wait = lambda _: None  # such a device knows no pause either
    else:
        line.stops = lambda said: str(said.get("responseCode")) == UNAUTHORIZED
    sent = 0
    for number, rows in enumerate(posts(plan, now), 1):
        if "meter-replaced" in plan.faults and number == 1:
            device.replaced(now)
        for row in rows:
            for _ in range(2 if "resend" in plan.faults else 1):
                device.send(row)
            sent += 1
        tell(number, sent)
    return device.slot, sent


def messages(plan: DevicePlan, now: dt.datetime) -> Iterator[Answer]:
    """What it would send, as a log of it."""
    unit = {"enterpriseCode": plan.enterprise.text}
    said = configuration(plan)
    yield {
        "path": f"{BASE}/enterpriseInfo/apply",
        "body": {**unit, "password": SHOWN, **said["enterprise"]},
    }
    for path, rows in configurations(plan):
        yield {"path": BASE + path, "body": {**unit, "data": rows}}
    if "meter-replaced" in plan.faults:
        yield {"path": f"{BASE}/gaugeReplaceConfigure", "body": {**unit, "data": [{"gaugeCode": "G-1"}]}}
    for rows in posts(plan, now):
        for row in rows:
            for _ in range(2 if "resend" in plan.faults else 1):
                yield {"path": f"{BASE}/dataEnterpriseEnergy", "body": {**unit, **record(row)}}
