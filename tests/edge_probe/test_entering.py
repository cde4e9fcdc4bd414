"""Readings that people type in are checked, booked as any counter's, and told with who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from edge_probe import wiring
from edge_probe.board import Board
from edge_probe.cli import app
from edge_probe.config import ProbeConfig
from edge_probe.entering import Entry, enter, typed_moment, typed_number
from edge_probe.meter_events import Kind, MeterEvent, State
from edge_probe.readings import ESTIMATED, MANUAL, QUARTER_HOUR
from edge_probe.spool import Spool
from graph.errors import ConfigurationError, InvalidInput
from tests.edge_probe.fakes import HandClock, beijing, ignore
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.test_config import SOUND

MANUAL_DEVICE = """
[[devices]]
name = "boiler"
protocol = "manual"
map = "typed_counter"

[devices.settings]
most_per_hour = 500

[[devices.points]]
quantity = "import_energy"
data_code = "00-00-0000-023300-12"
ct_pt = 2

[[uplinks]]"""
NOW = beijing("12:03")


def written(tmp_path: Path, text: str = MANUAL_DEVICE) -> Path:
    file = tmp_path / "probe.toml"
    file.write_text(SOUND.replace("\n[[uplinks]]", text), "utf-8")
    return file


@pytest.fixture
def config(tmp_path: Path) -> ProbeConfig:
    return wiring.load(written(tmp_path), {"PROBE": CREDENTIAL})[0]


@pytest.fixture
def spool(config: ProbeConfig) -> Iterator[Spool]:
    spool = Spool(config.spool)
    yield spool
    spool.close()


def entry(value: str, at: str, **more: str) -> Entry:
    return Entry("boiler", Decimal(value), beijing(at), more.pop("by", "Li Na"), more.pop("quantity", None))


def test_what_lies_between_two_readings_is_shared_out_and_its_sum_is_the_meters(
    config: ProbeConfig, spool: Spool
) -> None:
    assert enter(config, spool, entry("1000", "08:03"), NOW) == []
    booked = enter(config, spool, entry("1010.5", "09:58"), NOW)
    assert [(r.start, r.origin) for r in booked] == [
        (beijing("08:00") + n * QUARTER_HOUR, ESTIMATED) for n in range(8)
    ]
    assert sum(r.value for r in booked) == 21
    assert [each.reading for each in spool.unsent("province", 99)] == []
    spool.add_uplinks(["province"])
    assert [each.reading for each in spool.unsent("province", 99)] == list(booked)


def test_one_quarter_hour_between_two_readings_is_manual(config: ProbeConfig, spool: Spool) -> None:
    enter(config, spool, entry("1000", "08:00"), NOW)
    (booked,) = enter(config, spool, entry("1001", "08:15"), NOW)
    assert (booked.value, booked.origin) == (Decimal(2), MANUAL)


def test_who_read_what_and_when_is_an_event(config: ProbeConfig, spool: Spool) -> None:
    enter(config, spool, entry("1000.25", "08:03"), NOW)
    (event,) = spool.events(9)
    assert (event.at, event.source, event.kind) == (NOW, "boiler/import_energy", "reading-entered")
    assert event.detail == (
        "1000.25 kWh read at 2026-11-23T08:03:00+08:00, booked as of 2026-11-23T08:00:00+08:00, by Li Na"
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (entry("999", "09:00"), "value: expected at least as much as before, came 999 after 1000 of"),
        (entry("1001", "08:05"), "at: expected a quarter-hour after"),
        (entry("1001", "12:04"), "at: expected a moment that is past"),
        (entry("1250.01", "09:00"), "value: expected at most 250 more in 1 h"),
        (entry("123456789", "09:00"), "value: boiler shows at most 8 digits"),
        (entry("1001.001", "09:00"), "value: boiler shows at most 8 digits before the point and 2 behind"),
        (entry("1001", "09:00", quantity="volume"), "quantity: expected one of import_energy"),
        (Entry("main", Decimal(1), beijing("09:00"), "me"), r"device: expected .*\(boiler\), came 'main'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    config: ProbeConfig, spool: Spool, wrong: Entry, told: str
) -> None:
    enter(config, spool, entry("1000", "08:00"), NOW)
    before = (spool.counters(), spool.events(9), spool.latest())
    with pytest.raises(InvalidInput, match=told):
        enter(config, spool, wrong, NOW)
    assert (spool.counters(), spool.events(9), spool.latest()) == before


def test_the_most_an_hour_may_bring_is_taken(config: ProbeConfig, spool: Spool) -> None:
    enter(config, spool, entry("1000", "08:00"), NOW)
    assert sum(r.value for r in enter(config, spool, entry("1250", "09:00"), NOW)) == 500


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1"])
def test_what_is_no_figure_of_a_counter_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="value"):
        entry(value, "08:00")


@pytest.mark.parametrize("by", ["", "  ", "a\nb", "x" * 65])
def test_a_reading_without_a_name_is_refused(by: str) -> None:
    with pytest.raises(InvalidInput, match="by"):
        entry("1", "08:00", by=by)


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 11, 22)))  # noqa: DTZ001 - as people type them
def test_a_moment_without_an_offset_is_beijings(moment: dt.datetime) -> None:
    assert typed_moment(moment.isoformat()) == typed_moment(moment.isoformat() + "+08:00")


def test_what_is_no_moment_or_figure_is_told() -> None:
    with pytest.raises(InvalidInput, match="at: expected a moment"):
        typed_moment("yesterday")
    for text in ("1,5", "-1", "NaN", "Infinity"):
        with pytest.raises(InvalidInput, match="opening: expected a figure"):
            typed_number(text, "opening")


@pytest.mark.parametrize(
    ("kind", "closing", "opening"),
    [("replaced", "1040", "10"), ("reset", "1040", "0"), ("rolled-over", "99999999", "0")],
)
def test_a_figure_below_the_one_before_is_taken_when_it_was_said_why(
    config: ProbeConfig, spool: Spool, kind: str, closing: str, opening: str
) -> None:
    before = "99999990" if kind == "rolled-over" else "1000"
    enter(config, spool, entry(before, "08:00"), NOW)
    (point,) = (point for device in config.devices if device.name == "boiler" for point in device.points)
    with pytest.raises(InvalidInput, match="nengshu probe event add"):
        enter(config, spool, entry("20", "09:00"), NOW)
    figures = (Decimal(closing) * point.ct_pt, Decimal(opening) * point.ct_pt)
    spool.meters.add(
        MeterEvent(point.place, Kind(kind), beijing("08:30"), *figures, State.CONFIRMED, "", NOW)
    )
    used = Decimal(closing) - Decimal(before) + 20 - Decimal(opening)
    assert sum(each.value for each in enter(config, spool, entry("20", "09:00"), NOW)) == used * point.ct_pt
    assert [event.kind for event in spool.events(9)].count("meter-event-used") == 1
    assert sum(each.value for each in enter(config, spool, entry("21", "10:00"), NOW)) == point.ct_pt


@pytest.mark.anyio
async def test_a_probe_that_runs_looks_for_what_was_typed_and_reports_no_silence(
    config: ProbeConfig, spool: Spool
) -> None:
    clock = HandClock(NOW)
    shared = wiring.shared_of(config, clock, spool, ignore, None)
    watches = {watch.device.name: watch for watch in wiring.watches_of(config, shared, Board(clock))}
    watch = watches["boiler"]
    enter(config, spool, entry("1000", "08:00"), NOW)
    kept = spool.counters()
    assert await watch.look()
    assert (spool.counters(), len(spool.events(9))) == (kept, 1)


def test_a_manual_device_without_its_bound_is_told(tmp_path: Path) -> None:
    text = MANUAL_DEVICE.replace("most_per_hour = 500", 'colour = "grey"').replace(
        "typed_counter", "dlt645_2007"
    )
    with pytest.raises(ConfigurationError) as told:
        wiring.load(written(tmp_path, text), {"PROBE": CREDENTIAL})
    assert told.value.faults == (
        "device boiler: settings: most_per_hour: is missing",
        "device boiler: settings: colour: no such setting",
        "device boiler: map: dlt645_2007 has no figures that people type; typed_counter has",
    )


def test_a_person_types_a_reading_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROBE", raising=False)  # who types has no key to a platform
    file, run = str(written(tmp_path)), CliRunner().invoke
    assert (
        run(app, ["enter", file, "boiler", "1000", "--at", "2026-01-05T08:00", "--by", "Li Na"]).exit_code
        == 0
    )
    done = run(app, ["enter", file, "boiler", "1004", "--at", "2026-01-05T09:00", "--by", "Li Na"])
    assert (done.exit_code, "quarter-hours booked since the reading before: 4" in done.output) == (0, True)
    done = run(app, ["enter", file, "boiler", "1003", "--by", "Li Na"])
    assert (done.exit_code, "came 1003 after 1004 of" in done.stderr) == (1, True)
