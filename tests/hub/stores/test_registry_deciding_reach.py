"""Who decides what: a row outside the author's reach is a fault, and nothing is told of what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import FaultyRows, Forbidden
from graph.model.principal import Reach
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import CASES, FOREIGN, OWN, decide, kinds, one, told
from tests.hub.stores.registry_fakes import (
    WHO,
    audited,
    code_of,
    invented_registry,
    link,
    listed,
    of_region,
    of_unit,
    unit,
)

HERE, THERE = of_region("970000"), of_region("980000")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A unit in a county of one province, one in the other, one in the first province as such."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1), unit(2, "980200"), unit(3, "970000")], WHO)
        yield made


@pytest.mark.parametrize("noun", CASES)
def test_a_province_decides_its_own_and_another_does_not(registry: Registry, noun: str) -> None:
    with pytest.raises(FaultyRows) as raised:
        one(registry, noun, CASES[noun].row, THERE)
    assert [row for row, _, _ in told(raised.value)] == [0]
    assert one(registry, noun, CASES[noun].row, HERE).audit is not None


def test_one_row_out_of_reach_sinks_all(registry: Registry) -> None:
    with pytest.raises(FaultyRows) as raised:
        decide(registry, "unit", unit(5), unit(6, "980200"), reach=HERE)
    assert told(raised.value) == [(1, None, "is outside 970000")]
    assert kinds(raised.value) == [(1, None, Forbidden)]
    assert len(listed(registry, "unit")) == 3


FULL: dict[str, dict[str, Any]] = {
    "unit": unit(2, "980200", name="秘密名称"),
    "platform": {"province": "980000", "name": "秘密平台", "mode": "platform"},
    "quarterly_report": {
        "province": "980000",
        "quarter": "2026Q3",
        "state": "submitted",
        "submitted_on": "2026-10-09",
    },
    "instrument": {**CASES["instrument"].row, "unit": FOREIGN, "calibrated_on": "2026-02-02"},
    "waiver": {**CASES["waiver"].row, "unit": FOREIGN},
    "link": link("theirs", province="980000"),
}
PROBES: dict[str, dict[str, Any]] = {
    "unit": {"credit_code": FOREIGN},
    "platform": {"province": "980000", "name": None},
    "quarterly_report": {"province": "980000", "quarter": "2026Q3", "submitted_on": None},
    "instrument": {"unit": FOREIGN, "number": "M-1", "calibration_until": "2026-01-01"},
    "waiver": {"unit": FOREIGN, "energy": "heat", "until": "2020-01-01"},
    "link": {"key": "theirs", "address": "http://127.0.0.1:9"},
}


def refused(registry: Registry, noun: str, *rows: dict[str, Any], seen: int | None = None) -> list[Any]:
    """What a province is told of rows that are not taken: place, kind and words of each fault."""
    with pytest.raises(FaultyRows) as raised:
        decide(registry, noun, *rows, reach=HERE, seen=seen)
    return [*told(raised.value), *kinds(raised.value)]


@pytest.mark.parametrize("seen", [None, 0, 9])
@pytest.mark.parametrize("noun", PROBES.keys() - {"unit"})
def test_what_stands_out_of_reach_is_told_as_what_is_not_there(
    registry: Registry, noun: str, seen: int | None
) -> None:
    absent = refused(registry, noun, PROBES[noun], seen=seen), refused(registry, noun, FULL[noun], seen=seen)
    decide(registry, noun, FULL[noun])
    before = audited(registry, noun)
    assert (
        refused(registry, noun, PROBES[noun], seen=seen),
        refused(registry, noun, FULL[noun], seen=seen),
    ) == absent
    assert audited(registry, noun) == before


NEW = code_of(99)  # nobody's yet
FAULTY = {"credit_code": OWN, "region": "999999"}


@pytest.mark.parametrize("seen", [None, 0, 9])
@pytest.mark.parametrize(
    "more", [{}, unit(9), unit(9, "980200"), {"name": "改名"}, {"region": "970100"}, {"roster_batch": 7}]
)
def test_a_unit_of_another_province_is_told_as_a_new_one_beside_what_is_wrong(
    registry: Registry, more: dict[str, Any], seen: int | None
) -> None:
    found = [
        refused(registry, "unit", {**more, "credit_code": code}, FAULTY, seen=seen) for code in (FOREIGN, NEW)
    ]
    assert found[0] == found[1]


def test_a_unit_under_anothers_code_is_refused_in_the_words_of_what_is_out_of_reach(
    registry: Registry,
) -> None:
    before = audited(registry, "unit")
    taken = refused(registry, "unit", unit(2), seen=0)
    assert taken == [(0, None, "is outside 970000"), (0, None, Forbidden)]
    assert taken == refused(registry, "unit", unit(8, "980200"), seen=0)
    assert audited(registry, "unit") == before
    assert one(registry, "unit", unit(8), HERE).audit is not None


def test_a_unit_out_of_reach_is_told_as_one_that_is_not_there(registry: Registry) -> None:
    found = []
    for code in (FOREIGN, code_of(99)):
        with pytest.raises(FaultyRows) as raised:
            one(registry, "waiver", {**CASES["waiver"].row, "unit": code, "until": "soon"}, HERE)
        found.append([(r, c, words.replace(code, "…")) for r, c, words in told(raised.value)])
    assert found[0] == found[1]
    assert [column for _, column, _ in found[0]] == ["unit", "until"]


@pytest.mark.parametrize("reach", [of_region("970101"), of_region("970100"), HERE, of_unit(1)])
def test_what_hangs_on_a_unit_is_decided_by_whose_reach_holds_it(registry: Registry, reach: Reach) -> None:
    assert one(registry, "instrument", CASES["instrument"].row, reach).audit is not None
    with pytest.raises(FaultyRows):
        one(registry, "instrument", {**CASES["instrument"].row, "unit": FOREIGN}, reach)


@pytest.mark.parametrize("noun", ["platform", "platform_milestone", "quarterly_report", "link"])
@pytest.mark.parametrize("reach", [of_region("970100"), of_unit(1)])
def test_what_is_a_whole_provinces_no_part_of_it_decides(registry: Registry, noun: str, reach: Reach) -> None:
    with pytest.raises(FaultyRows, match="outside"):
        one(registry, noun, CASES[noun].row, reach)


@pytest.mark.parametrize(("code", "reach"), [(OWN, THERE), (code_of(3), of_region("970100"))])
def test_nobody_takes_a_unit_over_by_moving_it(registry: Registry, code: str, reach: Reach) -> None:
    region = "980200" if reach == THERE else "970101"
    with pytest.raises(FaultyRows) as raised:
        one(registry, "unit", {**unit(1, region), "credit_code": code}, reach)
    assert (0, None, f"is outside {reach}") in told(raised.value)


def test_a_province_moves_a_unit_within_itself_and_not_out(registry: Registry) -> None:
    assert one(registry, "unit", {"credit_code": OWN, "region": "970000"}, HERE).audit is not None
    with pytest.raises(FaultyRows, match="is outside 970000"):
        one(registry, "unit", {"credit_code": OWN, "region": "980200"}, HERE)
