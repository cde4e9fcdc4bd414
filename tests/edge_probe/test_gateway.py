"""Pulses and analogue signals behind a gateway's registers become energy, over roll-overs, and never out of a hole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe import wiring
from edge_probe.config import Device, Point
from edge_probe.config_file import CYCLE_SECONDS_MAX, load_config
from edge_probe.counters import CounterState, Sample
from edge_probe.integrating import integrating
from edge_probe.limits import UNLIMITED, within
from edge_probe.meter_map import MeterMap, load_map, parse_map
from edge_probe.pieces import follow
from edge_probe.ports import Answers, Fault
from graph.errors import ConfigurationError, SourceMalformed
from tests.edge_probe.fakes import ELECTRICITY, HandClock, beijing, device
from tests.edge_probe.test_config import SOUND

TEMPLATE = Path(wiring.__file__).parent / "maps/_template_gateway.toml"
MINUTE = dt.timedelta(minutes=1)
GATEWAY = """
[[devices]]
name = "gateway"
host = "127.0.0.1"
map = "gateway.toml"

[[devices.points]]
quantity = "gas"
data_code = "00-00-0000-011500-11"
pulses_per_unit = 3

[[devices.points]]
quantity = "fuel_oil"
data_code = "00-00-0000-022200-11"

[[uplinks]]"""


@pytest.fixture
def gateway() -> MeterMap:
    return load_map(str(TEMPLATE))


def configured(folder: Path, text: str = GATEWAY) -> Path:
    (folder / "gateway.toml").write_bytes(TEMPLATE.read_bytes())
    file = folder / "probe.toml"
    file.write_text(SOUND.replace("\n[[uplinks]]", text), "utf-8")
    return file


class Rated:
    """A meter whose rate is set by hand."""

    def __init__(self) -> None:
        self.rate: Decimal | Fault = Decimal(0)

    async def read(self) -> Answers:
        return {"fuel_oil": self.rate}

    async def close(self) -> None:
        """There is no line."""


def test_the_template_is_sound_and_tells_what_each_channel_counts(gateway: MeterMap) -> None:
    assert {name: entry.unit for name, entry in gateway.entries.items()} == {"gas": "pulse", "fuel_oil": "t"}
    assert all(entry.counter for entry in gateway.entries.values())


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=20), st.integers(1, 5000))
def test_pulses_add_up_over_a_roll_over_however_many_stand_for_a_unit(
    steps: list[int], per_unit: int
) -> None:
    gas = load_map(str(TEMPLATE)).quantities["gas"]
    ratio, shown = Decimal(1) / per_unit, 2**32 - 50_000
    limits = within(UNLIMITED, gas, ratio)
    state, at = CounterState(), beijing("10:00")
    for step in (0, *steps, 1):
        shown, at = (shown + step) % 2**32, at + MINUTE
        state = follow(state, Sample(at, gas.value(divmod(shown, 2**16)) * ratio), MINUTE, limits).state
    assert state.last is not None
    total = (2**32 - 50_000 + sum(steps) + 1) * ratio
    assert abs(state.last.counter - total) <= Decimal("0.0001")


def test_a_straight_line_lies_between_the_ends_and_a_broken_wire_is_no_figure(gateway: MeterMap) -> None:
    oil = gateway.quantities["fuel_oil"]
    assert [oil.value([raw]) for raw in (4000, 12000, 20000)] == [0, Decimal("6.25"), Decimal("12.5")]
    assert (oil.value([3600]), oil.value([20400])) == (Decimal(0), Decimal("12.5"))
    for broken in (0, 3499, 20501):
        with pytest.raises(SourceMalformed, match="expected 4000 to 20000 of a sound wire"):
            oil.value([broken])


@pytest.mark.anyio
async def test_a_rate_becomes_a_counter_that_goes_on_over_a_restart_and_a_silence(tmp_path: Path) -> None:
    devices = load_config(configured(tmp_path), wiring.protocols(), ["nengshu"]).devices
    (found,) = (each for each in devices if each.name == "gateway")
    (point,) = (point for point in found.points if point.quantity == "fuel_oil")
    meter, clock = Rated(), HandClock(beijing("10:00"))
    known = {point.key: CounterState(last=Sample(beijing("09:59"), Decimal(100)))}
    counted = integrating(found, meter, known, clock)

    async def after(minutes: int, rate: Decimal | Fault) -> Decimal | Fault:
        clock.moment += minutes * MINUTE
        meter.rate = rate
        return (await counted.read())["fuel_oil"]

    silent = Fault("silent", "nobody there")
    assert await after(0, Decimal(6)) == Decimal("100.1")
    assert await after(1, Decimal(12)) == Decimal("100.25")
    assert await after(1, silent) is silent
    assert await after(4, Decimal(12)) == Decimal("101.25")
    negative = await after(1, Decimal(-1))
    assert isinstance(negative, Fault)
    assert negative.kind == "malformed"
    assert await after(16, Decimal(12)) == Decimal("101.25")


def test_what_flowed_while_a_rate_was_not_seen_is_a_hole_and_no_nought(gateway: MeterMap) -> None:
    point = Point("gateway", "fuel_oil", ELECTRICITY, Decimal(1))
    limits = replace(device(), map=gateway, points=(point,)).limits_of(point)
    state = CounterState()
    for minute in range(16):
        state = follow(
            state, Sample(beijing("10:00") + minute * MINUTE, Decimal(minute)), MINUTE, limits
        ).state
    back = beijing("10:46")
    step = follow(state, Sample(back, Decimal(15)), MINUTE, limits)
    assert step.energy == ()
    assert [incident.kind for incident in step.incidents] == ["gap-too-long"]
    assert follow(step.state, Sample(back + 14 * MINUTE, Decimal(17)), MINUTE, limits).energy != ()


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("pulses_per_unit = 3\n", "", "pulses_per_unit: is missing"),
        ("pulses_per_unit = 3\n", "pulses_per_unit = 0\n", "pulses_per_unit: expected a number"),
        ("022200", "023300", "counts kWh, and fuel_oil is in t"),
        ('022200-11"', '022200-11"\npulses_per_unit = 3', "fuel_oil counts t and no pulses"),
        ("= 3\n", "= 0.5\nct_pt = 1e9\n", "ct_pt divided by it is 2e+9, expected at most 1e+9"),
    ],
)
def test_a_point_of_a_channel_says_what_it_needs(tmp_path: Path, was: str, now: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        wiring.load(configured(tmp_path, GATEWAY.replace(was, now)), {"PROBE": "a:b"})
    assert any(told in each for each in fault.value.faults)


def test_pulses_that_go_into_a_formula_are_told_what_one_stands_for(tmp_path: Path) -> None:
    made = """
[[virtual]]
data_code = "00-01-0000-011500-11"

[[virtual.terms]]
device = "gateway"
quantity = "gas"
"""
    with pytest.raises(ConfigurationError, match="'gateway/gas' counts pulses; give what one stands for"):
        load_config(configured(tmp_path, made + GATEWAY), wiring.protocols(), ["nengshu"])
    said = configured(tmp_path, made + "ct_pt = 0.01\n" + GATEWAY)
    assert load_config(said, wiring.protocols(), ["nengshu"]).virtual


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("[0, 12.5]", "[0, 0]", "must differ"),
        ("[0, 12.5]", "[0]", "expected two numbers"),
        ('"t/h"', '"V"', "a rate is in kW, m3/h, t/h, GJ/h"),
        ('"pulse"', '"m3/h"', "a counter counts"),
    ],
)
def test_a_channel_that_cannot_be_is_told(was: str, now: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        parse_map(TEMPLATE.read_text("utf-8").replace(was, now), "x")
    assert any(told in each for each in fault.value.faults)


def oil_of(folder: Path) -> Device:
    """The gateway's rate alone."""
    found = load_config(configured(folder), wiring.protocols(), ["nengshu"]).devices[-1]
    return replace(found, points=found.points[1:])


@pytest.mark.anyio
async def test_a_rate_goes_on_under_another_ratio_and_with_the_newest_of_its_points(tmp_path: Path) -> None:
    device = oil_of(tmp_path)
    (point,) = device.points
    old = replace(point, data_code="0000000002220012")
    known = {
        point.key: CounterState(last=Sample(beijing("09:59"), Decimal(100))),
        old.key: CounterState(last=Sample(beijing("08:00"), Decimal(40))),
    }
    doubled = replace(device, points=(replace(point, ct_pt=Decimal(2)), old))
    meter, clock = Rated(), HandClock(beijing("10:00"))
    meter.rate = Decimal(6)
    assert (await integrating(doubled, meter, known, clock).read())["fuel_oil"] == Decimal("100.1")


@pytest.mark.anyio
async def test_a_rate_seen_once_in_the_longest_cycle_leaves_no_hole(tmp_path: Path) -> None:
    meter, clock = Rated(), HandClock(beijing("10:00"))
    meter.rate = Decimal(12)
    counted = integrating(oil_of(tmp_path), meter, {}, clock)
    await counted.read()
    clock.moment += dt.timedelta(seconds=CYCLE_SECONDS_MAX + 1)
    flowed = (await counted.read())["fuel_oil"]
    assert isinstance(flowed, Decimal)
    assert flowed > 3
