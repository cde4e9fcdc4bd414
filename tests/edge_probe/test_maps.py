"""Every meter map keeps the contract, and a wrong one is told all its faults."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import edge_probe
from edge_probe.map_entries import COUNTED_UNITS
from edge_probe.meter_map import MeterMap, load_map, map_names, parse_map
from edge_probe.plan import REGISTERS_MAX, plan_reads
from graph.errors import ConfigurationError

FOLDER = Path(edge_probe.__file__).parent / "maps"


@pytest.fixture(params=sorted(file.stem for file in FOLDER.glob("*.toml")))
def meter_map(request: pytest.FixtureRequest) -> MeterMap:
    return parse_map((FOLDER / f"{request.param}.toml").read_text("utf-8"), request.param)


def test_there_are_maps_and_the_template_is_none_of_them() -> None:
    assert {"eastron_sdm630", "chint_dtsu666", "schneider_iem3000"} <= set(map_names())
    assert "_template" not in map_names()


def test_a_map_names_its_model_and_where_it_was_read(meter_map: MeterMap) -> None:
    assert meter_map.model
    assert meter_map.source


def test_a_map_counts_imported_energy_in_a_unit_data_codes_use(meter_map: MeterMap) -> None:
    quantity = meter_map.entries["import_energy"]
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
    with pytest.raises(
        ConfigurationError, match="no such map; there are chint_dtsu666, dlt645_2007, eastron_sdm630"
    ):
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


@pytest.mark.parametrize(
    "text", ["", "quantities = 3\nmodel='a'\nsource='b'", "no toml", '[quantities]\n"" = 1']
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
