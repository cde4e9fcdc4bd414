"""Access ends as the registry lists them, against the milestones they follow from: every plan a unit can have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.model.period import BEIJING
from graph.model.progress import AccessEndStage, Milestone, stage_on
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.registry.database import migrate, open_engine
from hub.stores.registry.registry import Registry
from tests.hub.stores.paging import ids_of, walked_backwards, walked_forwards
from tests.hub.stores.registry_fakes import (
    REGIONS,
    WHO,
    StillClock,
    code_of,
    invented_registry,
    listed,
    region,
    unit,
)

FIRST, EVER = dt.date(2026, 1, 31), dt.date(2026, 12, 31)
UNPLANNED, PLANNED, REACHED = range(3)
PLANS = list(product((UNPLANNED, PLANNED, REACHED), repeat=len(AccessEndStage)))


@dataclass(frozen=True)
class Plan:
    """A unit's milestones: what became of each stage, planned a month apart, reached a week late."""

    number: int

    @property
    def milestones(self) -> list[Milestone]:
        """Those that there are, in order."""
        return [
            Milestone(stage, planned, planned + dt.timedelta(7) if how == REACHED else None)
            for place, (stage, how) in enumerate(zip(AccessEndStage, PLANS[self.number], strict=True))
            if how != UNPLANNED
            for planned in [FIRST + dt.timedelta(30 * place)]
        ]

    @property
    def expected(self) -> dict[str, Any]:
        """The row that follows from them."""
        reached = stage_on(self.milestones, EVER)
        order = list(AccessEndStage)
        ahead = [m for m in self.milestones if reached is None or _after(order, m, reached)]
        connected = [m for m in self.milestones if m.stage is AccessEndStage.CONNECTED]
        return {
            "stage": reached and reached.stage.value,
            "next_stage": ahead[0].stage.value if ahead else None,
            "next_planned": ahead[0].planned if ahead else None,
            "connected_planned": connected[0].planned if connected else None,
            "connected_on": connected[0].actual if connected else None,
        }


def _after(order: Sequence[AccessEndStage], one: Milestone, other: Milestone) -> bool:
    return order.index(AccessEndStage(one.stage)) > order.index(AccessEndStage(other.stage))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A unit for every plan, every third of them in the other province."""
    for made in invented_registry(tmp_path_factory.mktemp("ends")):
        places = ("970101", "970100", "980200")
        made.upsert("unit", [unit(n, places[n % 3]) for n in range(len(PLANS))], WHO)
        rows = [
            {"unit": code_of(n), "stage": m.stage.value, "planned": m.planned, "actual": m.actual}
            for n in range(len(PLANS))
            for m in Plan(n).milestones
        ]
        made.upsert("access_end_milestone", rows, WHO)
        yield made


def test_every_plan_is_told_as_its_milestones_have_it(registry: Registry) -> None:
    found = {row["unit"]: row for row in listed(registry, "access_end")}
    assert len(found) == len(PLANS) == 243
    for n in range(len(PLANS)):
        row = found[code_of(n)]
        assert {name: row[name] for name in Plan(n).expected} == Plan(n).expected, PLANS[n]
        assert (row["province"], row["tier"]) == ("980000" if n % 3 == 2 else "970000", "thousand")


def test_an_access_end_is_counted_as_its_unit_is(registry: Registry) -> None:
    totals = {
        noun: registry.rows(Ask(noun, first=1, want_total=True)).total for noun in ("unit", "access_end")
    }
    assert totals == {"unit": 243, "access_end": 243}


CONDITIONS = {
    "reached this stage": Condition("stage", ("installed", "connected"), Compare.IN),
    "reached none": Condition("stage", None),
    "next": Condition("next_stage", ("accepted",), Compare.IN),
    "connected": Condition("connected_on", dt.date.min, Compare.GE),
    "not connected": Condition("connected_on", None),
    "planned before": Condition("connected_planned", dt.date(2026, 12, 1), Compare.LT),
    "next planned before": Condition("next_planned", dt.date(2026, 4, 1), Compare.LT),
}


def _holds(condition: Condition, row: dict[str, Any]) -> bool:
    came, wanted = row[condition.column], condition.value
    if condition.compare is Compare.EQ:
        return bool(came == wanted)
    if condition.compare is Compare.IN:
        return isinstance(wanted, tuple) and came in wanted
    if came is None:
        return False
    return bool(came >= wanted) if condition.compare is Compare.GE else bool(came < wanted)


@pytest.mark.parametrize("what", sorted(CONDITIONS))
def test_a_condition_leaves_the_rows_it_speaks_of(registry: Registry, what: str) -> None:
    condition = CONDITIONS[what]
    found = set(registry.rows(Ask("access_end", where=(condition,))).table["unit"].to_pylist())
    expected = {code_of(n) for n in range(len(PLANS)) if _holds(condition, Plan(n).expected)}
    assert found == expected
    assert 0 < len(found) < len(PLANS)


@pytest.mark.parametrize("column", ["unit", "stage", "next_stage", "next_planned", "connected_on"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_in_any_order_join_to_the_whole(registry: Registry, column: str, descending: bool) -> None:
    ask = Ask("access_end", order=Order(column, descending))
    whole = ids_of(registry.rows(ask))
    assert len(set(whole)) == len(PLANS)
    assert walked_forwards(registry, ask, [40, 7]) == whole
    assert walked_backwards(registry, ask, [33]) == whole


def test_an_access_end_is_not_written_its_milestones_are(registry: Registry) -> None:
    with pytest.raises(InvalidInput, match="came 'access_end', expected one of"):
        registry.upsert("access_end", [{"unit": code_of(1)}], WHO)


def test_a_stage_is_reached_once_its_day_has_come(tmp_path: Path) -> None:
    clock, engine = StillClock(), open_engine(f"sqlite:///{tmp_path / 'registry.db'}")
    migrate(engine)
    registry = Registry(engine, clock)
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    registry.upsert("unit", [unit(1)], WHO)
    said = {"unit": code_of(1), "stage": "connected", "planned": "2026-10-01", "actual": "2026-11-24"}
    registry.upsert("access_end_milestone", [said], WHO)
    (row,) = listed(registry, "access_end", next_stage="connected")
    assert (row["stage"], row["connected_on"]) == (None, None)
    clock.moment = dt.datetime(2026, 11, 24, tzinfo=BEIJING)
    (row,) = listed(registry, "access_end", stage="connected")
    assert (row["next_stage"], row["connected_on"]) == (None, dt.date(2026, 11, 24))
    registry.close()
