"""A registry with changes and a door with entries, of two invented provinces, and the trail over both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graph.ports import Ask, Compare, Condition
from hub.stores.door.door import FILE, Door
from hub.stores.door.trail import NOUN, Trail
from hub.stores.registry.known import Place
from hub.stores.registry.registry import Registry
from tests.hub.stores.door.doors import DENIED, MINUTE, TOKEN
from tests.hub.stores.registry_fakes import NOON, REGIONS, StillClock, code_of, migrated, region, unit

PHONE = "13800001234"
WHOS = ("trial", "user:zhang", "tester")
ASKERS = """
INSERT INTO organisation (key, name, kind, parts, enabled) VALUES ('office', '试省节能处', 'auditor', '', 1);
INSERT INTO client (key, organisation_id, jwks, proves, roles, created_at)
VALUES ('trial', 1, '{}', 0, 'audit', '2026-11-23 04:00:00.000000');
INSERT INTO account (key, name, organisation_id, roles, created_at)
VALUES ('zhang', '张', 1, 'audit', '2026-11-23 04:00:00.000000');
"""


@dataclass
class Both:
    """The two stores a trail is over."""

    folder: Path
    clock: StillClock
    registry: Registry
    door: Door

    @property
    def files(self) -> tuple[Path, Path]:
        """The door's and the registry's."""
        return self.folder / FILE, self.folder / "registry.sqlite"


@contextmanager
def both(folder: Path) -> Iterator[Both]:
    """Both stores, with regions, an organisation, a client and a person."""
    clock = StillClock()
    engine = migrated(folder / "registry.sqlite")
    with closing(Registry(engine, clock)) as registry, closing(Door.open(folder / FILE, clock)) as door:
        with closing(sqlite3.connect(folder / "registry.sqlite", isolation_level=None)) as connection:
            connection.executescript(ASKERS)
        registry.upsert("region", [region(code) for code in REGIONS], "tester")
        yield Both(folder, clock, registry, door)


@contextmanager
def followed(stores: Both) -> Iterator[Trail]:
    """The trail over both."""
    with closing(Trail.open(*stores.files)) as trail:
        yield trail


def fill(stores: Both) -> None:
    """Changes and entries of several askers and places, some at the same moment."""
    for number in range(24):
        stores.clock.moment = NOON + number // 3 * MINUTE
        where = ("970101", "970100", "980200")[number % 3]
        stores.registry.upsert("unit", [unit(number, where)], WHOS[number % 3])
        place = (Place("970000", "970101", code_of(number)), Place("980000"), Place())[number % 3]
        more: dict[str, Any] = {"at": stores.clock.moment, "place": place, "who": WHOS[number % 2]}
        stores.door.log.note(replace(TOKEN, **more, action=("token", "login", "export")[number % 3]))
        if number % 4 == 0:
            stores.door.log.note(replace(DENIED, **{**more, "who": None}, subject=f"/units/{number}"))
    agency = {"key": "lead", "name": "某委", "role": "lead", "province": "970000"}
    stores.registry.upsert("agency", [agency], "tester")
    person = {"agency": "lead", "name": "李某", "duty": "处长", "phone": PHONE}
    stores.registry.upsert("person", [person], "user:zhang")
    stores.registry.upsert("person", [{**person, "phone": None}], "user:zhang")


def listed(trail: Trail, *where: Condition, **more: Any) -> list[dict[str, Any]]:
    """All rows of these conditions."""
    rows: list[dict[str, Any]] = trail.rows(Ask(NOUN, where=where, **more)).table.to_pylist()
    return rows


def among(column: str, *values: str) -> Condition:
    """The column is one of these."""
    return Condition(column, values, Compare.IN)
