"""Laws of energy varieties and of the choice of a coefficient."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.errors import InvalidInput, NotFound
from graph.model.data_code import DataClass
from graph.model.energy import (
    VARIETIES,
    Basis,
    Coefficient,
    CoefficientSource,
    EnergyKind,
    NativeUnit,
    coefficient_for,
    reference_coefficients,
    variety,
)
from tests.graph.model.values import UNIT

ELECTRICITY, GAS = "023300", "011500"
FIRST = dt.date(2018, 1, 1)
OTHER_UNIT = "91310115MA1K3B4X1"
MEASURED, DICTIONARY, STANDARD = CoefficientSource
near_days = st.integers(0, 9).map(lambda count: FIRST + dt.timedelta(days=count))

coefficients = st.builds(
    lambda since, length, owner, **rest: Coefficient(
        since=since,
        until=None if length is None else since + dt.timedelta(days=length),
        unit=owner[0],
        source=owner[1],
        **rest,
    ),
    variety=st.sampled_from([ELECTRICITY, GAS]),
    basis=st.sampled_from(Basis),
    kgce=st.integers(0, 99).map(lambda tenths: Decimal(tenths) / 10),
    edition=st.sampled_from(["2008", "2020"]),
    since=near_days,
    length=st.none() | st.integers(1, 5),
    owner=st.sampled_from(
        [(UNIT.text, MEASURED), (OTHER_UNIT, MEASURED), (None, DICTIONARY), (None, STANDARD)]
    ),
)


def _natural_key(row: Coefficient) -> tuple[object, ...]:
    return row.variety, row.basis, row.source, row.edition, row.since, row.unit


tables = st.lists(coefficients, max_size=12, unique_by=_natural_key)


def _model(table: list[Coefficient], basis: Basis, day: dt.date, unit: str | None) -> Coefficient | None:
    """The rule once more, told slowly: own values, the dictionary's, the standard's, each from the newest back."""
    for owner in [(unit, MEASURED), (None, DICTIONARY), (None, STANDARD)]:
        for back in range(40):
            began = day - dt.timedelta(days=back)
            for edition in ("2020", "2008"):
                for row in table:
                    fits = (row.variety, row.basis, row.edition, (row.unit, row.source)) == (
                        ELECTRICITY,
                        basis,
                        edition,
                        owner,
                    )
                    if fits and row.since == began and (row.until is None or row.until > day):
                        return row
    return None


@given(tables, st.sampled_from(Basis), near_days, st.sampled_from([None, UNIT.text, OTHER_UNIT]))
def test_the_choice_is_that_of_the_slow_model(
    table: list[Coefficient], basis: Basis, day: dt.date, unit: str | None
) -> None:
    assert coefficient_for(table, ELECTRICITY, basis, day, unit) == _model(table, basis, day, unit)


@given(tables, st.sampled_from(Basis), near_days, st.data())
def test_the_order_of_the_rows_decides_nothing(
    table: list[Coefficient], basis: Basis, day: dt.date, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(table))
    args = ELECTRICITY, basis, day, UNIT.text
    assert coefficient_for(table, *args) == coefficient_for(shuffled, *args)


@given(tables, st.sampled_from(Basis), near_days)
def test_the_other_basis_and_the_other_unit_are_never_chosen(
    table: list[Coefficient], basis: Basis, day: dt.date
) -> None:
    chosen = coefficient_for(table, GAS, basis, day, UNIT.text)
    if chosen is not None:
        assert (chosen.variety, chosen.basis) == (GAS, basis)
        assert chosen.unit in {None, UNIT.text}
        assert chosen.holds_on(day)


def _each_source(since: dt.date = FIRST) -> list[Coefficient]:
    owners = ((UNIT.text, MEASURED), (None, DICTIONARY), (None, STANDARD))
    return [
        Coefficient(GAS, Basis.CALORIFIC, Decimal(number), "2020", since, unit=unit, source=source)
        for number, (unit, source) in enumerate(owners, 1)
    ]


def test_measured_counts_before_the_dictionary_and_that_before_the_standard() -> None:
    measured, dictionary, standard = rows = _each_source()
    for rest, unit, expected in (
        (rows, UNIT.text, measured),
        (rows, OTHER_UNIT, dictionary),
        (rows, None, dictionary),
        ([measured, standard], OTHER_UNIT, standard),
        ([measured], None, None),
    ):
        assert coefficient_for(rest, GAS, Basis.CALORIFIC, FIRST, unit) == expected


def test_a_newer_standard_does_not_go_before_an_older_dictionary() -> None:
    _, dictionary, _ = _each_source()
    *_, newer = _each_source(FIRST + dt.timedelta(days=1))
    assert coefficient_for([dictionary, newer], GAS, Basis.CALORIFIC, newer.since) == dictionary


def test_a_dictionary_that_has_ended_leaves_the_day_to_the_standard() -> None:
    _, dictionary, standard = _each_source()
    ended = replace(dictionary, until=FIRST + dt.timedelta(days=1))
    assert coefficient_for([ended, standard], GAS, Basis.CALORIFIC, FIRST) == ended
    assert coefficient_for([ended, standard], GAS, Basis.CALORIFIC, FIRST + dt.timedelta(days=1)) == standard


@pytest.mark.parametrize(("unit", "source"), [(UNIT.text, MEASURED), (None, STANDARD)])
def test_a_source_that_is_left_out_follows_from_the_unit(unit: str | None, source: CoefficientSource) -> None:
    assert Coefficient(GAS, Basis.CALORIFIC, Decimal(1), "2020", FIRST, unit=unit).source is source


@pytest.mark.parametrize(
    ("unit", "source"), [(None, MEASURED), (UNIT.text, DICTIONARY), (UNIT.text, STANDARD)]
)
def test_a_measured_coefficient_names_its_unit_and_no_other_does(
    unit: str | None, source: CoefficientSource
) -> None:
    with pytest.raises(InvalidInput, match=f"came {source.value} of {unit or 'no unit'} for {GAS}"):
        Coefficient(GAS, Basis.CALORIFIC, Decimal(1), "2020", FIRST, unit=unit, source=source)


@given(coefficients)
def test_a_coefficient_is_valid_from_its_first_day_up_to_but_not_on_its_last(row: Coefficient) -> None:
    assert row.holds_on(row.since)
    assert not row.holds_on(row.since - dt.timedelta(days=1))
    if row.until is not None:
        assert row.holds_on(row.until - dt.timedelta(days=1))
        assert not row.holds_on(row.until)


def test_a_range_valued_kind_has_no_coefficient_until_the_unit_measures_its_own() -> None:
    rows = reference_coefficients()
    assert coefficient_for(rows, GAS, Basis.CALORIFIC, FIRST, UNIT.text) is None
    own = Coefficient(GAS, Basis.CALORIFIC, Decimal("1.2143"), "measured", FIRST, unit=UNIT.text)
    assert coefficient_for([*rows, own], GAS, Basis.CALORIFIC, FIRST, UNIT.text) == own
    assert coefficient_for([*rows, own], GAS, Basis.CALORIFIC, FIRST) is None


def test_the_reference_holds_no_equivalent_value() -> None:
    assert coefficient_for(reference_coefficients(), ELECTRICITY, Basis.EQUIVALENT, FIRST) is None
    chosen = coefficient_for(reference_coefficients(), ELECTRICITY, Basis.CALORIFIC, FIRST)
    assert chosen is not None
    assert (chosen.kgce, chosen.edition) == (Decimal("0.1229"), "GB/T 2589-2020 A")


def test_the_reference_has_one_value_for_each_of_its_varieties() -> None:
    rows = reference_coefficients()
    assert len({row.variety for row in rows}) == len(rows) > 10
    assert all(row.kgce > 0 and row.unit is None and row.source is STANDARD for row in rows)


@pytest.mark.parametrize("kgce", ["1000000", "1E+30"])
def test_a_coefficient_no_fuel_could_have_is_refused(kgce: str) -> None:
    with pytest.raises(InvalidInput, match="below 1,000,000 kgce"):
        Coefficient(ELECTRICITY, Basis.CALORIFIC, Decimal(kgce), "2020", FIRST)
    Coefficient(ELECTRICITY, Basis.CALORIFIC, Decimal("999999.999999"), "2020", FIRST)


@pytest.mark.parametrize("kgce", ["-0.0001", "NaN", "Infinity"])
def test_a_coefficient_is_a_number_and_not_negative(kgce: str) -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        Coefficient(ELECTRICITY, Basis.CALORIFIC, Decimal(kgce), "2020", FIRST)


@given(near_days, near_days)
def test_a_coefficient_that_ends_before_it_begins_is_refused(since: dt.date, until: dt.date) -> None:
    assume(until <= since)
    with pytest.raises(InvalidInput, match="before it begins"):
        Coefficient(ELECTRICITY, Basis.CALORIFIC, Decimal(1), "2020", since, until)


def test_a_coefficient_of_an_unknown_variety_is_refused() -> None:
    with pytest.raises(NotFound, match="019900"):
        Coefficient("019900", Basis.CALORIFIC, Decimal(1), "2020", FIRST)


@pytest.mark.parametrize("code", sorted(VARIETIES))
def test_every_variety_is_primary_or_secondary_energy(code: str) -> None:
    found = variety(code)
    assert len(code) == 6
    assert int(code[:2]) in {DataClass.PRIMARY_ENERGY, DataClass.SECONDARY_ENERGY}
    assert found.code == code
    assert found.name
    assert found.english


def test_no_two_varieties_share_a_name_or_their_digits() -> None:
    for one, other in combinations(VARIETIES.values(), 2):
        assert one.name != other.name
        assert one.english != other.english
        assert one.code[2:] != other.code[2:]


def test_each_energy_the_order_names_has_a_variety_in_its_unit() -> None:
    units = {found.kind: found.unit for found in VARIETIES.values()}
    assert set(units) == set(EnergyKind)
    assert units[EnergyKind.ELECTRICITY] is NativeUnit.KILOWATT_HOUR
    assert units[EnergyKind.HEAT] is NativeUnit.GIGAJOULE
    assert VARIETIES[GAS].unit is NativeUnit.CUBIC_METRE


@given(st.text(max_size=30))
def test_a_code_of_no_table_is_not_found(code: str) -> None:
    assume(code not in VARIETIES)
    with pytest.raises(NotFound, match="no energy variety"):
        variety(code)
