"""A batch lies where all of its rows lie, refused ones too; what nobody can place lies with its sender."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, Reach
from graph.model.reading import REJECTIONS, Arrived
from graph.model.region import RegionCode
from graph.ports import Delivery
from national_sync.intake import Intake, all_rules
from national_sync.placing import place_of
from tests.national_sync.fakes import POWER, STEEL, FakeDirectory, KeepingSink, StillClock, arrived

STRANGER = str(CreditCode.of_body("91990100MA0000003"))
PROVINCE, CITY = Reach(region=RegionCode("970000")), Reach(region=RegionCode("970100"))
WORKS = Reach(unit=CreditCode(STEEL))
UNREAD = pa.Table.from_pylist(
    [{"row": 9, "code": "malformed-row", "why": "3 columns", "raw": f"{POWER},,"}], schema=REJECTIONS
)

Placed = tuple[str | None, str | None, str | None]


def placed(came: Arrived, reach: Reach) -> Placed:
    """Province, region and unit of a batch."""
    intake = Intake(FakeDirectory(), KeepingSink(), StillClock(), all_rules())
    batch = intake.judge(Delivery("test", "key", "digest", came, reach))
    return batch.province, batch.region, batch.unit


STEELS: Placed = ("970000", "970100", STEEL)


@pytest.mark.parametrize("reach", [NATION, PROVINCE, CITY, WORKS], ids=str)
@pytest.mark.parametrize("row", [{}, {"value": "n/a"}, {"data_code": "7"}], ids=str)
def test_rows_of_one_unit_lie_in_its_region_kept_or_refused(row: dict[str, Any], reach: Reach) -> None:
    assert placed(arrived({}, row), reach) == STEELS


def test_rows_of_two_provinces_lie_in_none() -> None:
    assert placed(arrived({}, {"unit": POWER}), NATION) == (None, None, None)
    assert placed(arrived({}, {"unit": POWER, "value": "n/a"}), NATION) == (None, None, None)


@pytest.mark.parametrize("unit", [POWER, STRANGER, "nonsense"])
@pytest.mark.parametrize(
    ("reach", "place"),
    [
        (PROVINCE, ("970000", "970000", None)),
        (CITY, ("970000", "970100", None)),
        (WORKS, STEELS),
    ],
    ids=str,
)
def test_a_row_of_anybody_elses_leaves_the_batch_with_its_sender(
    unit: str, reach: Reach, place: Placed
) -> None:
    assert placed(arrived({}, {"unit": unit}), reach) == place


def test_a_row_nobody_could_read_leaves_the_batch_with_its_sender() -> None:
    assert placed(Arrived(arrived({}).table, UNREAD), NATION) == (None, None, None)
    assert placed(Arrived(arrived({}).table, UNREAD), PROVINCE) == ("970000", "970000", None)
    assert placed(Arrived(arrived().table, UNREAD), WORKS) == STEELS


def test_an_empty_batch_lies_with_its_sender() -> None:
    assert placed(arrived(), NATION) == (None, None, None)
    assert placed(arrived(), CITY) == ("970000", "970100", None)


@pytest.mark.parametrize(
    ("regions", "smallest"),
    [
        (["970101"], "970101"),
        (["970101", "970102"], "970100"),
        (["970100", "970101"], "970100"),
        (["970101", "970100"], "970100"),
        (["970101", "970201"], "970000"),
        (["970101", "980101"], None),
    ],
)
def test_the_region_is_the_smallest_that_holds_every_row(regions: list[str], smallest: str | None) -> None:
    units = [f"unit {number}" for number, _ in enumerate(regions)]
    rows = pa.table({"known_unit": [True] * len(units)})
    place = place_of(rows, pa.table({"unit": units, "region": regions}), 0, NATION)
    assert place.region == smallest
