"""Rows of every noun that people decide: a new one, what changes of it, and what of it may be emptied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import FaultyRows, NengshuError
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.ports import Decided, Decision, Decisions
from hub.rights import checks
from hub.stores.registry.registry import Registry
from tests.hub.members import kind_of, parts_of
from tests.hub.stores.registry_fakes import REGIONS, WHO, StillClock, code_of, link, migrated, region, unit

OWN = code_of(1)  # stands in county 970101
FOREIGN = code_of(2)  # stands in province 980000


@dataclass(frozen=True)
class Case:
    """A noun with a row of it; `more` changes the row, `empty` is a column of it that null empties."""

    row: dict[str, Any]
    more: dict[str, Any]
    empty: str | None = None


CASES = {
    "unit": Case(unit(7), {"tier": "hundred"}),
    "platform": Case(
        {"province": "970000", "name": "试省平台", "mode": "platform", "filed_on": dt.date(2026, 3, 1)},
        {"operation_assured": True},
        "filed_on",
    ),
    "platform_milestone": Case(
        {"province": "970000", "stage": "built", "planned": dt.date(2026, 9, 30)},
        {"actual": dt.date(2026, 9, 1)},
        "actual",
    ),
    "access_end_milestone": Case(
        {"unit": OWN, "stage": "connected", "planned": dt.date(2026, 9, 30)},
        {"actual": dt.date(2026, 9, 1)},
        "actual",
    ),
    "waiver": Case(
        {"unit": OWN, "energy": "heat", "grantor": "试省节能处", "granted_on": dt.date(2026, 1, 1)},
        {"until": dt.date(2027, 1, 1)},
        "until",
    ),
    "instrument": Case(
        {"unit": OWN, "number": "M-1", "type_code": "15260000", "level": 1, "accuracy_class": "0.5S"},
        {"calibration_until": dt.date(2027, 1, 1)},
        "calibration_until",
    ),
    "quarterly_report": Case(
        {"province": "970000", "quarter": "2026Q3"},
        {"state": "submitted", "submitted_on": dt.date(2026, 10, 9)},
    ),
    "link": Case(link("fresh"), {"credential": "trial"}, "credential"),
}


def decider(
    reach: Reach = NATION, kind: OrganisationKind | None = None, parts: frozenset[Part] | None = None
) -> Principal:
    """Somebody who decides, of the kind that reaches so far unless another is said, with all parts unless some are."""
    of = kind or kind_of(reach)
    own = parts_of(of) if parts is None else parts
    return Principal(WHO, "of", reach, frozenset({Role.DECIDE}), of, own)


def decide(
    registry: Registry,
    noun: str,
    *rows: dict[str, Any],
    reach: Reach = NATION,
    seen: int | None = None,
    kind: OrganisationKind | None = None,
) -> Decisions:
    """What came of rows."""
    return registry.decide(noun, [Decision(row, seen) for row in rows], decider(reach, kind))


def one(
    registry: Registry,
    noun: str,
    row: dict[str, Any],
    reach: Reach = NATION,
    seen: int | None = None,
    kind: OrganisationKind | None = None,
) -> Decided:
    """What came of one row."""
    (found,) = decide(registry, noun, row, reach=reach, seen=seen, kind=kind).decided
    return found


def told(fault: FaultyRows) -> list[tuple[int, str | None, str]]:
    """Row, column and words of every fault."""
    return [(each.row, each.column, str(each.error)) for each in fault.faults]


def kinds(fault: FaultyRows) -> list[tuple[int, str | None, type[NengshuError]]]:
    """Row, column and kind of every fault."""
    return [(each.row, each.column, type(each.error)) for each in fault.faults]


def opened(folder: Path, served: Reach) -> Iterator[Registry]:
    """The registry of a hub that serves so much, with one unit."""
    engine = migrated(folder / "registry.db")
    registry = Registry(engine, StillClock(), checks=checks(served))
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    registry.upsert("unit", [unit(1)], WHO)
    yield registry
    registry.close()
