"""The demo's stage: a national hub here, and around it a provincial hub, devices, files, meters and a probe.

Each of them is a program of its own that speaks its true protocol over a real socket.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from graph.errors import SourceRefused, StoreError
from graph.model.principal import Role
from hub.access.machine import Credential, OwnTokens, new_credential
from hub.settings import Settings
from hub.simulate import supervision
from hub.simulate.children import Children, free_port, until_ready
from hub.simulate.nation import DIRECT, FILES, HUB, Nation
from hub.simulate.readings import days_of
from hub.stores.registry.registry import Registry
from hub.wiring import Hub, open_registry
from provincial_adapters.nengshu_batches import ARROW

DAYS_A_POST = 60
WHO, DEVICES = "demo", "devices-yi"
BOOKED_S_MAX, LOOK_S = 60.0, 0.1  # a hub notices within five seconds, and books a post in some hundredths
PROVINCE_SECRET = "demo-province"  # noqa: S105 - a secret's name, not its value

FILE_MAPPING = {
    "unit_column": "unit",
    "label_column": "day",
    "date_format": "%Y-%m-%d",
    "label": "start",
    "granularity": "day",
    "files": "*.csv",
    "values": [{"column": "value", "data_code_column": "data_code"}],
}


@dataclass
class Stage:
    """Everything around the national hub; `tell` is told what happens, in a sentence."""

    hub: Hub
    nation: Nation
    folder: Path
    children: Children
    client: httpx.AsyncClient
    tell: Callable[[str], None]

    @property
    def base(self) -> str:
        """Where the national hub answers."""
        return self.hub.settings.base_url

    async def set_up(self) -> None:
        """Start the provincial hub with its history, and lay down the files of the third province."""
        await asyncio.gather(self._provincial_hub(), asyncio.to_thread(self._files))

    def fill_registry(self) -> None:
        """What the nation knows before anything is pulled: regions, plans, rosters but that of the provincial hub."""
        others = [code for code in _codes(self.nation) if code != HUB]
        for nouns in (
            self.nation.nouns(others),
            supervision.of_units(self.nation, others),
            supervision.of_the_nation(self.nation),
        ):
            load(self.hub.registry, nouns)
        self.hub.registry.upsert(
            "link",
            [
                {
                    "key": "files-bing", "dialect": "file_drop", "province": FILES,
                    "address": str(self.folder / "drop"), "quirks": json.dumps({"mapping": FILE_MAPPING}),
                },
                {
                    "key": DEVICES, "dialect": "nhjc04", "province": DIRECT, "address": "devices call",
                    "quirks": json.dumps({"valid_means": "0"}),
                },
            ],
            WHO,
        )  # fmt: skip

    async def _provincial_hub(self) -> None:
        port, data = free_port(), self.folder / "province"
        base = f"http://127.0.0.1:{port}"
        collector, puller = await asyncio.to_thread(self._fill_province, data, base)
        os.environ["NENGSHU_SECRET_DEMO_PROVINCE"] = puller
        link = {
            "key": "hub-jia",
            "dialect": "hub_graphql",
            "province": HUB,
            "address": base,
            "credential": PROVINCE_SECRET,
        }
        await asyncio.to_thread(self.hub.registry.upsert, "link", [link], WHO)
        words = ["serve", "--data", str(data), "--port", str(port), "--region", HUB, "--name", "虚构甲省"]
        since = {"NENGSHU_FIRST_QUARTER": str(self.nation.first_quarter)}
        await self.children.start(words, since, log="province")
        await until_ready(self.client, base)
        units = [unit for unit in self.nation.units(HUB) if unit.connected]
        table = days_of(units, self.nation.first_day, self.nation.today - dt.timedelta(days=1))
        receipt = await self._upload(base, collector, table)
        self.tell(f"provincial hub 虚构甲省 runs on port {port} and holds {receipt['accepted']:,} readings")

    def _fill_province(self, data: Path, base: str) -> tuple[str, str]:
        """The provincial hub's own registry and two credentials: one to fill it, one for the nation to pull with."""
        registry = open_registry(Settings(data_dir=data), regions=self.nation.nouns([])["region"])
        load(registry, self.nation.nouns([HUB]))
        load(registry, supervision.of_units(self.nation, [HUB]))
        collector = machine(registry, "collector", province_of(HUB, "虚构甲省采集"), [Role.UPLOAD], base)
        nation = {"key": "nation", "name": "虚构国家平台", "kind": "national_agency", "parts": "plans"}
        puller = machine(registry, "nation", nation, [Role.READ, Role.SYNC], base)
        registry.close()
        return collector, puller

    async def _upload(self, base: str, credential: str, table: pa.Table) -> dict[str, int]:
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        token = await OwnTokens("demo", base, Credential.parse(credential), self.client).token()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "history", "Content-Type": ARROW}
        reply = await self.client.post(f"{base}/sync/v1/batches", content=sink.getvalue(), headers=headers)
        if reply.status_code != 201:
            raise SourceRefused(f"{base} answered {reply.status_code}: {reply.text[:300]}")
        receipt: dict[str, int] = reply.json()
        return receipt

    def _files(self) -> None:
        units = [unit for unit in self.nation.units(FILES) if unit.connected]
        table = days_of(units, self.nation.first_day, self.nation.today - dt.timedelta(days=1), missing=0.04)
        drop = self.folder / "drop"
        drop.mkdir()
        local = table["start"].cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s", tz="Asia/Shanghai"))
        day = pc.strftime(local, "%Y-%m-%d")
        months = pc.utf8_slice_codeunits(day, 0, 7)
        for month in pc.unique(months).to_pylist():
            mask = pc.equal(months, month)
            some = pa.table(
                {
                    "unit": table["unit"], "day": day, "data_code": table["data_code"],
                    "value": table["value"].cast(pa.string()),
                }
            ).filter(mask)  # fmt: skip
            arrow_csv.write_csv(some, drop / f"energy-{month}.csv")
        self.tell(f"province 虚构丙省 laid down files with {table.num_rows:,} readings")

    async def devices(self) -> None:
        """Units of the province without a platform upload their history as NHJC-04 devices do, and are approved."""
        units = [unit for unit in self.nation.units(DIRECT) if unit.connected and unit != self.nation.probed]
        days = (self.nation.today - self.nation.first_day).days
        for unit in units:
            said = await self.children.run(
                [
                    "simulate", "device", "--base-url", self.base, "--enterprise", unit.code, "--region", DIRECT,
                    "--start", str(self.nation.first_day), "--days", str(days), "--granularity", "day",
                    "--days-a-post", str(DAYS_A_POST), "--seed", str(unit.seed),
                ],
                log="devices",
            )  # fmt: skip
            told = json.loads(said)
            self.tell(
                f"{unit.name} uploaded {told['readings']:,} readings in {told['posts']} posts (NHJC-04); they wait"
            )
        await asyncio.to_thread(self._approve, [unit.code for unit in units])
        await self._until_booked()
        self.tell(
            f"the province 虚构乙省 approved {len(units)} devices, and what waited was booked by itself"
        )

    def _approve(self, units: Sequence[str]) -> None:
        """The province's word on its devices, as `nengshu device approve` has it."""
        decided = {"state": "approved", "decided_by": WHO, "decided_at": self.hub.clock.now()}
        rows = [{"unit": unit, "link": DEVICES, **decided} for unit in units]
        self.hub.registry.upsert("access_device", rows, WHO)

    async def _until_booked(self) -> None:
        """Wait for the hub to book what waited, as it does by itself. Raises StoreError where it does not."""
        waiting = self.hub.registry.waiting_rows.bookable
        with anyio.move_on_after(BOOKED_S_MAX):
            while await asyncio.to_thread(waiting):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(LOOK_S)
            return
        raise StoreError(f"the readings of devices were not booked after {BOOKED_S_MAX:g} s")


def load(registry: Registry, nouns: dict[str, list[dict[str, object]]]) -> None:
    """Put an invented nation's nouns into a registry, each after what it leans on."""
    for noun, rows in nouns.items():
        if rows:
            registry.upsert(noun, rows, WHO)


def machine(
    registry: Registry, key: str, organisation: Mapping[str, object], roles: Collection[Role], base: str
) -> str:
    """The credential of a new client of an organisation, for the hub at an address."""
    credential, jwks = new_credential(key, base)
    registry.upsert("organisation", [organisation], WHO)
    registry.clients.add(key, str(organisation["key"]), roles, WHO, jwks=jwks)
    return credential


def province_of(code: str, name: str) -> Mapping[str, object]:
    """A province's department, invented."""
    return {
        "key": f"department-{code}", "name": name, "kind": "provincial_department", "parts": "plans instruments",
        "region": code,
    }  # fmt: skip


def _codes(nation: Nation) -> list[str]:
    return sorted({unit.province for unit in nation.units()})
