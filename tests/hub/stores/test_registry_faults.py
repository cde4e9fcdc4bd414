"""Upserts that are refused: every faulty row and column named, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.energy import EnergyKind
from hub.stores.registry import cells
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import NOON, WHO, code_of, invented_registry, link, listed, point, unit


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from invented_registry(tmp_path)


def test_every_faulty_row_and_column_is_named_and_nothing_is_written(registry: Registry) -> None:
    rows = [
        unit(1),
        unit(2, tier="huge"),
        unit(3, industry="X1"),
        {**unit(4), "credit_code": "91970100MA00000"},
    ]
    with pytest.raises(InvalidInput) as fault:
        registry.upsert("unit", rows, WHO)
    told = str(fault.value)
    for part in ("unit:", "row 2, tier: came 'huge'", "row 3, industry:", "row 4, credit_code:", "length"):
        assert part in told
    assert "row 1" not in told
    assert listed(registry, "unit") == []
    assert listed(registry, "audit", noun="unit") == []


def test_a_value_that_its_model_refuses_names_the_row(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    with pytest.raises(InvalidInput, match=r"row 1: .*low 5 is above high 1"):
        registry.upsert("data_point", [point(1, low=5, high=1)], WHO)
    waiver = {"unit": code_of(1), "grantor": "试省节能处", "granted_on": "2026-01-01"}
    with pytest.raises(InvalidInput, match=r"row 2: energy: electricity is owed"):
        registry.upsert(
            "waiver", [{**waiver, "energy": each} for each in (EnergyKind.HEAT, "electricity")], WHO
        )
    with pytest.raises(InvalidInput, match="submission day"):
        registry.upsert(
            "quarterly_report", [{"province": "970000", "quarter": "2026Q3", "state": "accepted"}], WHO
        )


@pytest.mark.parametrize(
    ("noun", "row", "told"),
    [
        ("unit", unit(1, "110101"), "row 1: region: province 110000 is no region of this registry"),
        ("unit", unit(1, "970199"), "row 1: region: no division has the code 970199"),
        ("unit", unit(1, colour="red"), "row 1, colour: a unit has no such column"),
        ("unit", {"name": "无码单位"}, "row 1, credit_code: is missing"),
        ("unit", {"credit_code": code_of(1)}, "row 1, name: is missing"),
        ("unit", unit(1, name="\ud800"), "row 1, name: .*no character"),
        ("unit", unit(1, name="  "), "row 1, name: is empty"),
        ("unit", unit(1, name="长" * 201), "row 1, name: came 201 characters"),
        ("unit", unit(1, roster_batch=0), "row 1, roster_batch: came '0'"),
        ("data_point", point(1), "row 1: unit: no unit with credit code"),
        ("data_point", point(1, "00-00-0000023400-80"), "row 1, code: .*equipment"),
        ("data_point", point(1, low="0.00001"), "row 1, low: .*4 of them places"),
        ("data_point", point(1, low="NaN"), "row 1, low: came 'NaN'"),
        ("data_point", point(1, "0000000003010011", measure="吨" * 33), "row 1, measure: came 33 characters"),
        ("data_point", point(1, "0000000003010011", measure=" "), "row 1, measure: is empty"),
        ("data_point", point(1, measure="MWh"), "row 1: .*electricity is kept in kWh, came MWh"),
        ("data_point", point(1, since=NOON), "row 1, since: expected text, came datetime"),
        ("person", {"agency": "nobody", "name": "某人"}, "row 1: agency: no agency has the key nobody"),
        (
            "platform",
            {"province": "970100", "name": "市平台", "mode": "direct"},
            "row 1, province: came the city",
        ),
        ("agency", {"key": "a b", "name": "某", "role": "nim"}, "row 1, key: came 'a b'"),
        ("link", link(address="sftp://me:secret@127.0.0.1"), "row 1, address: holds a user or password"),
        ("link", link(quirks="[1]"), "row 1, quirks: expected a JSON object"),
        ("link", link(quirks={"day": NOON}), "row 1, quirks: is no JSON"),
        ("link", link(enabled="perhaps"), "row 1, enabled: came 'perhaps'"),
        (
            "coefficient",
            {"variety": "999999", "basis": "calorific"},
            "row 1, edition: is missing; row 1, since: is missing",
        ),
        ("client", {"key": "x"}, "noun: came 'client'"),
        ("audit", {}, "noun: came 'audit'"),
        ("moon", {}, "noun: came 'moon'"),
    ],
)
def test_a_wrong_row_is_refused_with_its_reason(
    registry: Registry, noun: str, row: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        registry.upsert(noun, [row], WHO)


def test_a_variety_nobody_knows_has_no_coefficient(registry: Registry) -> None:
    row = {"variety": "029999", "basis": "calorific", "kgce": "1", "edition": "试", "since": "2026-01-01"}
    with pytest.raises(InvalidInput, match="row 1: no energy variety has the code '029999'"):
        registry.upsert("coefficient", [row], WHO)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"source": "measured"}, "row 1: a measured coefficient names its unit and no other does"),
        ({"source": "dictionary", "unit": code_of(1)}, "row 1: .*came dictionary of 91970100MA"),
        ({"source": "guess"}, "row 1, source: came 'guess', expected one of measured, dictionary, standard"),
        ({"source": ""}, "row 1, source: came ''"),
    ],
)
def test_a_coefficient_whose_source_is_not_its_units_is_refused(
    registry: Registry, more: dict[str, Any], told: str
) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    row = {"variety": "011500", "basis": "calorific", "kgce": "1", "edition": "试", "since": "2026-01-01"}
    with pytest.raises(InvalidInput, match=told):
        registry.upsert("coefficient", [{**row, **more}], WHO)


def test_a_secret_given_as_credential_is_refused_and_not_repeated(registry: Registry) -> None:
    with pytest.raises(InvalidInput) as fault:
        registry.upsert("link", [link(credential="s3cr3t/with+signs==")], WHO)
    assert "s3cr3t" not in str(fault.value)
    registry.upsert("link", [link(credential="TRIAL_TOKEN")], WHO)
    assert listed(registry, "link")[0]["credential"] == "TRIAL_TOKEN"


def test_only_the_first_faults_are_told_with_their_number(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match=r"row 20, tier: [^;]*\(500 rows in all\)"):
        registry.upsert("unit", [unit(n, tier="huge") for n in range(500)], WHO)


@given(st.decimals(-(10**13), 10**13, places=4))
def test_a_bound_is_read_from_text_exactly_as_it_was(value: Decimal) -> None:
    assert cells.exact(4)(str(value)) == value
