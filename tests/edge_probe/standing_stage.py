"""A probe with something to show: two meters, a formula's worth of quarter-hours, a platform that waits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from edge_probe.board import Board
from edge_probe.config import ProbeConfig
from edge_probe.config_file import load_config
from edge_probe.counters import CounterState, Sample
from edge_probe.readings import ESTIMATED, QUARTER_HOUR, Event, Reading
from edge_probe.spool import Spool
from graph.model.probe_span import ProbeSpan, SpanKind
from tests.edge_probe.fakes import UNIT, HandClock, beijing

HOSTILE = '<script>alert("x")</script>'
CONFIG = f"""
[probe]
unit = "{UNIT}"
spool = "spool.sqlite"

[page]
port = 9105
names = ["Box.Plant.Example"]

[[devices]]
name = "main incomer 总进线"
host = "192.0.2.17"
map = "eastron_sdm630"
[[devices.points]]
quantity = "import_energy"
data_code = "00-00-0000-023300-11"

[[devices]]
name = '{HOSTILE}'
host = "192.0.2.18"
map = "eastron_sdm630"
[[devices.points]]
quantity = "import_energy"
data_code = "01-01-0101-023300-11"

[[uplinks]]
name = "province"
url = "https://hub.example/"
credential_env = "PROBE"
"""
CODES = ("0000000002330011", "0101010102330011")
NOW = beijing("17:36:20")


def configured(folder: Path) -> ProbeConfig:
    """The configuration, as it is read."""
    file = folder / "probe.toml"
    file.write_text(CONFIG, "utf-8")
    return load_config(file, {"modbus_tcp"}, {"nengshu"})


def filled(config: ProbeConfig) -> Spool:
    """A spool with most of a day of both meters, of which the second fell silent in the afternoon."""
    spool = Spool(config.spool)
    spool.add_uplinks(["province"])
    spool.append([*_day(CODES[0], 70), *_day(CODES[1], 52)], _counters(config))
    spool.acknowledge("province", 90)
    silent = ProbeSpan(SpanKind.METER, beijing("13:00"), NOW, "silent", CODES[1])
    stopped = ProbeSpan(SpanKind.STOPPED, beijing("03:10"), beijing("04:20"), "the probe did not run")
    spool.append(events=[Event(NOW, HOSTILE, "meter-silent", "no answer & <b>")], spans=[silent, stopped])
    return spool


def noted() -> Board:
    """A board on which the second meter and the platform fare badly."""
    clock = HandClock(beijing("17:00"))
    board = Board(clock)
    for minute in range(36):
        clock.moment = beijing(f"17:{minute:02d}")
        board.looked("main incomer 总进线", ["refused"] if minute == 7 else [])
        board.looked(HOSTILE, ["silent"])
    board.took("province")
    board.failed("province")
    board.opens("province", beijing("23:10"))
    board.heard(-1.5, "hub.example")
    clock.moment = NOW
    return board


def _day(code: str, quarters: int) -> list[Reading]:
    missing = range(14, 17)
    return [
        Reading(
            UNIT,
            code,
            start := beijing("00:00") + number * QUARTER_HOUR,
            (Decimal(100 + 60 * abs((number % 48) - 24)) / 7).quantize(Decimal("0.0001")),
            ESTIMATED if number == 17 else "instrument",
            start + dt.timedelta(minutes=16),
        )
        for number in range(quarters)
        if number not in missing
    ]


def _counters(config: ProbeConfig) -> dict[str, CounterState]:
    first, second = (device.points[0].key for device in config.devices)
    return {
        first: CounterState(Sample(NOW, Decimal("123456.789"))),
        second: CounterState(Sample(beijing("13:00"), Decimal("9876.5")), None, "counter-fell"),
    }
