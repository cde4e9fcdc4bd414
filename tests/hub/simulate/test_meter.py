"""The simulated meter: its counter follows from seed and time, its registers from the map, its faults from options."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client import AsyncModbusTcpClient
from typer.testing import CliRunner

from edge_probe.meter_map import load_map, map_names
from graph.errors import InvalidInput
from graph.model.period import UTC
from hub.simulate._meter_load import PlantLoad
from hub.simulate._meter_registers import extent, registers_of
from hub.simulate.meter import app
from tests.edge_probe.simulation import START, meter_program, truth_in

moments = st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)).map(lambda passed: START + passed)


@given(st.integers(0, 99), st.lists(moments, min_size=2, max_size=6))
def test_the_counter_only_rises_and_says_the_same_whenever_it_is_asked(
    seed: int, asked: list[dt.datetime]
) -> None:
    load, again = PlantLoad(seed, START), PlantLoad(seed, START)
    shown = [load.counter_kwh(moment) for moment in sorted(asked)]
    assert shown == sorted(shown)
    assert [again.counter_kwh(moment) for moment in sorted(asked, reverse=True)] == shown[::-1]


@given(st.integers(0, 99), moments)
def test_a_quarter_hour_of_the_grid_uses_its_power_for_a_quarter_of_an_hour(
    seed: int, moment: dt.datetime
) -> None:
    start = moment - (moment - START) % dt.timedelta(minutes=15)
    load = PlantLoad(seed, START)
    used = load.counter_kwh(start + dt.timedelta(minutes=15)) - load.counter_kwh(start)
    assert abs(used - Decimal(load.power_w(start)) / 4000) <= Decimal("0.01")


@given(st.integers(0, 899), moments)
def test_a_meter_that_starts_between_boundaries_counts_the_same_power(
    seconds: int, moment: dt.datetime
) -> None:
    aligned, later = PlantLoad(1, START), PlantLoad(1, START + dt.timedelta(seconds=seconds))
    moment += dt.timedelta(seconds=900)
    used = aligned.counter_kwh(moment) - aligned.counter_kwh(later.start)
    assert abs(later.counter_kwh(moment) - later.initial - used) <= Decimal("0.02")


def test_before_its_start_a_meter_shows_nothing() -> None:
    with pytest.raises(InvalidInput, match="the meter starts"):
        PlantLoad(1, START).counter_kwh(START - dt.timedelta(seconds=1))


@pytest.mark.parametrize("name", map_names())
def test_all_registers_of_a_map_lie_in_its_one_block(name: str) -> None:
    meter_map = load_map(name)
    first, count = extent(meter_map)
    for quantity in meter_map.quantities.values():
        assert len(registers_of(quantity, Decimal(7))) == quantity.span.count
        assert first <= quantity.span.address < quantity.span.end <= first + count


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_program_tells_its_port_answers_and_writes_the_truth(tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    options = ["--truth", str(truth), "--seed", "5", "--map", "schneider_iem3000", "--initial", "250"]
    with meter_program(*options, epoch=time.time() - 1, speed=900) as port:
        client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0, reconnect_delay=0)
        await client.connect()
        answer = await client.read_holding_registers(0x0C83, count=4)
        other = await client.read_input_registers(0x0C83, count=4)
        client.close()
    watt_hours = int.from_bytes(b"".join(word.to_bytes(2, "big") for word in answer.registers), "big")
    (shown,) = truth_in(truth)
    assert other.isError()
    assert Decimal(watt_hours) / 1000 == shown.counter
    assert shown.counter == PlantLoad(5, START, initial=Decimal(250)).counter_kwh(shown.at)
    assert shown.at.tzinfo is not None
    assert shown.at > START.astimezone(UTC) + dt.timedelta(minutes=15)


def test_help_teaches_with_an_example() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "--wrong-function" in shown
    assert "nengshu simulate meter --map eastron_sdm630" in shown
