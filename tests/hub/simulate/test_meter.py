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
from pymodbus.exceptions import ModbusException
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


@pytest.mark.parametrize("name", [name for name in map_names() if load_map(name).quantities])
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


@pytest.mark.anyio
async def test_limits_are_kept_and_told_by_the_exceptions_of_modbus() -> None:
    limits = ["--longest", "6", "--illegal", "4:0x0004+2", "--connections", "1"]
    with meter_program(*limits, epoch=time.time(), speed=1.0) as port:
        first, second = (
            AsyncModbusTcpClient("127.0.0.1", port=port, timeout=1, retries=0, reconnect_delay=0)
            for _ in range(2)
        )
        await first.connect()
        codes = [
            (await first.read_input_registers(at, count=count, device_id=1)).exception_code
            for at, count in ((0, 4), (0, 7), (2, 3), (6, 6))
        ]
        await second.connect()
        with pytest.raises(ModbusException):
            await second.read_input_registers(0, count=2, device_id=1)
        assert not (await first.read_input_registers(0, count=2, device_id=1)).isError()
        first.close()
        second.close()
    assert codes == [0, 3, 2, 0]


@pytest.mark.parametrize("text", ["", "5:0x0000+1", "4:0x10", "4:16-20"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    done = CliRunner().invoke(app, ["--illegal", text])
    assert (done.exit_code, "such as 4:0x0010+8" in done.output) == (2, True)


def test_a_map_without_registers_is_refused_with_those_that_have_some() -> None:
    done = CliRunner().invoke(app, ["--map", "dlt645_2007"])
    told = " ".join(done.output.replace("│", "").split())
    assert (done.exit_code, "has no registers; expected one of chint_dtsu666" in told) == (2, True)


def test_help_teaches_with_an_example() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "--wrong-function" in shown
    assert "nengshu simulate meter --map eastron_sdm630" in shown
