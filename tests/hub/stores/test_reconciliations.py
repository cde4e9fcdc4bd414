"""What a comparison came to is kept, and a difference stays open until a comparison of its day no longer finds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.stores.registry.reconciliation_rows import DIFFERENCES_MAX
from hub.stores.registry.registry import Registry
from tests.hub.stores.reconciliation_fakes import differing, reconciled
from tests.hub.stores.registry_fakes import NOON, REGIONS, WHO, invented_registry, link, listed, region

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A registry with one link."""
    for made in invented_registry(tmp_path):
        made.upsert("region", [region(code) for code in REGIONS], WHO)
        made.upsert("link", [link("trial")], WHO)
        yield made


def open_days(registry: Registry) -> list[int]:
    """Days of differences that are unresolved."""
    return sorted(row["day"].day for row in listed(registry, "difference") if row["settled_at"] is None)


def test_a_difference_is_open_until_its_day_is_compared_and_agrees(registry: Registry) -> None:
    registry.reconciliations.keep(reconciled("trial", differing(7), differing(9)))
    registry.reconciliations.keep(reconciled("trial", differing(9, here="3"), at=NOON + HOUR))
    assert open_days(registry) == [9]
    (settled, still) = sorted(listed(registry, "difference"), key=lambda row: row["day"])
    assert (settled["settled_at"], settled["first_seen"]) == (NOON + HOUR, NOON)
    assert (still["first_seen"], still["last_seen"], still["here_total"]) == (NOON, NOON + HOUR, "3")
    assert [row["differing"] for row in listed(registry, "reconciliation")] == [2, 1]


def test_a_difference_that_comes_back_is_first_seen_anew(registry: Registry) -> None:
    registry.reconciliations.keep(reconciled("trial", differing(7)))
    registry.reconciliations.keep(reconciled("trial", differing(8), at=NOON + HOUR))
    registry.reconciliations.keep(reconciled("trial", differing(7), at=NOON + 2 * HOUR))
    assert open_days(registry) == [7]
    (row,) = [row for row in listed(registry, "difference") if row["day"].day == 7]
    assert row["first_seen"] == NOON + 2 * HOUR


def test_one_that_broke_off_settles_nothing_and_says_why(registry: Registry) -> None:
    registry.reconciliations.keep(reconciled("trial", differing(7)))
    registry.reconciliations.keep(
        reconciled("trial", differing(8), at=NOON + HOUR, fault="SOURCE_UNREACHABLE: gone")
    )
    assert open_days(registry) == [7]
    assert [row["fault"] for row in listed(registry, "reconciliation")] == [None, "SOURCE_UNREACHABLE: gone"]


def test_of_very_many_differences_all_are_counted_and_the_first_are_named(registry: Registry) -> None:
    units = [f"91970100MA{number:08d}" for number in range(DIFFERENCES_MAX // 31 + 1)]
    many = [differing(day, unit) for unit in units for day in range(1, 32)]
    registry.reconciliations.keep(reconciled("trial", *many))
    (row,) = listed(registry, "reconciliation")
    assert row["differing"] == len(many) > DIFFERENCES_MAX
    assert len(listed(registry, "difference")) == DIFFERENCES_MAX
