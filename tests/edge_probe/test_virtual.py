"""A data code made of several meters: what is missing makes no value, what is estimated makes an estimate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.config import Device, ProbeConfig
from edge_probe.config_file import load_config
from edge_probe.fields import Fields
from edge_probe.joining import Joining
from edge_probe.ports import Fault
from edge_probe.readings import DOUBTFUL, ESTIMATED, INSTRUMENT, Event
from edge_probe.spool import Spool
from edge_probe.virtual import PartEnergy, VirtualPoint, joined, virtual_point
from edge_probe.watch import Shared, Watch
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import ELECTRICITY, UNIT, FakeMeter, HandClock, beijing, ignore

pytestmark = pytest.mark.anyio
QUARTER = dt.timedelta(minutes=15)
UNCHANGED: Mapping[str, Decimal | Fault | int] = {}
MADE = f"""
[probe]
unit = "{UNIT}"
spool = "spool.sqlite"

[[devices]]
name = "in"
host = "192.0.2.17"
map = "eastron_sdm630"

[[devices]]
name = "out"
host = "192.0.2.18"
map = "eastron_sdm630"

[[virtual]]
data_code = "00-00-0000-023300-11"

[[virtual.terms]]
device = "in"
quantity = "import_energy"
ratio = 0.5

[[virtual.terms]]
device = "out"
quantity = "import_energy"
arithmetic = 2
ct_pt = 10

[[uplinks]]
name = "province"
url = "https://hub.example/"
credential_env = "PROBE"
"""


def read(folder: Path, text: str = MADE) -> ProbeConfig:
    file = folder / "probe.toml"
    file.write_text(text, "utf-8")
    return load_config(file, {"modbus_tcp"}, {"nengshu"})


class Stage:
    """Two meters whose counters are set by hand, and the probe over them."""

    def __init__(self, config: ProbeConfig, spool: Spool) -> None:
        self.config, self.spool, self.told = config, spool, list[Event]()
        self.clock = HandClock(beijing("10:00"))
        self.counters: dict[str, Decimal | Fault] = {"in": Decimal(100), "out": Decimal(10)}
        self.watches = [self.watch(device) for device in config.devices]

    def watch(self, device: Device) -> Watch:
        join = Joining(self.spool, UNIT, self.config.virtual, self.told.append).join
        meter = FakeMeter(lambda: self.counters[device.name])
        known, tolerance = self.spool.counters(), dt.timedelta(seconds=30)
        return Watch(device, meter, Shared(UNIT, self.clock, self.spool, tolerance, ignore, known, join))

    async def look(self, at: str, counters: Mapping[str, Decimal | Fault | int] = UNCHANGED) -> list[bool]:
        """Both look at a moment at which the meters show this; whether each look gave anything to hand over."""
        self.clock.moment = beijing(at)
        shown = {name: Decimal(each) if isinstance(each, int) else each for name, each in counters.items()}
        self.counters |= shown
        return [await watch.look() for watch in self.watches]

    def values(self) -> list[tuple[str, Decimal, str]]:
        rows = [row.reading for row in self.spool.unsent("province", 99)]
        assert {row.data_code for row in rows} <= {ELECTRICITY}
        return [
            (row.start.astimezone(beijing("10:00").tzinfo).strftime("%H:%M"), row.value, row.origin)
            for row in rows
        ]


async def test_what_goes_in_less_what_goes_out_is_one_reading(tmp_path: Path, spool: Spool) -> None:
    stage = Stage(read(tmp_path), spool)
    assert await stage.look("10:00") == [False, False]
    assert await stage.look("10:15", {"in": 108, "out": 10}) == [False, True]
    assert stage.values() == [("10:00", Decimal("4.0000"), INSTRUMENT)]


async def test_a_part_that_is_missing_makes_no_value_and_no_zero(tmp_path: Path, spool: Spool) -> None:
    stage = Stage(read(tmp_path), spool)
    await stage.look("10:00")
    silent = await stage.look("10:15", {"in": 108, "out": Fault("silent", "")})
    assert silent == [False, True], "what is handed over is that it was silent"
    assert stage.values() == []


def test_what_is_made_of_a_part_in_doubt_is_in_doubt(tmp_path: Path) -> None:
    (point,) = read(tmp_path).virtual
    origins = {"in/import_energy": ESTIMATED, "out/import_energy": DOUBTFUL}
    parts = [
        PartEnergy(ELECTRICITY, name, beijing("10:00"), Decimal(8), origin)
        for name, origin in origins.items()
    ]
    made = joined(point, UNIT, parts, beijing("10:16"))
    assert made is not None
    assert made[0] is not None
    assert made[0].origin == DOUBTFUL


async def test_what_was_missing_and_is_shared_out_later_makes_an_estimate(
    tmp_path: Path, spool: Spool
) -> None:
    stage = Stage(read(tmp_path), spool)
    await stage.look("10:00")
    await stage.look("10:15", {"in": 108, "out": Fault("silent", "")})
    await stage.look("10:30", {"in": 110, "out": 10})
    assert stage.values() == [
        ("10:00", Decimal("4.0000"), ESTIMATED),
        ("10:15", Decimal("1.0000"), ESTIMATED),
    ]


async def test_a_probe_that_died_between_two_meters_goes_on_with_the_part_it_had(tmp_path: Path) -> None:
    file, config = tmp_path / "spool.sqlite", read(tmp_path)
    before = Spool(file)
    first = Stage(config, before)
    await first.look("10:00")
    first.clock.moment, first.counters["in"] = beijing("10:15"), Decimal(108)
    await first.watches[0].look()
    before.close()
    after = Spool(file)
    after.add_uplinks(["province"])
    stage = Stage(config, after)
    await stage.look("10:15", {"in": 108, "out": 10})
    assert stage.values() == [("10:00", Decimal("4.0000"), INSTRUMENT)]
    after.close()


async def test_what_is_no_number_is_told_and_leaves_a_gap(tmp_path: Path, spool: Spool) -> None:
    stage = Stage(read(tmp_path, MADE.replace("arithmetic = 2", "arithmetic = 4")), spool)
    await stage.look("10:00")
    await stage.look("10:15", {"in": 108, "out": 10})
    await stage.look("10:30", {"in": 116, "out": 11})
    assert [event.kind for event in stage.told] == ["virtual-no-value"]
    assert "in/import_energy 8" in stage.told[0].detail
    assert stage.values() == [("10:15", Decimal("0.4000"), INSTRUMENT)]


def test_parts_whose_others_never_come_are_not_kept_for_ever(spool: Spool) -> None:
    part = PartEnergy(ELECTRICITY, "in/import_energy", beijing("10:00"), Decimal(1), INSTRUMENT)
    spool.append(parts=[part])
    spool.thin(beijing("10:00") + dt.timedelta(days=183))
    assert spool.parts(ELECTRICITY, 1) == (part,)
    spool.thin(beijing("10:00") + dt.timedelta(days=185))
    assert spool.parts(ELECTRICITY, 1) == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('device = "out"', 'device = "roof"', "no device has a counter 'roof/import_energy'"),
        (
            'quantity = "import_energy"\nratio',
            'quantity = "power_total"\nratio',
            "no device has a counter 'in/power_total'",
        ),
        ("arithmetic = 2", "arithmetic = 5", "arithmetic: expected a whole number from 1 to 4"),
        ("ratio = 0.5", "ratio = 0", "ratio of in/import_energy"),
        ("ratio = 0.5", "arithmetic = 3", "comes first"),
        ('device = "out"', 'device = "in"', "two ratios of transformers"),
        ('data_code = "00-00-0000-023300-11"', 'data_code = "00-00-0000023400-80"', "data_code"),
    ],
)
def test_what_is_wrong_with_a_formula_is_told(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in MADE
    with pytest.raises(ConfigurationError, match="virtual") as caught:
        read(tmp_path, MADE.replace(before, after))
    assert any(told in fault for fault in caught.value.faults)


def test_a_part_behind_transformers_must_be_told_their_ratio(tmp_path: Path) -> None:
    behind = MADE.replace("eastron_sdm630", "chint_dtsu666")
    with pytest.raises(ConfigurationError) as told:
        read(tmp_path, behind)
    assert told.value.faults == (
        "file.virtual: 00-00-0000-023300-11: 'in/import_energy' counts behind transformers; give its ct_pt",
    )
    assert (
        read(tmp_path, behind.replace("ratio = 0.5", "ratio = 0.5\nct_pt = 1")).virtual[0].parts[0].ct_pt == 1
    )


def test_a_device_of_which_nothing_is_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, MADE.replace('device = "out"', 'device = "in"').replace("ct_pt = 10", ""))
    assert caught.value.faults == ("file.devices[2]: points: there are none, so nothing would be read",)


@given(
    st.lists(
        st.tuples(st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=4)), min_size=1, max_size=9
    )
)
def test_in_whatever_order_parts_come_the_sums_are_those_of_the_parts(
    pairs: list[tuple[Decimal, Decimal]],
) -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    point = _sum_of("a", "b")
    joining = Joining(spool, UNIT, [point], ignore)
    for name, side in (("b", 1), ("a", 0)):
        for number, pair in enumerate(pairs):
            start = beijing("00:00") + number * QUARTER
            spool.append(parts=[PartEnergy(ELECTRICITY, f"{name}/x", start, pair[side], INSTRUMENT)])
            joining.join(start)
    found = [row.reading.value for row in spool.unsent("province", 99)]
    spool.close()
    assert found == [one + other for one, other in pairs]


def _sum_of(*devices: str) -> VirtualPoint:
    faults: list[str] = []
    terms = [{"device": name, "quantity": "x"} for name in devices]
    point = virtual_point(Fields({"data_code": ELECTRICITY, "terms": terms}, "virtual", faults))
    assert point is not None
    assert faults == []
    return point


def test_parts_are_put_together_only_where_all_of_them_are_there(spool: Spool) -> None:
    point, start = _sum_of("a", "b"), beijing("10:00")
    one, other = (PartEnergy(ELECTRICITY, f"{name}/x", start, Decimal(1), INSTRUMENT) for name in ("a", "b"))
    assert joined(point, UNIT, [one], start) is None
    assert joined(point, UNIT, [one, other], start) is not None
    spool.append(parts=[one])
    assert spool.parts(ELECTRICITY, 2) == ()
    spool.append(parts=[other, replace(one, start=beijing("10:15"))])
    assert spool.parts(ELECTRICITY, 2) == (one, other)
