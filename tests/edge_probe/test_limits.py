"""What a counter can do: said in the configuration, or by the size of its register; more than that is not believed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe.config_file import load_config
from edge_probe.counters import Sample
from edge_probe.limits import UNLIMITED, Limits, within
from edge_probe.meter_map import load_map
from edge_probe.registers import Form
from edge_probe.spool import Spool
from edge_probe.watch import Shared, Watch
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import UNIT, FakeMeter, HandClock, beijing, device, ignore
from tests.edge_probe.test_config import SOUND

HOUR = dt.timedelta(hours=1)


def read(folder: Path, more: str) -> Limits:
    file = folder / "probe.toml"
    file.write_text(SOUND.replace("ct_pt = 80.1", f"ct_pt = 80\n{more}"), "utf-8")
    return load_config(file, {"modbus_tcp"}, {"nengshu"}).devices[0].points[0].limits


def test_a_point_says_its_largest_rate_and_where_its_counter_rolls_over_as_the_meter_shows_it(
    tmp_path: Path,
) -> None:
    said = "max_per_hour = 6300\nrolls_over_at = 1000000"
    assert read(tmp_path, said) == Limits(Decimal(6300), Decimal(80_000_000))
    assert read(tmp_path, "") == UNLIMITED
    with pytest.raises(ConfigurationError, match="max_per_hour: expected a number"):
        read(tmp_path, "max_per_hour = 0")


def test_a_whole_register_without_a_sign_rolls_over_at_its_size_unless_the_point_says_otherwise() -> None:
    float32 = load_map("eastron_sdm630").quantities["import_energy"]
    uint32 = dataclasses.replace(float32, form=Form.UINT32, scale=Decimal("0.01"))
    assert within(UNLIMITED, uint32, Decimal(10)).rolls_at == Decimal("429496729.6")
    assert within(Limits(rolls_at=Decimal(7)), uint32, Decimal(10)).rolls_at == 7
    assert within(UNLIMITED, float32, Decimal(10)) == within(UNLIMITED, None, Decimal(10)) == UNLIMITED


def test_a_window_delivers_no_more_than_its_rate_and_a_minute_of_it() -> None:
    limits = Limits(rate_max=Decimal(60))
    assert limits.allows(Decimal(61), HOUR)
    assert not limits.allows(Decimal("61.1"), HOUR)
    assert not limits.allows(Decimal(-1), HOUR)


def test_a_register_rolls_over_only_near_its_end_where_no_rate_is_known() -> None:
    limits = Limits(rolls_at=Decimal(1000))
    samples = [Sample(beijing("10:00"), Decimal(n)) for n in (901, 899, 1001, 0)]
    assert [limits.rolled(before, samples[-1]) for before in samples[:3]] == [True, False, False]


@pytest.mark.anyio
async def test_a_part_of_a_virtual_meter_rolls_over_as_a_point_does() -> None:
    spool, clock, shown = Spool(Path(":memory:")), HandClock(beijing("10:00")), [Decimal(2**32 - 5)]
    found = device()
    uint32 = dataclasses.replace(found.map.quantities["import_energy"], form=Form.UINT32, scale=Decimal(1))
    meter_map = dataclasses.replace(found.map, quantities={"import_energy": uint32})
    parted = dataclasses.replace(found, map=meter_map, points=(), parts=found.points)
    meter, half = FakeMeter(lambda: shown[0]), dt.timedelta(seconds=30)
    watch = Watch(parted, meter, Shared(UNIT, clock, spool, half, ignore))
    for _ in range(31):
        await watch.look()
        clock.moment, shown[0] = clock.moment + dt.timedelta(minutes=1), (shown[0] + 1) % 2**32
    assert [part.value for part in spool.parts(found.points[0].data_code, 1)] == [Decimal(15)] * 2
    spool.close()
