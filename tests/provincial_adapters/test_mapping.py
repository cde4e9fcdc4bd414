"""A mapping is right or tells every fault; units of measure are exact."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError
from graph.model.energy import NativeUnit
from graph.model.period import Granularity
from provincial_adapters._mapping.measures import MEASURES, scaled
from provincial_adapters._toolkit.columns import EndOfDay, LabelSide
from provincial_adapters.file_drop import DIALECT, FileMapping

STEEL_PLANT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "steel_plant.toml"
RIGHT: dict[str, Any] = {
    "unit": "91970000MA00000013",
    "granularity": "hour",
    "label_column": "time",
    "label": "start",
    "values": [{"column": "kWh", "data_code": "00-00-0000-023300-11"}],
}


def faults(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        FileMapping.of_table({**RIGHT, **changes})
    return "; ".join(caught.value.faults)


def test_the_example_in_the_docs_is_right() -> None:
    mapping = FileMapping.load(STEEL_PLANT)
    assert mapping.labels.granularity is Granularity.QUARTER_HOUR
    assert (mapping.labels.side, mapping.labels.end_of_day) == (LabelSide.END, EndOfDay.SAME_DAY)
    assert mapping.columns == ("date", "Usage_kWh")


def test_every_fault_is_told_at_once() -> None:
    told = faults(
        unit="91970000MA00000014",
        granularity="fortnight",
        label="start",
        end_of_day="same_day",
        date_format="%y",
        encoding="ebcdic",
        colour="red",
        values=[{"column": "", "data_code": "00-00-0000023400-80", "measure": "BTU", "factor": 1.5}],
    )
    for place in ("unit: ", "granularity: ", "end_of_day: ", "date_format: ", "encoding: ", "colour: unknown",
                  "values[1].column: ", "values[1].data_code: ", "values[1].measure: ", "values[1].factor: "):  # fmt: skip
        assert place in told
    assert "check character" in told


def test_a_constant_or_a_column_but_not_both_nor_neither() -> None:
    assert "either unit or unit_column" in faults(unit_column="code")
    assert "either data_code or data_code_column" in faults(values=[{"column": "kWh"}])
    table = {key: value for key, value in RIGHT.items() if key != "unit"}
    assert FileMapping.of_table({**table, "unit_column": "code"}).unit_column == "code"


@pytest.mark.parametrize("granularity", ["month", "year"])
def test_whose_date_the_end_of_a_day_carries_says_nothing_of_months_and_years(granularity: str) -> None:
    told = faults(granularity=granularity, label="end", end_of_day="same_day", colour="red")
    assert "end_of_day: " in told
    assert granularity in told
    assert "colour: unknown" in told
    for one in ("quarter_hour", "hour", "day"):
        mapping = FileMapping.of_table(
            {**RIGHT, "granularity": one, "label": "end", "end_of_day": "same_day"}
        )
        assert mapping.labels.end_of_day is EndOfDay.SAME_DAY


def test_a_measure_that_is_none_of_its_variety_is_a_fault() -> None:
    told = faults(values=[{"column": "gas", "data_code": "00-00-0000-011500-11", "measure": "MWh"}])
    assert "no measure of natural gas" in told


@pytest.mark.parametrize("factor", [0, "-1", "1e10", "0.00000000001", "many", "NaN"])
def test_a_factor_that_cannot_be_exact_is_a_fault(factor: Any) -> None:
    value = {"column": "kWh", "data_code": "00-00-0000-023300-11", "factor": factor}
    assert "values[1].factor" in faults(values=[value])


@pytest.mark.parametrize("values", [[], "kWh", ["kWh"], [{}] * 1001])
def test_values_are_a_list_of_tables(values: Any) -> None:
    assert "values" in faults(values=values)


def test_what_is_not_toml_or_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not TOML"):
        FileMapping.of_toml("unit = ")
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        FileMapping.load(tmp_path / "nowhere.toml")


def test_the_digest_follows_what_is_read_and_not_which_files() -> None:
    first = FileMapping.of_table(RIGHT).digest
    assert FileMapping.of_table({**RIGHT, "files": "*.csv"}).digest == first
    assert FileMapping.of_table({**RIGHT, "label": "end"}).digest != first


def test_a_link_carries_its_mapping_as_a_quirk() -> None:
    DIALECT.check({"mapping": RIGHT})
    with pytest.raises(ConfigurationError, match="mapping: missing"):
        DIALECT.check({})
    with pytest.raises(ConfigurationError, match="label_column: missing"):
        DIALECT.check({"mapping": {key: RIGHT[key] for key in RIGHT if key != "label_column"}})


def test_every_measure_is_a_power_of_ten_of_a_native_unit() -> None:
    assert {measure.native for measure in MEASURES.values()} == set(NativeUnit)
    assert all(measure.factor.normalize().as_tuple().digits == (1,) for measure in MEASURES.values())


def product(text: str, factor: str) -> str:
    found: list[str] = scaled(pa.array([text]), Decimal(factor)).to_pylist()
    return found[0]


@given(
    st.decimals(-(10**14), 10**14, places=4),
    st.decimals(Decimal("0.001"), 10**6, places=3),
)
def test_a_value_times_a_factor_is_exact(value: Decimal, factor: Decimal) -> None:
    text = product(str(value), str(factor))
    assert "E" not in text
    assert Decimal(text) == value * factor


@pytest.mark.parametrize(
    ("text", "times_1000"),
    [("1.5e3", "1500000"), ("1E-9", "0.000001"), (".5", "500"), ("5.", "5000"), ("0", "0"), ("-0.00", "-0"),
     ("0.0000001", "0.0001"), (" 7 ", "7000"), ("123456789012345678901234567890", "123456789012345678901234567890000"),
     ("0.12345678901234567", "123.45678901234567")],
)  # fmt: skip
def test_unusual_numbers_are_exact_too(text: str, times_1000: str) -> None:
    assert product(text, "1000") == times_1000


@pytest.mark.parametrize("text", ["abc", "", "1,234", "--", "NaN", "1_000", "1e9999", "١٢"])
def test_what_is_no_number_stays_what_it_was(text: str) -> None:
    assert product(text, "1000") == text
