"""Upserts: all rows or none, faults named, computed columns computed, every change audited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from graph.ports import RegistrySink, Upserted
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import (
    ELECTRICITY,
    GAS,
    NOON,
    WHO,
    audited,
    code_of,
    invented_registry,
    listed,
    point,
    region,
    unit,
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from invented_registry(tmp_path)


def test_the_registry_is_the_sink_that_the_ports_ask_for(registry: Registry) -> None:
    sink: RegistrySink = registry
    assert sink.upsert("unit", [], WHO) == Upserted()


def test_new_changed_and_same_rows_are_counted_apart(registry: Registry) -> None:
    assert registry.upsert("unit", [unit(1), unit(2)], WHO) == Upserted(added=2)
    rows = [unit(1), unit(2, name="改名单位"), unit(3)]
    assert registry.upsert("unit", rows, WHO) == Upserted(added=1, changed=1, same=1)


def test_place_and_section_of_a_unit_are_computed_and_not_taken(registry: Registry) -> None:
    registry.upsert("unit", [unit(1, province="980000", city="980200", section="A", id=77)], WHO)
    (row,) = listed(registry, "unit")
    assert (row["province"], row["city"], row["region"], row["section"]) == (
        "970000",
        "970100",
        "970101",
        "C",
    )
    assert row["id"] == 1


def test_a_unit_of_a_province_as_such_has_no_city(registry: Registry) -> None:
    registry.upsert("unit", [unit(1, "970000")], WHO)
    assert listed(registry, "unit")[0]["city"] is None


def test_variety_kind_and_scope_of_a_point_follow_from_its_code(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    codes = ["00-00-0000-023300-11", "01-02-1201-010100-11", "00-00-0000-040000-30"]
    registry.upsert("data_point", [point(1, code) for code in codes], WHO)
    found = [(r["code"], r["variety"], r["kind"], r["scope"]) for r in listed(registry, "data_point")]
    assert found == [
        ("0000000002330011", "023300", "electricity", 1),
        ("0102120101010011", "010100", "coal", 4),
        ("0000000004000030", "040000", None, 1),
    ]


def test_an_insert_leaves_an_audit_row_with_nothing_before(registry: Registry) -> None:
    registry.upsert("platform", [{"province": "970000", "name": "试省平台", "mode": "platform"}], WHO)
    after = {
        "province": "970000",
        "name": "试省平台",
        "mode": "platform",
        "operation_assured": False,
        "filed_on": None,
    }
    assert audited(registry, "platform") == [("insert", "970000", None, after)]
    (row,) = listed(registry, "audit", noun="platform")
    assert (row["who"], row["at"], row["province"]) == (WHO, NOON, "970000")


def test_an_update_leaves_an_audit_row_with_before_and_after(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    registry.upsert("unit", [{"credit_code": code_of(1), "tier": "hundred"}], WHO)
    action, subject, before, after = audited(registry, "unit")[1]
    assert (action, subject) == ("update", code_of(1))
    assert (before["tier"], after["tier"]) == ("thousand", "hundred")
    assert before | {"tier": "hundred"} == after


def test_a_row_that_changes_nothing_leaves_no_audit(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    registry.upsert("data_point", [point(1, low="0", high="10.50")], WHO)
    registry.upsert("unit", [unit(1)], WHO)
    assert registry.upsert("data_point", [point(1, low=0, high=Decimal("10.5"))], WHO) == Upserted(same=1)
    assert len(audited(registry, "unit")) == len(audited(registry, "data_point")) == 1


def test_a_column_that_is_not_given_keeps_what_is_stored_and_null_empties_it(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    key = {"unit": code_of(1), "stage": "connected"}
    registry.upsert("access_end_milestone", [{**key, "planned": "2026-06-30", "actual": "2026-06-01"}], WHO)
    registry.upsert("access_end_milestone", [{**key, "planned": dt.date(2026, 7, 31)}], WHO)
    assert listed(registry, "access_end_milestone")[0]["actual"] == dt.date(2026, 6, 1)
    registry.upsert("access_end_milestone", [{**key, "actual": None}], WHO)
    (row,) = listed(registry, "access_end_milestone")
    assert (row["planned"], row["actual"], row["tier"]) == (dt.date(2026, 7, 31), None, "thousand")


def test_the_same_row_twice_is_one_row_and_two_that_differ_are_a_fault(registry: Registry) -> None:
    assert registry.upsert("unit", [unit(1), unit(1)], WHO) == Upserted(added=1, same=1)
    with pytest.raises(InvalidInput, match="row 2: has the key of row 1, and other values"):
        registry.upsert("unit", [unit(2), unit(2, tier="hundred")], WHO)


def test_a_unit_brings_the_rows_of_its_city_and_county_along(registry: Registry) -> None:
    province = {"code": "110000", "name": "北京市", "short_name": "京", "english": "Beijing"}
    registry.upsert("region", [province], WHO)
    registry.upsert("unit", [unit(1, "110101"), unit(2, "110103")], WHO)
    codes = {row["code"]: row for row in listed(registry, "region", province="110000")}
    assert set(codes) == {"110000", "110100", "110101", "110103"}
    assert codes["110103"]["abolished"] == 2010
    assert codes["110101"]["parent"] == "110100"
    assert {subject for _, subject, _, _ in audited(registry, "region")} >= {"110100", "110101", "110103"}


def test_a_county_may_come_in_one_upsert_with_its_province(registry: Registry) -> None:
    rows = [{**region("970101"), "code": code} for code in ("960101", "960000")]
    assert registry.upsert("region", rows, WHO) == Upserted(added=2)
    found = {row["code"]: row for row in listed(registry, "region", province="960000")}
    assert found["960101"]["simulated"]
    with pytest.raises(InvalidInput, match="province 950000 is no region"):
        registry.upsert("region", [{**region("970101"), "code": "950101"}], WHO)


def test_reference_coefficients_have_one_row_a_key_although_they_have_no_unit(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    row = {
        "variety": "011500",
        "basis": "calorific",
        "kgce": "1.2143",
        "edition": "试",
        "since": "2026-01-01",
    }
    registry.upsert("coefficient", [row], WHO)
    own = {**row, "unit": code_of(1), "kgce": "1.21"}
    changed = registry.upsert("coefficient", [{**row, "kgce": "1.33"}, own], WHO)
    assert changed == Upserted(added=1, changed=1)
    found = registry.dimensions()[3].to_pylist()
    assert [(r["unit"], r["kgce"]) for r in found] == [
        (None, Decimal("1.330000")),
        (code_of(1), Decimal("1.210000")),
    ]


def test_a_point_says_its_measure_and_a_native_unit_written_out_is_none_of_its_own(
    registry: Registry,
) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    water = "0000000003010011"
    registry.upsert("data_point", [point(1), point(1, water, measure="t")], WHO)
    assert [row["measure"] for row in listed(registry, "data_point")] == [None, "t"]
    assert registry.upsert("data_point", [point(1, measure="kWh"), point(1, water)], WHO) == Upserted(same=2)
    assert registry.upsert("data_point", [point(1, water, measure=None)], WHO) == Upserted(changed=1)


def test_dictionary_and_standard_may_say_the_same_variety_basis_edition_and_day(registry: Registry) -> None:
    row = {
        "variety": "011500",
        "basis": "calorific",
        "kgce": "1.2143",
        "edition": "试",
        "since": "2026-01-01",
    }
    registry.upsert("unit", [unit(1)], WHO)
    given = [row, {**row, "source": "dictionary", "kgce": "1.25"}, {**row, "unit": code_of(1), "kgce": "1.3"}]
    assert registry.upsert("coefficient", given, WHO) == Upserted(added=3)
    assert registry.upsert("coefficient", given, WHO) == Upserted(same=3)
    assert registry.upsert("coefficient", [{**given[1], "kgce": "1.26"}], WHO) == Upserted(changed=1)
    found = {row["source"]: row["kgce"] for row in registry.dimensions()[3].to_pylist()}
    assert found == {"standard": Decimal("1.2143"), "dictionary": Decimal("1.26"), "measured": Decimal("1.3")}


def test_every_other_noun_is_written_and_listed(registry: Registry) -> None:
    agency = {"key": "trial-lead", "name": "试省发展改革委", "role": "lead", "province": "970000"}
    registry.upsert("agency", [agency], WHO)
    registry.upsert("person", [{"agency": "trial-lead", "name": "某某", "duty": "处长"}], WHO)
    stage = {"province": "970000", "stage": "built", "planned": "2026-09-30"}
    registry.upsert("platform_milestone", [stage], WHO)
    registry.upsert("unit", [unit(1)], WHO)
    registry.upsert("instrument", [{**_INSTRUMENT, "unit": code_of(1)}], WHO)
    registry.upsert("quarterly_report", [{"province": "970000", "quarter": "2026-Q3"}], WHO)
    assert listed(registry, "person")[0]["province"] == "970000"
    assert listed(registry, "platform_milestone")[0]["stage"] == "built"
    assert listed(registry, "instrument")[0]["level"] == 1
    assert listed(registry, "quarterly_report")[0] == {
        "id": 1,
        "province": "970000",
        "quarter": "2026Q3",
        "state": "draft",
        "submitted_on": None,
        "problems": "",
        "suggestions": "",
    }


_INSTRUMENT = {"number": "M-1", "type_code": "15260000", "level": "1", "accuracy_class": "0.5S"}


def test_point_numbers_are_small_count_within_their_unit_and_stay(registry: Registry) -> None:
    registry.upsert("unit", [unit(1), unit(2)], WHO)
    registry.upsert("data_point", [point(1), point(2), point(1, GAS)], WHO)
    registry.upsert(
        "data_point", [point(1, "0000000002320011"), point(1, GAS, state="retired", until="2026-10-01")], WHO
    )
    found = {(row["unit"], row["code"]): row["point_id"] for row in listed(registry, "data_point")}
    assert found == {
        (code_of(1), ELECTRICITY): 1,
        (code_of(1), GAS): 2,
        (code_of(1), "0000000002320011"): 3,
        (code_of(2), ELECTRICITY): 1,
    }


def test_two_threads_that_upsert_at_once_wait_for_each_other(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    codes = [f"00000000023300{use:02d}" for use in range(40)]

    def propose(first: int) -> int:
        rows = [[point(1, code) for code in codes[n : n + 5]] for n in range(first, 40, 10)]
        return sum(registry.upsert("data_point", each, WHO).added for each in rows)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(propose, [0, 5])) == 40
    assert sorted(row["point_id"] for row in listed(registry, "data_point")) == list(range(1, 41))


def test_twenty_thousand_units_go_in_at_once(registry: Registry) -> None:
    rows = [unit(number) for number in range(20_000)]
    assert registry.upsert("unit", rows, WHO) == Upserted(added=20_000)
    rows[7]["tier"] = "hundred"
    assert registry.upsert("unit", rows, WHO) == Upserted(changed=1, same=19_999)
    assert len(listed(registry, "audit", noun="unit")) == 20_001
