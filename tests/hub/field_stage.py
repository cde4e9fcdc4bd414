"""A served hub that knows plants whose devices fail in the field, and what can be asked of it when they have called."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING, UTC, beijing_day
from hub.settings import Settings
from hub.simulate.device_faults import FAULTS
from hub.wiring import open_registry
from tests.hub.members import token_at
from tests.hub.served_hub import ROOT, served

DAYS = 3  # that each device sends, the last of them yesterday's
ELECTRICITY, GAS = "0000000002330011", "0000000001150011"
SLOTS = 96
SLOT = dt.timedelta(minutes=15)
# One province a way in which links may be declared; in the first nothing is but the polarity.
STRICT, UPLOADED, CUT, TWELVE, ALONE = "990000", "980000", "970000", "960000", "950000"
QUIRKS: dict[str, dict[str, object]] = {
    STRICT: {},
    UPLOADED: {"labels": "upload_moment"},
    CUT: {"day_begins": "16:10"},
    TWELVE: {"hours": 12},
    ALONE: {},
}
READINGS = """
query Readings($unit: String!, $code: String!, $from: Date!, $to: Date!, $granularity: Granularity!) {
  dataPoint(unit: $unit, code: $code) {
    readings(period: {from: $from, to: $to}, granularity: $granularity) { start value history { state } }
    missing(period: {from: $from, to: $to}, granularity: $granularity)
  }
}
"""
COMPLETENESS = """
query Completeness($units: [String!], $from: Date!, $to: Date!, $asOf: AsOfInput) {
  completeness(period: {from: $from, to: $to}, units: $units, groupBy: [UNIT, DAY], asOf: $asOf) {
    due received rate rows { unit day due received rate }
  }
}
"""
SCREENS = """
query Screens($from: Date!, $to: Date!, $province: String!) {
  completeness(period: {from: $from, to: $to}, provinces: [$province]) { rate }
  province(code: $province) { completeness(period: {from: $from, to: $to}) { rate } }
  provinces(first: 200) { nodes { code completeness(period: {from: $from, to: $to}) { rate } } }
}
"""
VERDICTS = """
query Verdicts($unit: [String!]) {
  verdicts(filter: {unit: $unit}, first: 10000) { nodes { rule dataCode granularity start detail } }
}
"""
DEVICE = """
query Device($unit: String!, $link: String!) {
  accessDevice(unit: $unit, link: $link) {
    state problems seen { dictionaryTold dictionaryTaken dictionaryOld uploadedAt }
  }
}
"""
BATCHES = """
query Batches { batches(first: 200, descending: false) { nodes { id key rows accepted duplicate rejected suspect } } }
"""
REFUSED = """
query Refused($id: Int!) { batch(id: $id) { rejections(first: 2000) { nodes { row code why raw } } } }
"""


@dataclass(frozen=True)
class Plant:
    """A plant whose device has some faults: its unit and its province."""

    unit: str
    province: str
    faults: tuple[str, ...]

    dialect: str = "nhjc04"

    @property
    def link(self) -> str:
        """The link its device comes in by."""
        return f"{self.dialect}-{self.province}"


@dataclass(frozen=True)
class Field:
    """The hub, and every plant by a name of its own."""

    base: str
    token: str
    plants: dict[str, Plant]
    first: dt.date
    folder: Path  # of its stores

    @property
    def last(self) -> dt.date:
        """Yesterday."""
        return self.first + dt.timedelta(days=DAYS - 1)

    @cached_property
    def client(self) -> httpx.Client:
        """Somebody who may read everything."""
        return httpx.Client(trust_env=False, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)

    def ask(self, question: str, **variables: Any) -> Any:
        """The data of an answer."""
        said = self.client.post(
            f"{self.base}/graphql", json={"query": question, "variables": variables}
        ).json()
        assert "errors" not in said, said["errors"]
        return said["data"]

    def send(self, name: str, *words: str, days: int = DAYS, ends: bool = True) -> dict[str, Any]:
        """Have the device of a plant call, as a program of its own; what it says of how it went."""
        plant = self.plants[name]
        faults = [word for fault in plant.faults for word in ("--fault", fault)]
        done = subprocess.run(
            [sys.executable, "-m", "hub.simulate.device", "--base-url", self.base, "--enterprise", plant.unit,
             "--dialect", plant.dialect, "--start", str(self.first), "--days", str(days), "--attempts", "1", *faults,
             *words],
            cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode == 0) is ends, done.stderr
        return json.loads(done.stdout) if ends else {"error": done.stderr}

    def readings(self, name: str, code: str = ELECTRICITY, granularity: str = "QUARTER_HOUR") -> Any:
        """Readings of a plant's point, and which are missing."""
        days = {"from": str(self.first), "to": str(self.last)}
        unit = self.plants[name].unit
        return self.ask(READINGS, unit=unit, code=code, granularity=granularity, **days)["dataPoint"]

    def starts(self, name: str, granularity: str = "QUARTER_HOUR") -> list[dt.datetime]:
        """When its readings of electricity begin."""
        found = self.readings(name, granularity=granularity)["readings"]
        return [dt.datetime.fromisoformat(each["start"]) for each in found]

    def slots(self, days: int = DAYS) -> list[dt.datetime]:
        """Every quarter-hour of the days."""
        begin = dt.datetime.combine(self.first, dt.time(), BEIJING)
        return [begin + n * SLOT for n in range(days * SLOTS)]

    def completeness(self, name: str, as_of: dict[str, Any] | None = None) -> Any:
        """Of a plant: due, received and rate in all, and by day."""
        days = {"from": str(self.first), "to": str(self.last)}
        return self.ask(COMPLETENESS, units=[self.plants[name].unit], asOf=as_of, **days)["completeness"]

    def rates_of_province(self, province: str) -> dict[str, float]:
        """What every screen says of a province's completeness."""
        days = {"from": str(self.first), "to": str(self.last)}
        said = self.ask(SCREENS, province=province, **days)
        listed = {node["code"]: node["completeness"] for node in said["provinces"]["nodes"]}
        page = ROOT / "hub/dashboard/static/queries/completeness.graphql"
        question = ROOT / "docs/queries/completeness_by_province_and_day.graphql"
        command = [
            sys.executable, "-m", "hub.cli", "query", str(question), "--hub", self.base,
            *(word for name, value in days.items() for word in ("--var", f"{name}={value}")),
        ]  # fmt: skip
        told = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "NENGSHU_TOKEN": self.token}, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        return {
            "nation": said["completeness"]["rate"],
            "province": said["province"]["completeness"]["rate"],
            "list": listed[province]["rate"],
            "dashboard": _rate_of(self.ask(page.read_text(encoding="utf-8"), **days), province),
            "command": _rate_of(json.loads(told.stdout)["data"], province),
        }

    def verdicts(self, name: str) -> dict[str, list[Any]]:
        """What rules suspect of a plant, by rule."""
        found: dict[str, list[Any]] = {}
        for each in self.ask(VERDICTS, unit=[self.plants[name].unit])["verdicts"]["nodes"]:
            found.setdefault(each["rule"], []).append(each)
        return found

    def batches(self, name: str) -> list[Any]:
        """The batches of a plant's device, in order."""
        unit = self.plants[name].unit
        return [node for node in self.ask(BATCHES)["batches"]["nodes"] if node["key"].startswith(unit)]

    def refused(self, name: str) -> dict[str, list[Any]]:
        """Rows of a plant that were refused, by code."""
        found: dict[str, list[Any]] = {}
        for batch in self.batches(name):
            if batch["rejected"]:
                for each in self.ask(REFUSED, id=batch["id"])["batch"]["rejections"]["nodes"]:
                    found.setdefault(each["code"], []).append(each)
        return found

    def device(self, name: str) -> Any:
        """What the province sees of a plant's device."""
        plant = self.plants[name]
        return self.ask(DEVICE, unit=plant.unit, link=plant.link)["accessDevice"]


def _rate_of(said: Any, province: str) -> float:
    """A province's share of rows by day, as a page sums them up."""
    rows = [row for row in said["completeness"]["rows"] if row["province"] == province]
    return float(sum(row["received"] for row in rows) / sum(row["due"] for row in rows))


def plants_of(*more: tuple[str, str], dialect: str = "nhjc04") -> dict[str, Plant]:
    """A plant for each fault in the strict province, and for others that are named with theirs."""
    wanted = [("good", STRICT), *((name, STRICT) for name in FAULTS), *more]
    found = {}
    for number, (fault, province) in enumerate(wanted):
        unit = CreditCode.of_body(f"91{province[:2]}0100MA{number:07d}").text
        name = fault if province == STRICT else f"{fault} at {province}"
        found[name] = Plant(unit, province, () if fault == "good" else (fault,), dialect)
    return found


@contextmanager
def field_of(folder: Path, *more: tuple[str, str], dialect: str = "nhjc04") -> Iterator[Field]:
    """The hub on a real socket."""
    plants = plants_of(*more, dialect=dialect)
    first = beijing_day(dt.datetime.now(UTC)) - dt.timedelta(days=DAYS)
    _fill(folder, plants, first)
    with served(folder, {"NENGSHU_SYNC_SECONDS": "0"}) as (_, port):
        base = f"http://127.0.0.1:{port}"
        field = Field(
            base, token_at(folder, base, "reader", lives=dt.timedelta(days=1)), plants, first, folder
        )
        with field.client:
            yield field


def _fill(folder: Path, plants: dict[str, Plant], first: dt.date) -> None:
    regions = [
        {"code": code, "name": f"虚构{code[:2]}省", "short_name": code[:2], "english": f"Invented {code[:2]}"}
        for code in QUIRKS
    ]
    units = [
        {"credit_code": plant.unit, "name": f"虚构{name}厂", "region": plant.province, "industry": "C31",
         "tier": "hundred", "roster_batch": 1}
        for name, plant in plants.items()
    ]  # fmt: skip
    points = [
        {"unit": plant.unit, "code": code, "granularity": "quarter_hour", "since": first, "low": 0, "high": high,
         "state": "active"}
        for plant in plants.values() for code, high in ((ELECTRICITY, 12_000), (GAS, 800))
    ]  # fmt: skip
    links = [
        {"key": f"{dialect}-{code}", "dialect": dialect, "province": code, "address": "devices call",
         "quirks": {"valid_means": "0", "approval": "automatic", **quirks}}
        for code, quirks in QUIRKS.items() for dialect in sorted({plant.dialect for plant in plants.values()})
    ]  # fmt: skip
    registry = open_registry(Settings(data_dir=folder), regions=regions)
    for noun, rows in (("unit", units), ("data_point", points), ("link", links)):
        registry.upsert(noun, rows, "test")
    registry.close()
