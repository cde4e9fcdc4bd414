"""Whoever writes speaks of its own part of the country, and takes nothing that stands in another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import Ask
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, code_of, invented_registry, point, unit

HERE, THERE = Reach(region=RegionCode("970000")), Reach(region=RegionCode("980000"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """One unit in each of two provinces."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1), unit(2, "980200")], WHO)
        yield made


def test_a_province_writes_its_own_units(registry: Registry) -> None:
    assert registry.upsert("unit", [unit(1, name="新名字"), unit(3)], WHO, HERE).added == 1


def test_a_row_of_another_province_sinks_the_upsert_and_is_named(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="row 2: belongs to 980200, outside 970000"):
        registry.upsert("unit", [unit(3), unit(4, "980200")], WHO, HERE)
    assert registry.rows(Ask("unit")).table.num_rows == 2


def test_a_province_cannot_take_another_provinces_unit_by_moving_it(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="row 1"):
        registry.upsert("unit", [unit(2, "970101")], WHO, HERE)


def test_a_city_cannot_take_its_provinces_unit_by_moving_it(registry: Registry) -> None:
    registry.upsert("unit", [unit(3, "970000")], WHO)
    with pytest.raises(InvalidInput, match="row 1: belongs to 970101, outside 970100"):
        registry.upsert("unit", [unit(3, "970101")], WHO, Reach(region=RegionCode("970100")))
    assert registry.upsert("unit", [unit(1, name="新")], WHO, Reach(region=RegionCode("970100"))).changed == 1


@pytest.mark.parametrize(("number", "reach"), [(1, THERE), (2, HERE)])
def test_what_hangs_on_a_unit_lies_where_the_unit_lies(registry: Registry, number: int, reach: Reach) -> None:
    with pytest.raises(InvalidInput, match="outside"):
        registry.upsert("data_point", [point(number)], WHO, reach)


def test_a_unit_writes_of_itself_alone(registry: Registry) -> None:
    own = Reach(unit=CreditCode(code_of(1)))
    assert registry.upsert("data_point", [point(1)], WHO, own).added == 1
    with pytest.raises(InvalidInput, match="outside"):
        registry.upsert("data_point", [point(2)], WHO, own)


def test_a_province_writes_no_national_row(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="belongs to the nation"):
        registry.upsert("agency", [{"key": "x", "name": "虚构机构", "role": "ndrc"}], WHO, HERE)
