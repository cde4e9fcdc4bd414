"""Who decides what: a row outside the author's reach is a fault, and nothing is told of what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import FaultyRows
from graph.model.principal import Reach
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import CASES, FOREIGN, OWN, decide, one, told
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
    assert told(raised.value) == [(1, None, "belongs to 980200, outside 970000")]
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


@pytest.mark.parametrize("noun", PROBES)
def test_what_stands_out_of_reach_is_neither_changed_nor_told(registry: Registry, noun: str) -> None:
    decide(registry, noun, FULL[noun])
    before = audited(registry, noun)
    with pytest.raises(FaultyRows) as raised:
        one(registry, noun, PROBES[noun], HERE, seen=0)
    (words,) = {words for _, column, words in told(raised.value) if column != "name"}
    assert words in ("is outside 970000", f"no unit with credit code {FOREIGN} is registered")
    assert audited(registry, noun) == before


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
        one(registry, "unit", {"credit_code": code, "region": region}, reach)
    assert told(raised.value) == [(0, None, f"is outside {reach}")]


def test_a_province_moves_a_unit_within_itself_and_not_out(registry: Registry) -> None:
    assert one(registry, "unit", {"credit_code": OWN, "region": "970000"}, HERE).audit is not None
    with pytest.raises(FaultyRows, match="belongs to 980200, outside 970000"):
        one(registry, "unit", {"credit_code": OWN, "region": "980200"}, HERE)
