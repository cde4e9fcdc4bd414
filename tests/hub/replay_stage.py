"""A hub with a watched folder whose source changes overnight, and what is current there in the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graph.model.period import Granularity, Period
from graph.model.sync_run import Link, SyncRun
from graph.ports import Ask, BalanceAsk, Dimension, ReadingAsk
from hub.cadence import run_links
from hub.simulate.nation import ELECTRICITY
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, WHO, hub_of, units_of

HEAT = "0000000002320011"
UNIT, OTHER = units_of(JIA)[1].code, units_of(JIA)[2].code
MONTH = Period.of_days(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
MAPPING: Mapping[str, Any] = {
    "unit_column": "企业", "label_column": "日期", "date_format": "%Y-%m-%d", "label": "start", "granularity": "day",
    "values": [{"column": "电量", "data_code": ELECTRICITY}, {"column": "热力", "data_code": HEAT}],
}  # fmt: skip
Current = list[tuple[str, str, dt.datetime, Decimal, str]]


def with_power_in(column: str) -> dict[str, Any]:
    """The mapping with the electricity in another column."""
    return {**MAPPING, "values": [{"column": column, "data_code": ELECTRICITY}, MAPPING["values"][1]]}


@dataclass
class Stage:
    """A hub, and the folder of its link."""

    hub: Hub
    folder: Path

    def lay_down(self, name: str, columns: Mapping[str, list[Any]]) -> None:
        """A file of these columns, as its name says."""
        path = self.folder / f"{name}.part"
        if name.endswith(".parquet"):
            pq.write_table(pa.table(dict(columns)), path)
        else:
            rows = [columns, *zip(*columns.values(), strict=True)]
            path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
        path.rename(self.folder / name)

    def map(self, mapping: Mapping[str, Any]) -> None:
        """What the link's columns mean from now on."""
        row = {"key": "files", "dialect": "file_drop", "province": JIA, "address": str(self.folder)}
        self.hub.registry.upsert("link", [{**row, "quirks": json.dumps({"mapping": mapping})}], WHO)

    @property
    def link(self) -> Link:
        """The link as it stands."""
        return next(link for link in self.hub.registry.links() if link.key == "files")

    def run(self) -> SyncRun:
        """One run of it."""
        (run,) = asyncio.run(run_links(self.hub, [self.link]))
        return run

    def current(self) -> Current:
        """Every value of October that holds."""
        points = self.hub.registry.rows(Ask("data_point")).table.to_pylist()
        by_id = {(point["unit_id"], point["point_id"]): point for point in points}
        found = self.hub.store.readings(ReadingAsk(list(by_id), MONTH, Granularity.DAY)).to_pylist()
        return sorted(
            (by_id[row["unit_id"], row["point_id"]]["unit"], by_id[row["unit_id"], row["point_id"]]["code"],
             row["start"], row["value"], row["origin"])
            for row in found
        )  # fmt: skip

    def summed(self) -> list[dict[str, Any]]:
        """What the rollups say of October, by unit and energy."""
        ask = BalanceAsk(MONTH, (Dimension.UNIT, Dimension.KIND), units=(UNIT, OTHER))
        rows: list[dict[str, Any]] = self.hub.store.balance(ask).to_pylist()
        return sorted(rows, key=str)

    def listed(self, noun: str) -> list[dict[str, Any]]:
        """All rows of a noun."""
        rows: list[dict[str, Any]] = self.hub.registry.rows(Ask(noun)).table.to_pylist()
        return rows


@contextmanager
def stage_in(folder: Path, mapping: Mapping[str, Any] = MAPPING, **settings: Any) -> Iterator[Stage]:
    """Such a hub; its units have points of electricity and heat."""
    with hub_of(folder / "data", sync_seconds=0, **settings) as hub:
        points = [
            {"unit": unit, "code": code, "granularity": "day", "since": "2026-01-01"}
            for unit in (UNIT, OTHER)
            for code in (ELECTRICITY, HEAT)
        ]
        hub.registry.upsert("data_point", points, WHO)
        stage = Stage(hub, folder / "drop")
        stage.folder.mkdir()
        stage.map(mapping)
        yield stage


def days(*numbers: int) -> list[str]:
    """Days of October."""
    return [f"2026-10-{number:02d}" for number in numbers]


def columns_of(power: str = "电量", unit: str = UNIT) -> dict[str, list[Any]]:
    """Three days of a unit."""
    return {"企业": [unit] * 3, "日期": days(4, 5, 6), power: [40, 50, 60], "热力": [4, 5, 6]}
