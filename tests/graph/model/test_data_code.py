"""Laws of the data code: both written forms, the scope rule, and a name for every faulty segment."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.errors import MalformedCode
from graph.model.data_code import LENGTH, SEGMENTS, DataClass, DataCode, Scope
from graph.model.energy import VARIETIES
from tests.graph.model.values import data_codes, digits

PLANT_ELECTRICITY = "00-00-0000-023300-11"


@given(data_codes)
def test_both_written_forms_round_trip(code: DataCode) -> None:
    assert DataCode.parse(str(code)) == code == DataCode.parse(code.digits)
    assert str(code).replace("-", "") == code.digits


@given(data_codes)
def test_the_segments_are_the_whole_code(code: DataCode) -> None:
    assert code.process + code.process_unit + code.equipment + code.variety + code.use == code.digits
    assert code.variety.startswith(f"{code.data_class:02d}")


def test_plant_electricity_reads_as_the_field_writes_it() -> None:
    code = DataCode.parse(PLANT_ELECTRICITY)
    assert (code.scope, code.data_class) == (Scope.PLANT, DataClass.SECONDARY_ENERGY)
    assert VARIETIES[code.variety].name == "电力"
    assert code.use == "11"


def test_the_malformed_code_of_the_field_names_its_segment() -> None:
    with pytest.raises(MalformedCode, match=r"equipment.*came '0000023400'") as fault:
        DataCode.parse("00-00-0000023400-80")
    assert fault.value.segment == "equipment (TTNN)"


@given(data_codes, st.integers(0, len(SEGMENTS) - 1), st.text(alphabet="0123456789Xx ", max_size=9))
def test_a_group_of_another_form_is_named(code: DataCode, place: int, group: str) -> None:
    name, length = SEGMENTS[place]
    assume(len(group) != length or not group.isdigit())
    groups = str(code).split("-")
    groups[place] = group
    with pytest.raises(MalformedCode) as fault:
        DataCode.parse("-".join(groups))
    assert fault.value.segment == name
    assert repr(group) in fault.value.why


@given(data_codes, st.integers(2, len(SEGMENTS) - 1))
def test_missing_groups_are_counted(code: DataCode, count: int) -> None:
    with pytest.raises(MalformedCode, match=f"expected 5 groups, came {count}"):
        DataCode.parse("-".join(str(code).split("-")[:count]))


@given(data_codes)
def test_a_sixth_group_is_counted(code: DataCode) -> None:
    with pytest.raises(MalformedCode, match="expected 5 groups, came 6"):
        DataCode.parse(f"{code}-00")


@given(digits(8), st.integers(0, 99), digits(6))
def test_classes_are_01_to_10_and_another_is_named(head: str, data_class: int, tail: str) -> None:
    text = f"{head}{data_class:02d}{tail}"
    if 1 <= data_class <= 10:
        assert DataCode(text).data_class == data_class
        return
    with pytest.raises(MalformedCode, match=f"{data_class:02d} is none of 01 to 10") as fault:
        DataCode(text)
    assert fault.value.segment == "class (CC)"


def _read(text: str) -> DataCode | MalformedCode:
    try:
        return DataCode.parse(text)
    except MalformedCode as fault:
        return fault


@given(st.text(max_size=40) | st.text(alphabet="0123456789-", min_size=14, max_size=22))
def test_any_text_is_a_code_or_a_malformed_code_that_names_a_segment(text: str) -> None:
    read = _read(text)
    if isinstance(read, DataCode):
        assert text.replace("-", "") == read.digits
    else:
        assert read.segment in {"whole", "class (CC)", *(name for name, _ in SEGMENTS)}


@pytest.mark.parametrize(
    "text", ["", "0" * (LENGTH - 1), "0" * (LENGTH + 1), "００" + "0" * 14, " " + "0" * 15]
)
def test_sixteen_ascii_digits_or_nothing(text: str) -> None:
    with pytest.raises(MalformedCode, match="whole: expected 16 digits"):
        DataCode(text)


@given(data_codes)
def test_the_finest_filled_segment_decides_the_scope(code: DataCode) -> None:
    filled = {
        Scope.EQUIPMENT: code.equipment != "0000",
        Scope.PROCESS_UNIT: code.process_unit != "00",
        Scope.PROCESS: code.process != "00",
        Scope.PLANT: True,
    }
    assert code.scope == max(scope for scope, is_filled in filled.items() if is_filled)


sparse_codes = st.builds(
    "{}{}{}02330011".format,
    st.sampled_from(["00", "04"]),
    st.sampled_from(["00", "01"]),
    st.sampled_from(["0000", "1201"]),
).map(DataCode)


@given(sparse_codes, st.sampled_from(Scope))
def test_a_code_fits_every_declared_scope_that_is_not_coarser_than_its_own(
    code: DataCode, declared: Scope
) -> None:
    is_plant_of_a_process = declared is Scope.PROCESS and code.process == "00"
    if code.scope <= declared and not is_plant_of_a_process:
        code.check_scope(declared)
        return
    with pytest.raises(MalformedCode, match=f"at scope {declared:d}") as fault:
        code.check_scope(declared)
    assert fault.value.segment in {name for name, _ in SEGMENTS[:3]}


@pytest.mark.parametrize(
    ("text", "declared", "segment"),
    [
        ("04-01-0000-023300-11", Scope.PROCESS, "process unit (UU)"),
        ("04-01-1201-023300-11", Scope.PROCESS_UNIT, "equipment (TTNN)"),
        ("00-00-1201-023300-11", Scope.PLANT, "equipment (TTNN)"),
        ("04-00-0000-023300-11", Scope.PLANT, "process (PP)"),
        ("00-00-0000-023300-11", Scope.PROCESS, "process (PP)"),
    ],
)
def test_the_segment_that_breaks_the_scope_is_named(text: str, declared: Scope, segment: str) -> None:
    with pytest.raises(MalformedCode) as fault:
        DataCode.parse(text).check_scope(declared)
    assert fault.value.segment == segment


@pytest.mark.parametrize("data_class", DataClass)
def test_what_is_used_or_made_adds_up_and_no_coefficient_efficiency_or_unknown_item_does(
    data_class: DataClass,
) -> None:
    used_or_made = {
        DataClass.PRIMARY_ENERGY,
        DataClass.SECONDARY_ENERGY,
        DataClass.WORKING_MEDIUM,
        DataClass.NON_ENERGY_PRODUCT,
    }
    assert data_class.adds_up == (data_class in used_or_made)


def test_every_variety_with_a_native_unit_adds_up() -> None:
    assert all(DataClass(int(code[:2])).adds_up for code in VARIETIES)


def test_scopes_and_classes_keep_the_numbers_of_the_standard() -> None:
    assert [scope.value for scope in Scope] == [1, 2, 3, 4]
    assert [data_class.value for data_class in DataClass] == list(range(1, 11))
