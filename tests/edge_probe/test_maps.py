"""Every meter map keeps the contract, and a wrong one is told all its faults."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

import edge_probe
from edge_probe.cli import app
from edge_probe.map_entries import COUNTED_UNITS
from edge_probe.meter_map import MeterMap, load_map, map_names, parse_map
from edge_probe.plan import REGISTERS_MAX, Span, plan_reads
from edge_probe.registers import Order
from graph.errors import ConfigurationError

FOLDER = Path(edge_probe.__file__).parent / "maps"


@pytest.fixture(params=sorted(file.stem for file in FOLDER.glob("*.toml")))
def meter_map(request: pytest.FixtureRequest) -> MeterMap:
    return parse_map((FOLDER / f"{request.param}.toml").read_text("utf-8"), request.param)


def test_there_are_maps_and_the_templates_are_none_of_them() -> None:
    assert {"eastron_sdm630", "chint_dtsu666", "schneider_iem3000"} <= set(map_names())
    assert not [name for name in map_names() if name.startswith("_template")]


def test_a_map_names_its_model_and_where_it_was_read(meter_map: MeterMap) -> None:
    assert meter_map.model
    assert meter_map.source


@pytest.mark.parametrize("name", map_names())
def test_a_meter_counts_imported_energy_in_a_unit_data_codes_use(name: str) -> None:
    quantity = load_map(name).entries["import_energy"]
    assert quantity.counter
    assert quantity.unit in COUNTED_UNITS


def test_quantities_of_a_map_do_not_share_registers(meter_map: MeterMap) -> None:
    spans = sorted(quantity.span for quantity in meter_map.quantities.values())
    assert all(b.function > a.function or a.end <= b.address for a, b in zip(spans, spans[1:], strict=False))  # noqa: RUF007 - reads as it is meant


def test_a_map_can_be_read_within_the_meters_own_limit(meter_map: MeterMap) -> None:
    reads = plan_reads(
        (q.span for q in meter_map.quantities.values()), meter_map.registers_max, meter_map.gap_max
    )
    assert all(read.count <= meter_map.registers_max <= REGISTERS_MAX for read in reads)


def test_watt_hours_in_64_bits_become_exact_kilowatt_hours() -> None:
    energy = load_map("schneider_iem3000").quantities["import_energy"]
    assert energy.value([0, 0x0001, 0xE240, 0x0001]) == Decimal("8090812.417")


def test_a_meters_own_map_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text((FOLDER / "_template.toml").read_text("utf-8"), "utf-8")
    assert load_map("mine.toml", tmp_path).model == "Maker Model, firmware"


def test_an_unknown_map_is_told_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no such map; there are chint_dtsu666, .*, eastron_sdm630"):
        load_map("nokia_3310")


def test_every_fault_of_a_map_is_told_at_once() -> None:
    text = """
        model = "X"
        colour = "grey"
        [quantities.import_energy]
        address = 65535
        function = 6
        type = "float32"
        scale = 0
        unit = "furlong"
        counter = true
        [quantities.power_total]
        address = -1
        type = "float16"
        order = "ACBD"
    """
    with pytest.raises(ConfigurationError) as told:
        parse_map(text, "x")
    places = [fault.split(": ")[:2] for fault in told.value.faults]
    q = "x.quantities."
    assert sorted(places) == sorted(
        [["x", "source"], ["x", "colour"]]
        + [[q + "import_energy", key] for key in ("address", "function", "scale", "unit")]
        + [[q + "power_total", key] for key in ("address", "type", "order", "function", "unit")]
    )


SOUND = """
    model = "X"
    source = "Y"
    [quantities.import_energy]
    address = 0x10
    function = 3
    type = "bcd32"
    unit = "kWh"
    counter = true
    [quantities.voltage]
    address = 0x12
    function = 3
    type = "uint16"
    unit = "V"
"""


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as told:
        parse_map(text, "x")
    return told.value.faults


def test_two_quantities_in_one_register_are_a_slip() -> None:
    (fault,) = faults(SOUND.replace("0x12", "0x11"))
    assert fault.startswith(
        "x: quantities.voltage: address: 1 registers from 0x0011 with function 3 are taken"
    )
    assert fault.endswith("import_energy holds 2 registers from 0x0010 with function 3")


def test_a_quantity_in_a_refused_range_is_told() -> None:
    holes = (
        "illegal = [{ function = 3, address = 0x12, count = 4 }, { function = 4, address = 0x10, count = 1 }]"
    )
    (fault,) = faults(holes + SOUND)
    assert fault.startswith(
        "x: quantities.voltage: address: 1 registers from 0x0012 with function 3 lie in refused"
    )
    cut = "illegal = [{ function = 3, address = 0x12, count = 0 }]"
    reads = parse_map(cut + SOUND, "x")
    assert len(reads.reads(reads.quantities.values())) == 2


def test_a_known_register_is_one_of_the_maps_own_within_bounds() -> None:
    known = SOUND + '[known]\nquantity = "power"\nleast = 5\nmost = 4\n'
    assert sorted(fault.split(": ")[1] for fault in faults(known)) == ["most", "quantity"]


def test_more_holes_than_a_meter_can_have_are_refused() -> None:
    hole = "{ function = 4, address = 1, count = 1 },"
    assert "gap_max = 0 says it shorter" in faults(f"illegal = [{hole * 65}]{SOUND}")[0]


def test_a_device_may_be_read_otherwise_than_its_model() -> None:
    own = parse_map(SOUND, "x").limited(7, 0, (Span(3, 0x20, 1),), Order.DCBA)
    assert (own.registers_max, own.gap_max, own.illegal) == (7, 0, (Span(3, 0x20, 1),))
    assert own.quantities["import_energy"].value([0x5634, 0x1200]) == Decimal(123456)


def test_check_tells_what_is_sound_and_file_point_and_reason_of_each_fault(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["maps", "check"]).output.count(" is sound: points ") == len(map_names())
    (tmp_path / "mine.toml").write_text(SOUND.replace("bcd32", "bcd31").replace('"V"', '"W"'), "utf-8")
    (tmp_path / "good.toml").write_text(SOUND, "utf-8")
    mine, good = str(tmp_path / "mine.toml"), str(tmp_path / "good.toml")
    done = run(app, ["maps", "check", mine, good, "nokia_3310"])
    assert done.exit_code == 1
    assert done.stdout == f"{good} is sound: points 2, counters 1, reads of a whole pass 1\n"
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"{mine}.quantities.import_energy: type: expected one of bcd16, bcd32")
    assert lines[1].startswith(f"{mine}.quantities.voltage: unit: expected one of A, GJ")
    assert lines[2].startswith("nokia_3310: no such map")
    assert len(lines) == 3


@pytest.mark.parametrize(
    "text",
    [
        *("", "quantities = 3\nmodel='a'\nsource='b'", "no toml", '[quantities]\n"" = 1'),
        *("a = " + "1" * 5_000, "a = " + "[" * 50_000, "a = 1e99999999999999999999"),
    ],
    ids=range(7),
)
def test_what_is_no_map_at_all_is_told_so(text: str) -> None:
    with pytest.raises(ConfigurationError, match="meter map x"):
        parse_map(text, "x")


def test_a_map_that_is_a_folder_or_missing_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_map("gone.toml", tmp_path)


def test_a_map_of_two_kinds_or_of_none_is_told_so() -> None:
    two = """
        model = "X"
        source = "s"
        [typed.import_energy]
        digits = 6
        decimals = 2
        unit = "kWh"
        [identifiers.export_energy]
        identifier = "00020000"
        octets = 4
        decimals = 2
        unit = "kWh"
    """
    with pytest.raises(ConfigurationError, match="came 2 of them"):
        parse_map(two, "x")


def test_every_fault_of_a_data_identifier_is_told_at_once() -> None:
    text = """
        model = "X"
        source = "s"
        [identifiers.import_energy]
        identifier = "0001"
        octets = 2
        decimals = 5
        unit = "kW"
        counter = true
        colour = "grey"
    """
    with pytest.raises(ConfigurationError) as told:
        parse_map(text, "x")
    assert [fault.split(": ")[1] for fault in told.value.faults] == [
        "identifier",
        "decimals",
        "unit",
        "colour",
    ]


NODES = """
    model = "X"
    source = "s"
    [nodes.import_energy]
    node = "{node}"
    unit = "kWh"
    counter = true
"""


@pytest.mark.parametrize(
    "node",
    [
        "i=2258",
        "ns=2;s=Line 1;Energy=total",
        "nsu=urn:maker:meters;i=7",
        "ns=3;g=09087e75-8e5e-499b-954f-f2a9603db28a",
        "ns=1;b=YWJj",
    ],
)
def test_a_node_is_written_as_the_standard_has_it_and_read_back_the_same(node: str) -> None:
    assert str(parse_map(NODES.format(node=node), "x").nodes["import_energy"].node) == node


@pytest.mark.parametrize("node", ["Energy", "ns=2", "ns=65536;i=1", "ns=2;i=x", "nsu=;s=a", "g=1", "s="])
def test_what_is_no_node_is_told_so(node: str) -> None:
    with pytest.raises(ConfigurationError, match="expected a node such as"):
        parse_map(NODES.format(node=node), "x")


def test_every_fault_of_a_node_is_told_at_once() -> None:
    text = NODES.format(node="?").replace('"kWh"', '"kW"') + '    scale = 0\n    colour = "grey"\n'
    with pytest.raises(ConfigurationError) as told:
        parse_map(text, "x")
    assert [fault.split(": ")[1] for fault in told.value.faults] == ["node", "scale", "unit", "colour"]
