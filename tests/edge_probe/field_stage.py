"""A whole probe beside a clock that only a test moves, meters that go and come back, and what must hold in the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from edge_probe import wiring
from edge_probe.board import Board
from edge_probe.config import ProbeConfig
from edge_probe.delivery import Delivery
from edge_probe.dlt645 import MeterAddress
from edge_probe.meter_map import load_map
from edge_probe.ports import Looks
from edge_probe.readings import QUARTER_HOUR, Event, Spooled
from edge_probe.reconciling import Reconciling
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull
from edge_probe.spool_rows import spooled
from edge_probe.spool_start import opened
from edge_probe.timekeeping import Timekeeper
from edge_probe.uplink_clients import uplink_clients
from edge_probe.uplinking import Uplinking
from hub.simulate._meter_lines import port_of
from hub.simulate._meter_load import PlantLoad
from hub.simulate.meter import Faults, SimulatedMeter, serve
from hub.simulate.meter645 import Faults645, Meter645
from tests.edge_probe.fakes import UNIT, HandClock
from tests.edge_probe.field_platform import FieldPlatform, Place
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.meter645_stage import ADDRESS, gateway
from tests.edge_probe.modbus_stages import SPOKEN
from tests.edge_probe.simulation import START

CODES = ("0000000002330011", "0101010102330011", "0101010202330011")


@dataclass
class Metered:
    """A simulated meter on a socket: what is read of it, whether it is there, and what was counted there in truth."""

    name: str
    protocol: str
    shows: SimulatedMeter
    codes: Mapping[str, str]  # data codes by quantity
    meter645: Meter645 | None = None
    before: Decimal = Decimal(0)
    port: int = 0
    timeout_s: float = 2.0
    line: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def counted(self) -> Decimal:
        """What was used there, by all meters that stood there."""
        return self.before + self.shows.load.counter_kwh(self.shows.clock.now())

    def replace(self, opening: str) -> Decimal:
        """Another meter hangs there from now on; the closing reading of the one that did."""
        closing = self.shows.load.counter_kwh(self.shows.clock.now())
        self.before += closing - Decimal(opening)
        self.shows.load = PlantLoad(8, self.shows.clock.now(), 20_000, Decimal(opening))
        return closing

    async def goes(self) -> None:
        """Modbus TCP is unplugged, so that nobody listens; others hear and say nothing."""
        if self.meter645:
            self.meter645.faults = Faults645(silent=True)
        elif self.protocol == "modbus_tcp":
            await self.line.aclose()
        else:
            self.shows.faults = Faults(silent_after=0)

    async def comes(self) -> None:
        """It is there again, at its port."""
        self.shows.faults = Faults()
        if self.meter645:
            self.meter645.faults = Faults645()
        if not self.port or self.protocol == "modbus_tcp":
            self.port = await self.line.enter_async_context(self._listening())

    def _listening(self) -> AbstractAsyncContextManager[int]:
        return gateway(self.meter645) if self.meter645 else _served(self.shows, self.port)

    @property
    def toml(self) -> str:
        """Its part of the configuration."""
        way = f'settings = {{address = "{ADDRESS}"}}' if self.meter645 else ""
        points = "".join(
            f'[[devices.points]]\nquantity = "{quantity}"\ndata_code = "{code}"\nct_pt = 1\n'
            for quantity, code in self.codes.items()
        )
        return f"""
[[devices]]
name = "{self.name}"
protocol = "{self.protocol}"
host = "127.0.0.1"
port = {self.port}
map = "{self.shows.meter_map.name}"
timeout_seconds = {self.timeout_s}
{way}
{points}"""


@asynccontextmanager
async def _served(meter: SimulatedMeter, port: int) -> AsyncIterator[int]:
    server = await serve(meter, "127.0.0.1", port, 1)
    try:
        yield port_of(server)
    finally:
        server.close()


def metered(true: HandClock, protocol: str = "modbus_tcp", code: str = CODES[0], *more: str) -> Metered:
    """A meter that counts by the true time; `more` data codes are of its total."""
    map_name = "dlt645_2007" if protocol.startswith("dlt645") else "eastron_sdm630"
    shows = SimulatedMeter(load_map(map_name), PlantLoad(len(protocol), START, 20_000), true)
    shows.speak = SPOKEN.get(protocol, shows.speak)
    of_645 = Meter645(MeterAddress(ADDRESS), shows) if protocol.startswith("dlt645") else None
    codes = {"import_energy": code, **dict(zip(("total_energy", "export_energy"), more, strict=False))}
    return Metered(protocol, protocol, shows, codes, of_645)


@dataclass
class Box:
    """A probe as it is wired, that looks and hands over when it is told to. `true` is the meters' time, `clock` its own."""

    config: ProbeConfig
    spool: Spool
    watches: Sequence[Looks]
    deliveries: Sequence[Delivery]
    reconciling: Reconciling
    meters: Sequence[Metered]
    true: HandClock
    clock: HandClock
    told: list[Event]
    seen: dict[Place, Decimal]  # what was counted when it looked first at a boundary of its clock

    async def works(
        self, span: dt.timedelta, every: dt.timedelta = QUARTER_HOUR, *, push: bool = True
    ) -> None:
        """Look again and again and hand over each time, until so much time has passed."""
        until = self.true.moment + span
        while self.true.moment < until:
            await self.looks()
            if push:
                await self.pushes()
            for clock in {id(each): each for each in (self.true, self.clock)}.values():
                clock.moment += every

    async def looks(self) -> None:
        """Look at each meter once."""
        for meter in self.meters:
            for quantity, code in meter.codes.items():
                shown = Decimal(0) if quantity == "export_energy" else meter.counted
                self.seen.setdefault((code, self.clock.moment), shown)
        await asyncio.gather(*(watch.look() for watch in self.watches))

    async def pushes(self) -> list[float | None]:
        """Hand over to each platform once, as a probe does; what each said of a next time."""
        with suppress(SpoolFull):
            return await asyncio.gather(*(delivery.push() for delivery in self.deliveries))
        return []

    def rose(self) -> dict[str, set[Decimal]]:
        """By how much each counter rose between the first and the last boundary that is booked."""
        first, found = dict[str, dt.datetime](), dict[str, set[Decimal]]()
        for row in rows_of(self.config.spool):
            code, start = row.reading.data_code, row.reading.start
            first[code] = min(first.get(code, start), start)
        for point in (point for device in self.config.devices for point in device.points):
            booked = self.spool.counters()[point.key].booked
            assert booked is not None
            begun = self.seen[point.data_code, first[point.data_code]]
            found[point.data_code] = {self.seen[point.data_code, booked.at] - begun}
        return found

    @property
    def kinds(self) -> list[str]:
        """Of what was told."""
        return [event.kind for event in self.told]


def written(folder: Path, meters: Sequence[Metered], platforms: Mapping[str, int]) -> Path:
    """The configuration of a probe that reads these and hands over to these ports."""
    file, told = (
        folder / "probe.toml",
        [f'[probe]\nunit = "{UNIT}"\nspool = "spool.sqlite"\ncycle_seconds = 300\n'],
    )
    told += [meter.toml for meter in meters]
    for name, port in platforms.items():
        url = f'url = "http://127.0.0.1:{port}"\ncredential_env = "PROBE"'
        told.append(f'\n[[uplinks]]\nname = "{name}"\n{url}\n')
    file.write_text("".join(told), "utf-8")
    return file


@asynccontextmanager
async def boxed(
    folder: Path, meters: Sequence[Metered], platforms: Mapping[str, int], box_clock: HandClock | None = None
) -> AsyncIterator[Box]:
    """The probe with its meters in place; a clock of the box's own is one that is kept and may be set."""
    true = meters[0].shows.clock
    assert isinstance(true, HandClock)
    clock, told = box_clock or true, list[Event]()
    keeper = Timekeeper(lambda: true.moment.timestamp()) if box_clock else None
    async with AsyncExitStack() as stack:
        for meter in meters:
            stack.push_async_callback(meter.line.aclose)
            await meter.comes()
        config, credentials = wiring.load(written(folder, meters, platforms), {"PROBE": CREDENTIAL})
        spool = opened(config.spool, clock.now())[0]
        stack.callback(spool.close)
        spool.add_uplinks(platforms)
        clients = await stack.enter_async_context(uplink_clients(config))
        board = Board(clock)
        made = Uplinking(
            config, credentials, clock, spool, clients, told.append, board, wiring.uplink_kinds()
        )
        deliveries = made.deliveries()
        compares = made.reconciling(deliveries[0])
        assert compares is not None
        watches = wiring.watches_of(
            config, wiring.shared_of(config, clock, spool, told.append, keeper), board
        )
        for watch in watches:
            stack.push_async_callback(watch.close)
        yield Box(config, spool, watches, deliveries, compares, meters, true, clock, told, {})


def rows_of(file: Path, waiting_for: str | None = None) -> list[Spooled]:
    """Everything a spool keeps, or what waits for a platform, whichever lane it goes by."""
    with closing(sqlite3.connect(file)) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(
            "SELECT * FROM reading WHERE :name IS NULL OR sequence > (SELECT acknowledged FROM uplink WHERE name = :name)"
            " AND sequence NOT IN (SELECT sequence FROM taken WHERE uplink = :name) ORDER BY sequence",
            {"name": waiting_for},
        )
        return [spooled(row) for row in rows.fetchall()]


def assert_nothing_lost_or_doubled(
    spool: Path, uplink: str, platform: FieldPlatform, rose: Mapping[str, Collection[Decimal]]
) -> None:
    """Each quarter-hour is one fact, what was acknowledged is there, and both ends together hold what the meters counted."""
    for place, facts in platform.facts.items():
        versions = [version for version, _ in facts]
        assert versions == sorted(set(versions)), f"doubled: {place}"
    waiting = rows_of(spool, uplink)
    numbers, kept = {row.sequence for row in waiting}, rows_of(spool)
    for reading in (row.reading for row in kept if row.sequence not in numbers):
        told = (reading.written_at, reading.value)
        assert told in platform.facts[reading.data_code, reading.start], (
            f"acknowledged and not there: {reading}"
        )
    held = platform.holds | {(row.reading.data_code, row.reading.start): row.reading.value for row in waiting}
    places = {(row.reading.data_code, row.reading.start) for row in kept}
    assert held.keys() == places, f"not on both ends: {held.keys() ^ places}"
    assert {code for code, _ in held} == rose.keys(), f"expected values of {sorted(rose)}"
    for code, expected in rose.items():
        starts = sorted(start for each, start in held if each == code)
        assert starts == [starts[0] + n * QUARTER_HOUR for n in range(len(starts))], f"holes: {code}"
        total = sum(value for (each, _), value in held.items() if each == code)
        assert total in expected, (
            f"{code}: the meter counted one of {sorted(expected)}, both ends hold {total}"
        )
