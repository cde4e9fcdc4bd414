"""Links that read views of the tests' databases, and what a pull of one brings."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graph.model.period import UTC
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters._sql_view.connection import USUAL, Patience
from provincial_adapters.sql_view import ViewPuller
from tests.provincial_adapters.databases import READER, SECRET, Server
from tests.provincial_adapters.saying import saying

UNIT, POWER, GAS = "91970000MA00000013", "0000000002330011", "0000000001150011"
NOW = dt.datetime(2026, 11, 27, 12, tzinfo=UTC)
COLUMNS = ("unit varchar(18)", "began timestamptz", "kwh numeric(18,4)", "written timestamptz")
MAPPING: Mapping[str, Any] = {
    "unit_column": "unit", "label_column": "began", "label": "start", "granularity": "quarter_hour",
    "values": [{"column": "kwh", "data_code": POWER}],
}  # fmt: skip


def link(server: Server, view: str = "readings", **quirks: Any) -> Link:
    """A link that reads a view."""
    given = {
        "view": view,
        "mapping": MAPPING,
        "watermark": "written",
        "overlap": 3600,
        "tls": "none",
    } | quirks
    return Link("db", "sql_view", RegionCode("970000"), server.address, "db", given)


@dataclass
class Reader:
    """A link, run again and again from where its cursor stands; `came` holds what the last run brought."""

    link: Link
    secret: str = f"{READER}:{SECRET}"
    patience: Patience = USUAL
    came: list[Delivery] = field(default_factory=list)

    async def run(self, deliveries: int | None = None, now: dt.datetime = NOW) -> list[Delivery]:
        """One run, cut off after so many deliveries; every one before is durable."""
        self.came = []
        pulling = ViewPuller(saying(self.secret), lambda: now, self.patience).pull(self.link)
        try:
            while len(self.came) != deliveries and (found := await anext(pulling, None)) is not None:
                assert isinstance(found, Delivery)
                self.came.append(found)
                self.link = replace(self.link, cursor=found.cursor or self.link.cursor)
        finally:
            await pulling.aclose()
        return self.came

    async def run_killing(self, kill: Callable[[], None]) -> None:
        """A run in which something happens after the first delivery."""
        self.came = []
        async for found in ViewPuller(saying(self.secret), lambda: NOW, self.patience).pull(self.link):
            assert isinstance(found, Delivery)
            self.came.append(found)
            if len(self.came) == 1:
                await asyncio.to_thread(kill)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The readings of the last run."""
        return [row for delivery in self.came for row in delivery.arrived.table.to_pylist()]

    @property
    def values(self) -> list[Any]:
        """Their values, in order."""
        return [row["value"] for row in self.rows]

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The rows refused."""
        return [row for delivery in self.came for row in delivery.arrived.rejections.to_pylist()]

    @property
    def drift(self) -> list[tuple[str, str, str | None]]:
        """What the last run said of the columns."""
        found = {each: None for delivery in self.came for each in delivery.drift}
        return [(each.column, each.kind, each.came) for each in found]


def insert(server: Server, *rows: tuple[str, object, str | None], view: str = "readings") -> None:
    """Rows of COLUMNS: when the quarter began, the value, when it was written, by Beijing's clock."""
    server.put(view, *((UNIT, *row) for row in rows))
